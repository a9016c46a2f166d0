"""xarray DataArrays as sources: what they say about themselves, and how their pixels are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sovs_map.errors import SceneError
from sovs_map.window import Window

_Y, _X = frozenset({"y", "lat", "latitude"}), frozenset({"x", "lon", "longitude"})
"""What axes along rows' positions and along columns' positions are called, in lower case."""


@dataclass(frozen=True, slots=True, eq=False)
class ArraySource:
    """A DataArray with axes (band, row, col). Lazy ones stay lazy until a window is read."""

    array: xr.DataArray
    """Axes (band, row, col), whatever they are called."""


def band_first(array: xr.DataArray) -> ArraySource:
    """Return a source with axes (band, row, col) of an array with two or three axes.

    Axes called y and x, lat and lon, or latitude and longitude are taken by name, others by their order.

    Raises:
        SceneError: the array has other axes, or no pixel.
    """
    if array.ndim not in {2, 3}:
        raise SceneError(
            f"The array has the axes {tuple(map(str, array.dims))}; a scene has (band, y, x) or (y, x). "
            "Take one date or item first: array.isel(time=0)"
        )
    if 0 in array.shape:
        sides = ", ".join(f"{dim} {size}" for dim, size in array.sizes.items())
        raise SceneError(
            f"The array holds nothing: its axes are {sides} long; needed is at least 1 each. A slice against the order "
            "of its coordinates is empty: where y falls, write array.sel(y=slice(high, low))"
        )
    if array.ndim == 2:
        # A scalar coordinate such as band="VV" comes along as the name of the new axis.
        scalar = "band" if "band" in array.coords else "polarisation" if "polarisation" in array.coords else None
        array = array.expand_dims(scalar or "band")
    rows, cols = ([dim for dim in array.dims if str(dim).lower() in names] for names in (_Y, _X))
    if len(rows) == len(cols) == 1:
        array = array.transpose(..., *rows, *cols)
    return ArraySource(array)


def read_array(source: ArraySource, indexes: tuple[int, ...], window: Window) -> NDArray[np.generic]:
    """Return stored numbers of some layers of an array, shape ``(layer, row, col)``, in the array's type."""
    rows, cols = window.slices
    return _values(source, indexes, rows, cols)


def read_array_sparsely(
    source: ArraySource, indexes: tuple[int, ...], window: Window, *, shape: tuple[int, int]
) -> NDArray[np.generic]:
    """Return every so many-th pixel of a window, ``shape`` of them, nearest to the centres of even cells."""
    rows, cols = (
        (start + (2 * np.arange(count) + 1) * length // (2 * count))
        for start, length, count in ((window.row, window.height, shape[0]), (window.col, window.width, shape[1]))
    )
    return _values(source, indexes, rows, cols)


def _values(
    source: ArraySource,
    indexes: tuple[int, ...],
    rows: slice | NDArray[np.integer],
    cols: slice | NDArray[np.integer],
) -> NDArray[np.generic]:
    band, row, col = source.array.dims
    part = source.array.isel({band: [index - 1 for index in indexes], row: rows, col: cols})
    # A chunk task already runs on one of dask's threads; a nested pool would only fight with it.
    if part.chunks is not None:
        part = part.compute(scheduler="synchronous")
    return np.ascontiguousarray(part.values)
