"""The index as a Parquet file: a row a sample."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.benchmark.entry import Entry
from sovs_map.benchmark.sample import Picture, Sample
from sovs_map.errors import OptionError
from sovs_map.outputs.finishing import finished_file
from sovs_map.window import Window

if TYPE_CHECKING:
    import pyarrow as pa

INDEX = "index.parquet"
"""Name of the file."""


def check_pyarrow() -> None:
    """Check that Parquet files can be written and read.

    Raises:
        OptionError: pyarrow is missing.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise OptionError("the index needs pyarrow, which is not installed; type: pip install 'sovs-map[parquet]'")


def write_entries(entries: Iterable[Entry], target: Path, *, note: str = "") -> None:
    """Write rows, whole or not at all; equal rows give equal bytes.

    Args:
        entries: in the order that they get.
        target: the Parquet file.
        note: kept with it, see `read_note`.

    Raises:
        OutputError: no space, no permission.
    """
    from pyarrow import Table  # noqa: PLC0415 - not every installation has it
    from pyarrow.parquet import write_table  # noqa: PLC0415

    columns = list(zip(*map(_cells, entries), strict=True)) or [()] * len(_schema())
    named = dict(zip(_schema().names, map(list, columns), strict=True))
    table = Table.from_pydict(named, schema=_schema()).replace_schema_metadata({"sovs_map": note})
    with finished_file(target) as partial:
        write_table(table, partial, compression="zstd", row_group_size=20_000)


def read_entries(source: Path) -> tuple[Entry, ...]:
    """Return the rows of an index."""
    from pyarrow.parquet import read_table  # noqa: PLC0415 - not every installation has it

    table = read_table(source)
    columns = [table.column(name).to_pylist() for name in _schema().names]
    return tuple(_entry(*cells) for cells in zip(*columns, strict=True))


def read_note(source: Path) -> str:
    """Return the note of an index; empty when there is no such file."""
    from pyarrow.parquet import read_schema  # noqa: PLC0415 - not every installation has it

    if not source.is_file():
        return ""
    metadata = read_schema(source).metadata or {}
    return metadata.get(b"sovs_map", b"").decode()


def _schema() -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 - not every installation has it

    words = pa.list_(pa.string())
    return pa.schema(
        [
            ("data_set", pa.string()),
            ("split", pa.string()),
            ("scene", pa.string()),
            ("name", pa.string()),
            ("base", pa.string()),
            ("pictures", words),
            ("bands", pa.list_(pa.int32())),
            ("polarisations", words),
            ("picture_sha256", words),
            ("labels", words),
            ("label_sha256", words),
            ("valid", pa.string()),
            ("valid_sha256", pa.string()),
            ("window", pa.list_(pa.int32())),
            ("pixels", pa.list_(pa.int64())),
            ("left_out", pa.string()),
        ]
    )


def _cells(entry: Entry) -> tuple[object, ...]:
    sample = entry.sample
    window = sample.window
    return (
        sample.data_set,
        sample.split,
        sample.scene,
        sample.name,
        entry.base,
        [picture.path.as_posix() for picture in sample.pictures],
        [picture.band for picture in sample.pictures],
        [picture.polarisation for picture in sample.pictures],
        list(entry.picture_hashes),
        [path.as_posix() for path in sample.labels],
        list(entry.label_hashes),
        "" if sample.valid is None else sample.valid.as_posix(),
        entry.valid_hash,
        None if window is None else [window.row, window.col, window.height, window.width],
        list(entry.pixels),
        entry.left_out,
    )


def _entry(  # noqa: PLR0913, PLR0917 - a column an argument
    data_set: str,
    split: str,
    scene: str,
    name: str,
    base: str,
    pictures: list[str],
    bands: list[int],
    polarisations: list[str],
    picture_hashes: list[str],
    labels: list[str],
    label_hashes: list[str],
    valid: str,
    valid_hash: str,
    window: list[int] | None,
    pixels: list[int],
    left_out: str,
) -> Entry:
    facts = zip(pictures, bands, polarisations, strict=True)
    sample = Sample(
        data_set,
        split,
        scene,
        name,
        tuple(Picture(Path(path), band, polarisation) for path, band, polarisation in facts),
        tuple(map(Path, labels)),
        Path(valid) if valid else None,
        None if window is None else Window(*window),
    )
    return Entry(sample, base, tuple(picture_hashes), tuple(label_hashes), valid_hash, tuple(pixels), left_out)
