"""Reading past broken blocks: what cannot be read becomes nodata, and is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sovs_map.errors import BrokenBlocksError
from sovs_map.scene.border import BorderZeros
from sovs_map.scene.reading import find_zeros, read, read_values
from sovs_map.scene.scene import Band, Scene
from sovs_map.window import Window

Look = Callable[[Window], NDArray[np.float32]]
"""Reads a window, shape ``(band, row, col)``."""

CELL = 64
"""Side of the squares, counted from the scene's corner, that are readable or not as a whole [pixels]."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The pixels of a window, and what could not be read of it."""

    values: NDArray[np.float32]
    """Shape ``(band, row, col)`` [dB], NaN where there is no data."""

    broken: tuple[Window, ...]
    """Windows that are NaN because blocks of the file are broken or missing."""


def read_whole(scene: Scene, window: Window) -> Reading:
    """Return the backscatter of a window as `sovs_map.scene.read` does.

    Raises:
        BrokenBlocksError: blocks of the file are broken or missing.
    """
    return Reading(read(scene, window), ())


def read_around(scene: Scene, window: Window) -> Reading:
    """Return the backscatter of a window, NaN in every cell of ``CELL`` pixels that holds a pixel which cannot be read.

    A cell is read as a whole or not at all, so that what is missing does not depend on the window.
    """
    whole = _cells_around(window) & Window(0, 0, scene.height, scene.width)
    values, broken = _read_parts(partial(read, scene), whole, bands=len(scene.bands))
    rows, cols = window.relative_to(whole).slices
    return Reading(values[:, rows, cols], broken)


def sample_around(bands: Sequence[Band], border: BorderZeros | None, window: Window) -> NDArray[np.float32]:
    """Return the physical numbers of a window as `read_values` does, NaN where they cannot be read."""
    return _read_parts(partial(read_values, bands, border), window, bands=len(bands))[0]


def zeros_around(bands: Sequence[Band], window: Window, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels are zero as `find_zeros` does, none in rows that cannot be read."""
    try:
        return find_zeros(bands, window, shape)
    except BrokenBlocksError:
        if shape[0] == 1:
            return np.zeros(shape, bool)
    edges = [window.row + number * window.height // shape[0] for number in range(shape[0] + 1)]
    rows = (Window(top, window.col, below - top, window.width) for top, below in pairwise(edges))
    return np.concatenate([zeros_around(bands, row, (1, shape[1])) for row in rows])


def _read_parts(look: Look, window: Window, *, bands: int) -> tuple[NDArray[np.float32], tuple[Window, ...]]:
    """Return the pixels of a window, NaN in its cells that cannot be read, and these cells."""
    values = np.full((bands, window.height, window.width), np.nan, np.float32)
    broken = []
    for part, found in _parts(look, window):
        if found is None:
            broken.append(part)
            continue
        rows, cols = part.relative_to(window).slices
        values[:, rows, cols] = found
    return values, tuple(broken)


def _parts(look: Look, window: Window) -> Iterator[tuple[Window, NDArray[np.float32] | None]]:
    """Yield the largest parts of a window that can be read with their pixels, and None for cells that cannot."""
    try:
        found = look(window)
    except BrokenBlocksError:
        halves = _halves(window)
        if not halves:
            yield window, None
        for half in halves:
            yield from _parts(look, half)
        return
    yield window, found


def _halves(window: Window) -> tuple[Window, ...]:
    """Return both halves of a window along its longer side, cut between cells; nothing for a single cell."""
    rows, cols = -(-window.height // CELL), -(-window.width // CELL)
    if rows == cols == 1:
        return ()
    if rows >= cols:
        cut = rows // 2 * CELL
        return (
            Window(window.row, window.col, cut, window.width),
            Window(window.row + cut, window.col, window.height - cut, window.width),
        )
    cut = cols // 2 * CELL
    return (
        Window(window.row, window.col, window.height, cut),
        Window(window.row, window.col + cut, window.height, window.width - cut),
    )


def _cells_around(window: Window) -> Window:
    row, col = window.row // CELL * CELL, window.col // CELL * CELL
    bottom, right = -(-window.bottom // CELL) * CELL, -(-window.right // CELL) * CELL
    return Window(row, col, bottom - row, right - col)
