"""A sight as a lazy array of xarray: each block of the scene is seen when it is asked for, and not before."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rasterio.transform import Affine

from sovs_map.area import Area
from sovs_map.blend import Band
from sovs_map.scene import Georeference
from sovs_map.sight import Sight
from sovs_map.window import Window

Decide = Callable[[Band, NDArray[np.bool_]], NDArray[np.generic]]
"""Logits, and where there is data, to what is wanted of each pixel, ``(rows, cols)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A way to look at windows of a scene. It can be sent to other processes."""

    sight: Sight
    """Gives logits."""

    area: Area
    """All of the scene."""

    decide: Decide
    """What is made of them."""

    dtype: str
    """Of what is made."""

    def at(self, window: Window) -> NDArray[np.generic]:
        """Return what is made of a window, ``(rows, cols)``."""
        seen = self.sight.see(window, self.area)
        out = np.empty((window.height, window.width), self.dtype)
        for band in seen.bands:
            place = band.window.relative_to(window).slices
            out[place] = self.decide(band, seen.valid[place])
        self.sight.forget(window)
        return out


def lazy_blocks(
    at: Callable[[Window], NDArray[np.generic]], rows: tuple[int, ...], cols: tuple[int, ...], *, dtype: str
) -> da.Array:
    """Return a lazy array ``(rows, cols)`` of windows.

    Args:
        at: gives a window.
        rows: heights of the blocks.
        cols: widths of the blocks.
        dtype: of the array.
    """
    tops, lefts = (np.concatenate([[0], np.cumsum(sides)]).tolist() for sides in (rows, cols))
    places = np.array(list(itertools.product(range(len(rows)), range(len(cols)))), np.int64).reshape(
        len(rows), len(cols), 2
    )
    numbered = da.from_array(places, chunks=(1, 1, 2), name=False)

    def block(place: NDArray[np.int64]) -> NDArray[np.generic]:
        row, col = place[0, 0].tolist()
        return at(Window(tops[row], lefts[col], rows[row], cols[col]))

    return da.map_blocks(block, numbered, dtype=dtype, chunks=(rows, cols), drop_axis=2, meta=np.empty((0, 0), dtype))


def sides(windows: tuple[Window, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the heights and widths of windows that cover a scene in rows and columns."""
    rows = sorted({window.row for window in windows} | {windows[-1].bottom})
    cols = sorted({window.col for window in windows} | {windows[-1].right})
    return (
        tuple(below - above for above, below in itertools.pairwise(rows)),
        tuple(right - left for left, right in itertools.pairwise(cols)),
    )


def placed(values: da.Array, georeference: Georeference, *, name: str, attributes: dict[str, Any]) -> xr.DataArray:
    """Return an array ``(rows, cols)`` with the coordinates of a scene, as rioxarray has them.

    Pixels of control points, or of a rotated grid, have no coordinates along one axis; theirs are those of the pixels.
    """
    a, b, c, d, e, f = georeference.transform
    straight = b == d == 0 and not georeference.gcps
    x0, dx, y0, dy = (c, a, f, e) if straight else (0.0, 1.0, 0.0, 1.0)
    height, width = values.shape
    coordinates = {"y": y0 + dy * (np.arange(height) + 0.5), "x": x0 + dx * (np.arange(width) + 0.5)}
    array = xr.DataArray(values, dims=("y", "x"), coords=coordinates, name=name, attrs=attributes)
    if not straight or georeference.is_pixels:
        return array
    import rioxarray  # noqa: F401, PLC0415 - registers the accessor, and takes a second

    array = array.rio.write_transform(Affine(*georeference.transform))
    return array if georeference.crs is None else array.rio.write_crs(georeference.crs)
