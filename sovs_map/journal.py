"""The work folder of a run: finished parts, and which question they answer."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from sovs_map.errors import OutputError, OutputExistsError
from sovs_map.window import Window

JOURNAL = "journal.json"

KINDS = ("scores", "quicklook", "labels")
"""The parts that a chunk may have; one whose scene has broken blocks also has a list of them."""

BROKEN = "broken"
"""How the names of such lists begin."""

UNIT = 2
"""Side of a pixel in the coordinates of parts; GDAL takes a side of 1 for no georeference at all, and warns."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a run was asked; parts of another question are never mixed in."""

    facts: tuple[str, ...]
    """Everything that a part depends on, and the version of this package."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the facts."""
        return hashlib.sha256(json.dumps(self.facts).encode()).hexdigest()

    @property
    def parts(self) -> str:
        """Return the name of the folder of its parts, so that workers who are late never write among those of another."""
        return f"parts-{self.digest[:16]}"


def open_journal(work: Path, question: Question, *, overwrite: bool) -> Path:
    """Make the work folder, or go on with the one that is there; return the folder of the parts inside it.

    Raises:
        OutputExistsError: it holds parts of another question.
        OutputError: it cannot be written.
    """
    journal, parts = work / JOURNAL, work / question.parts
    try:
        if journal.exists() and not overwrite:
            _check_question(journal, question)
            return parts
        # Parts go before the journal does, and parts without one are nobody's: a clean-up that was killed leaves some.
        for old in work.glob("parts-*"):
            shutil.rmtree(old)
        parts.mkdir(parents=True, exist_ok=True)
    except OutputExistsError:
        raise
    except OSError as error:
        raise OutputError(f"{work} cannot be written: {error.strerror}; choose another folder with -o") from error
    _write_whole(journal, json.dumps({"question": question.digest, "facts": question.facts}).encode())
    return parts


def part_path(parts: Path, kind: str, window: Window) -> Path:
    """Return where a part of a kind lies."""
    return parts / f"{kind}_{window.row}_{window.col}.{'npy' if kind == 'quicklook' else 'tif'}"


def is_finished(parts: Path, window: Window, *, kinds: Sequence[str]) -> bool:
    """Tell whether the parts of a window of these kinds are there and can be read to the end."""
    return all(_is_whole(part_path(parts, kind, window), kind, window) for kind in kinds)


def write_raster_part(path: Path, values: NDArray[np.generic], window: Window) -> None:
    """Write ``(layers, rows, cols)`` as a GeoTIFF placed where its pixels lie in the scene; whole or not at all.

    Raises:
        OutputError: no space, no permission.
    """
    layers, rows, cols = values.shape
    # GDAL does not report what fails when a file is closed, so it writes to memory and Python writes to disk.
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=rows, width=cols, count=layers, dtype=values.dtype,
            transform=Affine(UNIT, 0, UNIT * window.col, 0, -UNIT, -UNIT * window.row), compress="LZW", tiled=True,
            blockxsize=256, blockysize=256, interleave="band",
        ) as target:  # fmt: skip
            target.write(values)
        _write_whole(path, memory.getbuffer())


def write_quicklook_part(path: Path, values: NDArray[np.float32]) -> None:
    """Write decimated backscatter; whole or not at all.

    Raises:
        OutputError: no space, no permission.
    """
    memory = io.BytesIO()
    np.save(memory, values)
    _write_whole(path, memory.getbuffer())


def write_broken_part(parts: Path, window: Window, broken: Sequence[Window]) -> None:
    """Write which windows of a chunk could not be read; nothing when all could.

    Raises:
        OutputError: no space, no permission.
    """
    listed = [(one.row, one.col, one.height, one.width) for one in broken if not one.is_empty]
    if listed:
        _write_whole(parts / f"{BROKEN}_{window.row}_{window.col}.json", json.dumps(listed).encode())


def mark(parts: Path, window: Window) -> None:
    """Note that a chunk whose results lie elsewhere is done.

    Raises:
        OutputError: no space, no permission.
    """
    _write_whole(_mark(parts, window), b"done")


def is_marked(parts: Path, window: Window) -> bool:
    """Tell whether a chunk was noted as done."""
    return _mark(parts, window).exists()


def _mark(parts: Path, window: Window) -> Path:
    return parts / f"done_{window.row}_{window.col}.txt"


