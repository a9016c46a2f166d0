"""The work folder of a run: finished parts, and which question they answer."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.transform import Affine

from sovs_map.errors import OutputError, OutputExistsError
from sovs_map.window import Window

JOURNAL = "journal.json"

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


def open_journal(work: Path, question: Question, *, overwrite: bool) -> None:
    """Make the work folder, or go on with the one that is there.

    Raises:
        OutputExistsError: it holds parts of another question.
        OutputError: it cannot be written.
    """
    journal = work / JOURNAL
    if overwrite and work.exists():
        shutil.rmtree(work)
    if journal.exists():
        if json.loads(journal.read_text(encoding="utf-8")).get("question") != question.digest:
            raise OutputExistsError(
                f"{work} holds parts of another question (scene, classes, model or settings have changed); "
                "ask the old question again to resume it, or add --overwrite to start anew"
            )
        return
    try:
        work.mkdir(parents=True, exist_ok=True)
        _write_whole(journal, json.dumps({"question": question.digest, "facts": question.facts}).encode())
    except OSError as error:
        raise OutputError(f"{work} cannot be written: {error.strerror}; choose another folder with -o") from error


def part_path(work: Path, kind: str, window: Window) -> Path:
    """Return where a part lies: of labels, scores or quicklook."""
    return work / f"{kind}_{window.row}_{window.col}.{'npy' if kind == 'quicklook' else 'tif'}"


def is_finished(work: Path, kinds: Sequence[str], window: Window) -> bool:
    """Tell whether all parts of a window are there and whole."""
    return all(_is_whole(part_path(work, kind, window), kind, window) for kind in kinds)


def write_raster_part(path: Path, values: NDArray[np.generic], window: Window) -> None:
    """Write ``(layers, rows, cols)`` as a GeoTIFF placed where its pixels lie in the scene; whole or not at all.

    Raises:
        OutputError: no space, no permission.
    """
    temporary = path.with_suffix(".partial")
    layers, rows, cols = values.shape
    try:
        with rasterio.open(
            temporary, "w", driver="GTiff", height=rows, width=cols, count=layers, dtype=values.dtype,
            transform=Affine(UNIT, 0, UNIT * window.col, 0, -UNIT, -UNIT * window.row), compress="LZW", tiled=True,
            blockxsize=256, blockysize=256, interleave="band",
        ) as target:  # fmt: skip
            target.write(values)
        os.replace(temporary, path)
    except (OSError, RasterioError) as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error}; free some space and run the same command again"
        ) from error


def write_quicklook_part(path: Path, values: NDArray[np.float32]) -> None:
    """Write decimated backscatter; whole or not at all.

    Raises:
        OutputError: no space, no permission.
    """
    temporary = path.with_suffix(".partial")
    try:
        with temporary.open("wb") as file:
            np.save(file, values)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error}; free some space and run the same command again"
        ) from error


def write_mosaic(
    path: Path,
    kind: str,
    windows: Sequence[Window],
    *,
    height: int,
    width: int,
    bands: Sequence[int],
    dtype: str,
    nodata: int,
) -> None:
    """Write a virtual raster over bands of the parts of a kind, which lie beside it; no pixel is copied.

    Source:
        https://gdal.org/en/stable/drivers/raster/vrt.html
    """
    kinds = {"uint8": "Byte", "uint16": "UInt16"}
    lines = [
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}">',
        f"<GeoTransform>0, {UNIT}, 0, 0, 0, -{UNIT}</GeoTransform>",
    ]
    for number, band in enumerate(bands, start=1):
        lines.append(f'<VRTRasterBand dataType="{kinds[dtype]}" band="{number}"><NoDataValue>{nodata}</NoDataValue>')
        for window in windows:
            size = f'xSize="{window.width}" ySize="{window.height}"'
            name = part_path(path.parent, kind, window).name
            lines.append(
                f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>{band}</SourceBand>'
                f'<SourceProperties RasterXSize="{window.width}" RasterYSize="{window.height}" DataType="{kinds[dtype]}" BlockXSize="256" BlockYSize="256"/>'
                f'<SrcRect xOff="0" yOff="0" {size}/><DstRect xOff="{window.col}" yOff="{window.row}" {size}/></SimpleSource>'
            )
        lines.append("</VRTRasterBand>")
    lines.append("</VRTDataset>")
    _write_whole(path, "\n".join(lines).encode())


def _is_whole(path: Path, kind: str, window: Window) -> bool:
    if not path.exists():
        return False
    if kind == "quicklook":
        return True
    try:
        with rasterio.open(path) as part:
            return bool((part.height, part.width) == (window.height, window.width))
    except RasterioError:
        return False


def _write_whole(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".partial")
    temporary.write_bytes(content)
    os.replace(temporary, path)
