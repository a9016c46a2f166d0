"""A fixed sample of a scene's valid numbers, on which everything that holds for the whole scene is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sovs_map.scene.border import BorderZeros
from sovs_map.scene.scene import Band
from sovs_map.window import Window

Look = Callable[[Sequence[Band], BorderZeros | None, Window], NDArray[np.float32]]
"""Reads the physical numbers of a window, NaN where there is no data."""

WHOLE = 2048 * 2048
"""Pixels up to which all of a scene is its sample."""

SIDE = 128
"""Largest side of a sampled window [pixels]."""

LATTICE = 16
"""Sampled windows along each axis."""


def sample_windows(height: int, width: int, *, block: tuple[int, int]) -> tuple[Window, ...]:
    """Return the windows that a scene is judged by: all of it when small, else spread evenly.

    Windows begin where storage blocks do, so that as few blocks as possible are decoded.

    Args:
        height: rows of the scene.
        width: columns of the scene.
        block: rows and columns of a storage block.
    """
    if height * width <= WHOLE:
        return (Window(0, 0, height, width),)
    rows, cols = _starts(height, block[0]), _starts(width, block[1])
    return tuple(Window(row, col, min(SIDE, height - row), min(SIDE, width - col)) for row in rows for col in cols)


def sample_values(
    bands: Sequence[Band],
    border: BorderZeros | None,
    *,
    height: int,
    width: int,
    block: tuple[int, int],
    look: Look,
) -> NDArray[np.float32]:
    """Return the valid numbers of the sample, gain and bias applied.

    When the sampled windows hold none, the scene is searched from the top until a window does.

    Args:
        bands: of the scene.
        border: zeros that are no data.
        height: rows of the scene.
        width: columns of the scene.
        block: rows and columns of a storage block.
        look: reads a window.

    Returns:
        Shape ``(band, n)``, physical numbers; n is 0 when the scene has no valid pixel at all.
    """
    windows = sample_windows(height, width, block=block)
    sample = np.concatenate([_valid(look(bands, border, window)) for window in windows], axis=1)
    if sample.shape[1] or height * width <= WHOLE:
        return sample
    return next((found for w in _all_windows(height, width) if (found := _valid(look(bands, border, w))).size), sample)


def _valid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values[:, np.isfinite(values[0])]


def _starts(length: int, block: int) -> tuple[int, ...]:
    """Return the first pixels of the sampled windows along one axis."""
    if length <= SIDE:
        return (0,)
    centres = ((2 * step + 1) * length // (2 * LATTICE) for step in range(LATTICE))
    first = (max(0, min(centre - SIDE // 2, length - SIDE)) for centre in centres)
    return tuple(dict.fromkeys(start // block * block if block < length else start for start in first))


def _all_windows(height: int, width: int) -> Iterator[Window]:
    for row in range(0, height, 1024):
        for col in range(0, width, 1024):
            yield Window(row, col, min(1024, height - row), min(1024, width - col))