def broken_windows(parts: Path) -> tuple[Window, ...]:
    """Return the windows of all chunks that could not be read, neighbours joined, from top to bottom."""
    found = {tuple(place) for path in parts.glob(f"{BROKEN}_*.json") for place in json.loads(path.read_bytes())}
    return _joined_down(_joined_along([Window(*place) for place in sorted(found)]))


def _joined_along(windows: list[Window]) -> list[Window]:
    """Return windows with those joined that follow each other in the same rows; they come sorted."""
    joined: list[Window] = []
    for one in sorted(windows, key=lambda window: (window.row, window.height, window.col)):
        last = joined[-1] if joined else one
        if (last.row, last.height, last.right) == (one.row, one.height, one.col):
            joined[-1] = Window(last.row, last.col, last.height, last.width + one.width)
        else:
            joined.append(one)
    return joined


def _joined_down(windows: list[Window]) -> tuple[Window, ...]:
    """Return windows with those joined that follow each other in the same columns."""
    joined: list[Window] = []
    for one in sorted(windows, key=lambda window: (window.col, window.width, window.row)):
        last = joined[-1] if joined else one
        if (last.col, last.width, last.bottom) == (one.col, one.width, one.row):
            joined[-1] = Window(last.row, last.col, last.height + one.height, last.width)
        else:
            joined.append(one)
    return tuple(sorted(joined, key=lambda window: (window.row, window.col)))


def write_mosaic(
    path: Path,
    kind: str,
    windows: Sequence[Window],
    *,
    within: Window,
    bands: Sequence[int],
    dtype: str,
    nodata: int,
) -> None:
    """Write a virtual raster of a window over bands of the parts of a kind, which lie beside it; no pixel is copied.

    Raises:
        OutputError: no space, no permission.

    Source:
        https://gdal.org/en/stable/drivers/raster/vrt.html
    """
    kinds = {"uint8": "Byte", "uint16": "UInt16"}
    lines = [
        f'<VRTDataset rasterXSize="{within.width}" rasterYSize="{within.height}">',
        f"<GeoTransform>{UNIT * within.col}, {UNIT}, 0, {-UNIT * within.row}, 0, -{UNIT}</GeoTransform>",
    ]
    for number, band in enumerate(bands, start=1):
        lines.append(f'<VRTRasterBand dataType="{kinds[dtype]}" band="{number}"><NoDataValue>{nodata}</NoDataValue>')
        for window in windows:
            place = window.relative_to(within)
            size = f'xSize="{window.width}" ySize="{window.height}"'
            name = part_path(path.parent, kind, window).name
            lines.append(
                f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>{band}</SourceBand>'
                f'<SourceProperties RasterXSize="{window.width}" RasterYSize="{window.height}" DataType="{kinds[dtype]}" BlockXSize="256" BlockYSize="256"/>'
                f'<SrcRect xOff="0" yOff="0" {size}/><DstRect xOff="{place.col}" yOff="{place.row}" {size}/></SimpleSource>'
            )
        lines.append("</VRTRasterBand>")
    lines.append("</VRTDataset>")
    _write_whole(path, "\n".join(lines).encode())


def _check_question(journal: Path, question: Question) -> None:
    try:
        found = json.loads(journal.read_bytes())
    except ValueError:  # not JSON, or not text
        found = None
    if not isinstance(found, dict) or found.get("question") != question.digest:
        raise OutputExistsError(
            f"{journal.parent} holds parts of another question (scene, classes, model or settings have changed); "
            "ask the old question again to resume it, or add --overwrite to start anew"
        )


def _is_whole(path: Path, kind: str, window: Window) -> bool:
    if not path.exists():
        return False
    try:
        if kind == "quicklook":
            np.load(path, allow_pickle=False)
            return True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a damaged header may have lost its place
            with rasterio.open(path) as part:
                for band in part.indexes:
                    part.read(band)
                return bool((part.height, part.width) == (window.height, window.width))
    except (OSError, EOFError, ValueError, RasterioError):
        return False


def _write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file under a temporary name, and rename it when the disk has it: a name that is there is finished."""
    # A worker that is taken for lost may still be writing the same part, so no two share a name.
    temporary = path.with_suffix(f".{uuid.uuid4().hex}.partial")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error.strerror}; free some space and run the same command again"
        ) from error
