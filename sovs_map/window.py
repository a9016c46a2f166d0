"""Rectangles of pixels, and the one lattice of tiles that every chunk of a scene shares. Integers only."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels, in scene coordinates. It may reach past the scene's edge."""

    row: int
    """First row; 0 is the scene's top, negative is above it."""

    col: int
    """First column; 0 is the scene's left edge."""

    height: int
    """Number of rows; 0 when empty."""

    width: int
    """Number of columns; 0 when empty."""

    @property
    def bottom(self) -> int:
        """Return the row below the last one."""
        return self.row + self.height

    @property
    def right(self) -> int:
        """Return the column right of the last one."""
        return self.col + self.width

    @property
    def is_empty(self) -> bool:
        """Tell whether the window covers no pixel."""
        return self.height == 0 or self.width == 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Return the row and column slices of an array that holds the scene."""
        return slice(self.row, self.bottom), slice(self.col, self.right)

    def __and__(self, other: Window) -> Window:
        """Return the part both windows share, which may be empty."""
        row, col = max(self.row, other.row), max(self.col, other.col)
        height = max(0, min(self.bottom, other.bottom) - row)
        width = max(0, min(self.right, other.right) - col)
        return Window(row, col, height, width)

    def grow(self, margin: int) -> Window:
        """Return the window with ``margin`` more pixels on each side."""
        return Window(self.row - margin, self.col - margin, self.height + 2 * margin, self.width + 2 * margin)

    def relative_to(self, other: Window) -> Window:
        """Return the same pixels, counted from the first pixel of ``other``."""
        return Window(self.row - other.row, self.col - other.col, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where the tiles of a scene lie: the same for every chunk, and for every crop of a georeferenced scene."""

    height: int
    """Rows of the scene."""

    width: int
    """Columns of the scene."""

    tile: int
    """Side of a tile [pixels]."""

    overlap: int
    """How far neighbouring tiles overlap, at most half a tile [pixels]."""

    row: int = 0
    """First row of the first tile, above ``-stride`` and at most 0."""

    col: int = 0
    """First column of the first tile, above ``-stride`` and at most 0."""

    @property
    def stride(self) -> int:
        """Return the distance from tile to tile."""
        return self.tile - self.overlap

    @property
    def scene(self) -> Window:
        """Return the window of the whole scene."""
        return Window(0, 0, self.height, self.width)

    @property
    def all_rows(self) -> range:
        """Return the first rows of all tiles: as many as cover the scene."""
        return _starts(self.row, self.height, tile=self.tile, stride=self.stride)

    @property
    def all_cols(self) -> range:
        """Return the first columns of all tiles: as many as cover the scene."""
        return _starts(self.col, self.width, tile=self.tile, stride=self.stride)

    def cells(self, side: int) -> Lattice:
        """Return the lattice in cells of ``side`` pixels a side, which divides tiles and overlaps.

        Cells are counted from the first tile's corner.
        """
        height, width = -((self.row - self.height) // side), -((self.col - self.width) // side)
        return Lattice(height, width, self.tile // side, self.overlap // side)

    def rows(self, window: Window) -> range:
        """Return the first rows of the tiles that touch a window."""
        return _touching(self.all_rows, window.row, window.bottom, tile=self.tile)

    def cols(self, window: Window) -> range:
        """Return the first columns of the tiles that touch a window."""
        return _touching(self.all_cols, window.col, window.right, tile=self.tile)

    def tiles(self, window: Window) -> Iterator[Window]:
        """Yield every tile that touches a window, row by row; tiles may reach past the scene's edge."""
        for row in self.rows(window):
            for col in self.cols(window):
                yield Window(row, col, self.tile, self.tile)

    def seen(self, tile: Window, *, grain: int, margin: int) -> Window:
        """Return the part of a tile that is looked at: what lies in the scene, made up to whole squares.

        Args:
            tile: one of the lattice.
            grain: side of the squares, which are counted from the tile's corner; two of them at least are looked at.
            margin: pixels past the scene's edge that are looked at all the same, inside the tile.
        """
        row, height = _seen(tile.row, self.height, side=self.tile, grain=grain, margin=margin)
        col, width = _seen(tile.col, self.width, side=self.tile, grain=grain, margin=margin)
        return Window(row, col, height, width)

    def chunks(self, side: int, *, cell: int) -> tuple[Window, ...]:
        """Return windows that cover the scene once, row by row, about ``side`` pixels a side.

        Their edges lie one cell before the start of a tile, so that few tiles belong to two chunks: the last pixels of
        a window look at the next cell.
        """
        step = max(1, side // self.stride)
        rows = [0, *(row - cell for row in self.all_rows[step::step] if row > cell), self.height]
        cols = [0, *(col - cell for col in self.all_cols[step::step] if col > cell), self.width]
        return tuple(
            Window(top, left, bottom - top, right - left)
            for top, bottom in itertools.pairwise(rows)
            for left, right in itertools.pairwise(cols)
        )


def make_lattice(
    *, height: int, width: int, tile: int, overlap: int, row_on_grid: float = 0.0, col_on_grid: float = 0.0
) -> Lattice:
    """Return the lattice of a scene.

    Tiles are counted from the scene's corner; where the corner's place on its coordinate system's pixel grid is known,
    from that grid's origin instead. So a crop of a file has the tiles of the whole, and gets its labels.

    Args:
        height: rows of the scene.
        width: columns of the scene.
        tile: side of a tile.
        overlap: how far tiles overlap.
        row_on_grid: row of the scene's corner, counted from coordinate 0 of a north-up grid [pixels].
        col_on_grid: column of it.
    """
    stride = tile - overlap
    # Grids start at whole or half pixels; a quarter more keeps rounding errors from flipping either.
    row, col = (-(math.floor(place + 0.25) % stride) for place in (row_on_grid, col_on_grid))
    return Lattice(height, width, tile, overlap, row, col)


def _starts(first: int, size: int, *, tile: int, stride: int) -> range:
    count = 1 + max(0, -(-(size - first - tile) // stride))
    return range(first, first + count * stride, stride)


def _touching(starts: range, low: int, high: int, *, tile: int) -> range:
    begin = max(0, (low - tile - starts.start) // starts.step + 1)
    end = max(0, -(-(high - starts.start) // starts.step))
    return starts[begin:end]


def _seen(first: int, size: int, *, side: int, grain: int, margin: int) -> tuple[int, int]:
    """Return where the squares of a tile's side start that reach into ``size`` pixels, and how long they are together."""
    low = max(0, (-first - margin) // grain * grain)
    high = min(side, -((first - size - margin) // grain) * grain)
    low = min(low, max(0, high - 2 * grain))
    return first + low, max(high - low, 2 * grain)
