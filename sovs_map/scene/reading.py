"""Pixels of a scene: stored numbers → physical numbers → backscatter in dB, with NaN where there is no data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from sovs_map.radiometry import to_db
from sovs_map.scene.array import ArraySource, read_array, read_array_sparsely
from sovs_map.scene.border import BorderZeros
from sovs_map.scene.raster import read_file_mask, read_raster, read_raster_sparsely
from sovs_map.scene.scene import Band, Mask, Scene
from sovs_map.window import Window


def read(scene: Scene, window: Window) -> NDArray[np.float32]:
    """Return the backscatter of a window, the offsets of an uncalibrated scene added.

    Every pixel's number depends on that pixel and the scene alone, never on the window.

    Args:
        scene: what to read.
        window: inside the scene, not empty.

    Returns:
        Shape ``(band, row, col)``, float32 [dB]; NaN in all bands where any band has no data.

    Raises:
        SceneError: blocks of the file are broken or missing.
    """
    values = read_values(scene.bands, scene.border, window)
    for plane, offset_db in zip(values, scene.offsets_db, strict=True):
        plane[...] = to_db(plane, scale=scene.scale, offset_db=offset_db)
    return values


def read_values(bands: Sequence[Band], border: BorderZeros | None, window: Window) -> NDArray[np.float32]:
    """Return the physical numbers of a window, as ``read`` does before they become dB."""
    values = np.empty((len(bands), window.height, window.width), np.float32)
    missing = np.zeros((window.height, window.width), bool)
    zero = np.full((window.height, window.width), border is not None)
    for position, band, stored in _stored(bands, window):
        missing |= _missing(band, stored)
        if border is not None:
            zero &= stored == 0
        with np.errstate(over="ignore"):
            values[position] = stored
        if band.table is not None:
            values[position] /= band.table.divisors(window)
            values[position] *= values[position]
        elif (band.gain, band.bias) != (1.0, 0.0):
            values[position] *= np.float32(band.gain)
            values[position] += np.float32(band.bias)
        if stored.dtype.kind == "f":
            missing |= ~np.isfinite(values[position])
    for band in _one_a_mask(bands):
        missing |= _masked(band, window)
    if border is not None and zero.any():
        missing |= zero & border.reached(window)
    for plane in values:
        np.copyto(plane, np.nan, where=missing)
    return values


def find_zeros(bands: Sequence[Band], window: Window, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels of a window, read as ``shape`` of them, are stored as zero in all bands."""
    zero = np.ones(shape, bool)
    for band in bands:
        zero &= _sparse(band, window, shape) == 0
    return zero


def _stored(bands: Sequence[Band], window: Window) -> list[tuple[int, Band, NDArray[np.generic]]]:
    """Return position, band and stored numbers of each band, reading each source once."""
    found = []
    for _, members in groupby(enumerate(bands), key=lambda item: _source_key(item[1])):
        together = list(members)
        source = together[0][1].source
        indexes = tuple(band.index for _, band in together)
        planes = (
            read_array(source, indexes, window)
            if isinstance(source, ArraySource)
            else read_raster(source, indexes, window)
        )
        found += [(position, band, plane) for (position, band), plane in zip(together, planes, strict=True)]
    return found


def _source_key(band: Band) -> str | int:
    return id(band.source) if isinstance(band.source, ArraySource) else band.source


def _sparse(band: Band, window: Window, shape: tuple[int, int]) -> NDArray[np.generic]:
    if isinstance(band.source, ArraySource):
        return read_array_sparsely(band.source, (band.index,), window, shape=shape)[0]
    return read_raster_sparsely(band.source, (band.index,), window, shape=shape)[0]


def _missing(band: Band, stored: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return where a band holds its declared nodata number."""
    if band.nodata is None or not np.isfinite(band.nodata):
        return np.zeros(stored.shape, bool)
    if stored.dtype.kind == "f":
        with np.errstate(over="ignore"):
            # A declaration is kept in double precision; the pixels hold what the file's type made of it.
            return stored == stored.dtype.type(band.nodata)
    return stored == band.nodata


def _one_a_mask(bands: Sequence[Band]) -> list[Band]:
    """Return a band for each mask of the scene, since the bands of a file share theirs."""
    masked = {(_source_key(band), band.alpha): band for band in bands if band.mask is not Mask.NONE}
    return list(masked.values())


def _masked(band: Band, window: Window) -> NDArray[np.bool_]:
    if isinstance(band.source, ArraySource):
        return np.zeros((window.height, window.width), bool)
    if band.mask is Mask.ALPHA:
        return read_raster(band.source, (band.alpha,), window)[0] == 0
    return read_file_mask(band.source, band.index, window)
