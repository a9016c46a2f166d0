"""Zeros that reach into a scene from its border: the fringe that many products don't declare as nodata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sovs_map.window import Window

GRID = 4096
"""Most cells along a side of the grid on which zeros are followed; smaller scenes are followed pixel by pixel."""

FindZeros = Callable[[Window, tuple[int, int]], NDArray[np.bool_]]
"""Tells for a window, read as so many rows and columns, which pixels are zero in all bands."""


@dataclass(frozen=True, slots=True)
class BorderZeros:
    """The cells of a scene that zeros reach from its border. A zero elsewhere is a number like any other."""

    height: int
    """Rows of the scene."""

    width: int
    """Columns of the scene."""

    rows: int
    """Rows of cells."""

    cols: int
    """Columns of cells."""

    packed: bytes
    """A bit for each cell, row by row, each row filled up to whole bytes."""

    share: float
    """Part of the cells that is reached, from 0 to 1."""

    def reached(self, window: Window) -> NDArray[np.bool_]:
        """Return for each pixel of a window whether a zero there is no data, shape ``(row, col)``."""
        cell_rows = np.arange(window.row, window.bottom) * self.rows // self.height
        cell_cols = np.arange(window.col, window.right) * self.cols // self.width
        bits = np.frombuffer(self.packed, np.uint8).reshape(self.rows, -1)
        cells = np.unpackbits(bits[cell_rows[0] : cell_rows[-1] + 1], axis=1, count=self.cols)
        return cells[np.ix_(cell_rows - cell_rows[0], cell_cols)].astype(bool)


def find_border_zeros(find_zeros: FindZeros, *, height: int, width: int) -> BorderZeros | None:
    """Return where zeros reach in from the border, or None when the border has no zero.

    Scenes of more than ``GRID`` pixels a side are followed on a coarser grid. There, a zero counts as reached when
    its own cell or one of the eight around it is, so that fringes thinner than a cell are found too.

    Args:
        find_zeros: reads which pixels are zero.
        height: rows of the scene.
        width: columns of the scene.
    """
    rows, cols = min(height, GRID), min(width, GRID)
    edges = (
        (Window(0, 0, 1, width), (1, cols)),
        (Window(height - 1, 0, 1, width), (1, cols)),
        (Window(0, 0, height, 1), (rows, 1)),
        (Window(0, width - 1, height, 1), (rows, 1)),
    )
    if not any(find_zeros(window, shape).any() for window, shape in edges):
        return None
    cells = _connected(find_zeros(Window(0, 0, height, width), (rows, cols)), exact=(rows, cols) == (height, width))
    return BorderZeros(height, width, rows, cols, np.packbits(cells, axis=1).tobytes(), float(cells.mean()))


def _connected(zeros: NDArray[np.bool_], *, exact: bool) -> NDArray[np.bool_]:
    """Return the cells connected with the border through zeros; on a coarse grid also those around them."""
    regions, count = ndimage.label(zeros)
    touching = np.zeros(count + 1, bool)
    for edge in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        touching[edge] = True
    touching[0] = False
    cells = touching[regions]
    if exact:
        return cells
    # Outside the scene is no data as well, so the outermost cells always are neighbours of it.
    return ndimage.binary_dilation(cells, np.ones((3, 3), bool), border_value=1)
