"""Which split each sample of a data set on disk belongs to."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sovs_map.benchmark.splits import FieldSplit, KnownSplit, ListSplit, OneSplit, Splits, TableSplit
from sovs_map.benchmark.template import Match
from sovs_map.errors import DataSetError

ENDINGS = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg", ".npy", ".bmp"})
"""Endings of files, which lists may leave out."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """Splits with what their files on disk say."""

    splits: Splits
    """What tells them."""

    listed: tuple[tuple[str, str], ...]
    """Key of a sample, and its split."""

    remarks: tuple[str, ...] = ()
    """What is missing and may be."""


def read_splitting(root: Path, splits: Splits) -> Splitting:
    """Read the lists and tables of a data set.

    Raises:
        DataSetError: one is missing that must be there, or cannot be read.
    """
    match splits:
        case OneSplit() | FieldSplit():
            return Splitting(splits, ())
        case KnownSplit(values):
            return Splitting(splits, tuple((key, name) for name, keys in values for key in sorted(keys)))
        case TableSplit():
            return Splitting(splits, _read_table(root / splits.file, splits))
        case ListSplit(files):
            missing = [path for _, path in files if not (root / path).is_file()]
            if missing and not splits.rest:
                raise DataSetError(f"{root / missing[0]} is not there; it lists the samples of a split. Put it there")
            listed = tuple((key, name) for name, path in files for key in _read_list(root / path))
            remarks = tuple(
                f"{root / path} is not there, so its samples are in the split {splits.rest}" for path in missing
            )
            return Splitting(splits, listed, remarks)


class SplitOf:
    """Tells the split of a sample."""

    def __init__(self, splitting: Splitting) -> None:
        self.splits = splitting.splits
        self.table = dict(reversed(splitting.listed))  # the first list that names a sample has it
        self.tails = {key.rpartition("/")[2]: key for key in self.table}
        self.met: set[str] = set()

    def __call__(self, match: Match) -> str | None:
        """Return the split of a file; None when nothing tells it."""
        if isinstance(self.splits, OneSplit):
            return self.splits.name
        if isinstance(self.splits, FieldSplit):
            return dict(self.splits.values).get(dict(match.fields)[self.splits.field])
        key = without_ending(match.fill(self.splits.key))
        rest = "" if isinstance(self.splits, TableSplit) else self.splits.rest
        # Lists may give whole paths where the key is a name.
        listed = key if "/" in key else self.tails.get(key, key)
        self.met.add(listed)
        return self.table.get(listed, rest) or None

    def absent(self) -> list[str]:
        """Return a line on the names that lists on disk have and no file bears; none when all are there."""
        if not isinstance(self.splits, ListSplit | TableSplit):
            return []
        missing = [key for key in self.table if key not in self.met]
        if not missing:
            return []
        some = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        return [f"{len(missing)} of {len(self.table)} names in the lists of splits have no picture: {some}"]


def without_ending(text: str) -> str:
    """Return a path without the ending of a picture."""
    path = PurePosixPath(text)
    return str(path.with_suffix("")) if path.suffix.lower() in ENDINGS else str(path)


def _read_list(file: Path) -> list[str]:
    if not file.is_file():
        return []
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    words = (line.replace(",", " ").split() for line in lines)
    return [without_ending(found[0].replace("\\", "/").removeprefix("./")) for found in words if found]


def _read_table(file: Path, splits: TableSplit) -> tuple[tuple[str, str], ...]:
    if not file.is_file():
        raise DataSetError(f"{file} is not there; it tells each sample's split. Put it there")
    if file.suffix == ".json":
        return _read_object(file, splits)
    with file.open(newline="", encoding="utf-8-sig") as text:
        rows = csv.DictReader(text)
        needed = {splits.column, splits.split}
        if not needed <= set(rows.fieldnames or ()):
            raise DataSetError(f"{file} has columns {rows.fieldnames}; needed are {' and '.join(sorted(needed))}")
        return tuple((row[splits.column], row[splits.split]) for row in rows)


def _read_object(file: Path, splits: TableSplit) -> tuple[tuple[str, str], ...]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return tuple((str(key), str(value[splits.split])) for key, value in document.items())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataSetError(
            f"{file} is no JSON object whose members have a {splits.split!r} ({type(error).__name__}: {error})"
        ) from error
