"""The SAR picture under a map, from the scene's own file where it is still found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from sovs_map.window import Window

SAMPLE = 1000
"""Side of the sample that the stretch is chosen on [pixels]."""

STRETCH = (2.0, 98.0)
"""Percentiles that become black and white."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A raster whose first band is drawn."""

    path: Path
    """The scene's file."""

    is_db: bool
    """Whether its numbers are logarithms already."""


def find_backdrop(folder: Path, stem: str, *, height: int, width: int) -> Backdrop | None:
    """Return the scene's file if it lies in the folder of the map or the one above, and has its size."""
    item = folder / f"{stem}_item.json"
    if not item.exists():
        return None
    links = json.loads(item.read_text(encoding="utf-8")).get("links", [])
    names = [link["href"] for link in links if link.get("rel") == "derived_from"]
    for name in names[:1]:
        for place in (folder / Path(str(name)).name, folder.parent / Path(str(name)).name):
            if place.is_file() and (found := _opened(place, height, width)) is not None:
                return found
    return None


def _opened(path: Path, height: int, width: int) -> Backdrop | None:
    with rasterio.open(path) as source:
        if (source.height, source.width) != (height, width):
            return None
        sample = source.read(1, out_shape=(min(height, SAMPLE), min(width, SAMPLE)), masked=True)
        return Backdrop(path, bool((sample < 0).any()))


def draw_backdrop(backdrop: Backdrop, place: Window, *, step: int) -> NDArray[np.uint8]:
    """Return the grey values of a window, 1 to 255, 0 without data, in pixels of ``step`` by ``step``."""
    low, high = _stretch(backdrop)
    with rasterio.open(backdrop.path) as source:
        inside = place & Window(0, 0, source.height, source.width)
        rows, cols = inside.slices
        values = source.read(
            1,
            window=((rows.start, rows.stop), (cols.start, cols.stop)),
            out_shape=(-(-inside.height // step), -(-inside.width // step)),
            masked=True,
        )
    level = _levels(values, backdrop)
    grey = np.clip((level - low) / max(high - low, 1e-6), 0, 1) * 254 + 1
    return np.where(np.isnan(level), 0, np.nan_to_num(grey)).astype(np.uint8)


@lru_cache(maxsize=16)
def _stretch(backdrop: Backdrop) -> tuple[float, float]:
    with rasterio.open(backdrop.path) as source:
        shape = (min(source.height, SAMPLE), min(source.width, SAMPLE))
        level = _levels(source.read(1, out_shape=shape, masked=True), backdrop)
    if np.isnan(level).all():
        return 0.0, 1.0
    low, high = np.nanpercentile(level, STRETCH)
    return float(low), float(high)


def _levels(
    values: np.ma.MaskedArray[tuple[int, int], np.dtype[np.generic]], backdrop: Backdrop
) -> NDArray[np.float32]:
    """Return stored numbers on a logarithmic scale, NaN without data."""
    numbers = np.ma.filled(values.astype(np.float32), np.nan)
    if backdrop.is_db:
        return numbers
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 20 * np.log10(numbers)
    level[~np.isfinite(level)] = np.nan
    return level
