"""Rectangles of pixels, and the one lattice of tiles that every chunk of a scene shares. Integers only."""

from __future__ import annotations

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
