"""A blended field of cells to the pixels of a window: bilinear, a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.window import Lattice, Window

ROWS = 8
"""Rows of cells enlarged at once, so that what is made of them stays in the processor's cache."""


def cells_around(lattice: Lattice, window: Window, *, cell: int, margin: int = 1) -> Window:
    """Return the cells that the pixels of a window lie in, and so many around them.

    Cells are counted from the first tile's corner. With a margin of one they are those that pixels lie between.
    """
    top, left = (window.row - lattice.row) // cell, (window.col - lattice.col) // cell
    bottom, right = -((lattice.row - window.bottom) // cell), -((lattice.col - window.right) // cell)
    return Window(top, left, bottom - top, right - left).grow(margin) & lattice.cells(cell).scene


def enlarge(bands: Iterable[Band], *, lattice: Lattice, window: Window, cell: int) -> Iterator[Band]:
    """Yield the pixels of a window in bands of rows from top to bottom.

    A pixel is interpolated between the middles of the cells around it, beyond the last cells of the scene it takes
    their values. It is the same to the last bit whatever the window.

    Args:
        bands: rows of cells from the top, that make up the `cells_around` the window.
        lattice: where tiles lie, in pixels.
        window: inside the scene.
        cell: side of a cell [pixels].
    """
    whole, around = lattice.cells(cell).scene, cells_around(lattice, window, cell=cell)
    sides = (int(around.col == whole.col), int(around.right == whole.right))
    held = np.empty((0, 0, 0), np.float32)
    for band in bands:
        rows, top = band.values, band.window.row
        if held.size:
            rows, top = np.concatenate([held, rows], axis=1), top - held.shape[1]
        elif top == whole.row:
            rows, top = np.concatenate([rows[:, :1], rows], axis=1), top - 1
        if band.window.bottom == whole.bottom:
            rows = np.concatenate([rows, rows[:, -1:]], axis=1)
        for start in range(0, rows.shape[1] - 2, ROWS):
            few = np.pad(rows[:, start : start + ROWS + 2], ((0, 0), (0, 0), sides), mode="edge")
            place = Window(top + start + 1, around.col + 1 - sides[0], few.shape[1] - 2, few.shape[2] - 2)
            pixels = _pixels(few, place, lattice=lattice, window=window, cell=cell)
            if not pixels.window.is_empty:
                yield pixels
        held = rows[:, -2:].copy()


def _pixels(few: NDArray[np.float32], place: Window, *, lattice: Lattice, window: Window, cell: int) -> Band:
    """Return the pixels of cells ``place``, of values with one more cell on each side, that lie in a window."""
    pixels = _between(_between(few, 1, cell=cell), 2, cell=cell)
    top, left = lattice.row + place.row * cell, lattice.col + place.col * cell
    covered = Window(top, left, pixels.shape[1], pixels.shape[2])
    inside = covered & window
    rows, cols = inside.relative_to(covered).slices
    return Band(inside, pixels[:, rows, cols])


def _between(field: NDArray[np.float32], axis: int, *, cell: int) -> NDArray[np.float32]:
    """Return a field with ``cell`` numbers for each of an axis but the first and the last, which are only looked at."""
    shape = list(field.shape)
    shape[axis] = (shape[axis] - 2) * cell
    out = np.empty(shape, np.float32)
    source, target = np.moveaxis(field, axis, 0), np.moveaxis(out, axis, 0)
    for index in range(cell):
        offset = (index + 0.5) / cell - 0.5
        other = source[:-2] if offset < 0 else source[2:]
        np.multiply(source[1:-1], np.float32(1 - abs(offset)), out=target[index::cell])
        target[index::cell] += other * np.float32(abs(offset))
    return out
