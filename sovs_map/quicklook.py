"""A small picture of a big scene, made while it is mapped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Window


def decimate(plane: NDArray[np.float32], source: Window, *, window: Window, step: int) -> NDArray[np.float32]:
    """Return the mean over ``step`` x ``step`` pixels of the squares whose centres lie in a window, NaN without data."""
    squares = quicklook_window(window, step=step)
    rows, cols = (np.s_[low * step - start : high * step - start] for low, high, start in (
        (squares.row, squares.bottom, source.row), (squares.col, squares.right, source.col)))  # fmt: skip
    part = plane[max(rows.start, 0) : rows.stop, max(cols.start, 0) : cols.stop]
    short = ((max(-rows.start, 0), squares.height * step), (max(-cols.start, 0), squares.width * step))
    padding = [(before, size - before - have) for (before, size), have in zip(short, part.shape, strict=True)]
    whole = np.pad(part, padding, constant_values=np.nan).reshape(squares.height, step, squares.width, step)
    known = ~np.isnan(whole)
    total, count = np.where(known, whole, 0).sum((1, 3)), known.sum((1, 3))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def quicklook_window(window: Window, *, step: int) -> Window:
    """Return which pixels of the quicklook have their centres in a window.

    The first row and column count as centred at the scene's edge, so that a scene narrower than half a step has one.
    """
    row, bottom, col, right = (
        max((edge + step - 1 - step // 2) // step, min(edge, 1))
        for edge in (window.row, window.bottom, window.col, window.right)
    )
    return Window(row, col, bottom - row, right - col)
