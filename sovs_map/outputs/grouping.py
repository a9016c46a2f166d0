"""Entries of different sizes in groups, so that no more is held at once than was allowed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def groups(sizes: NDArray[np.integer], *, most: int) -> Iterator[slice]:
    """Yield ranges of entries that together are no larger than ``most``, or are one alone.

    Args:
        sizes: of the entries, shape ``(n,)``.
        most: largest sum of a range of several.
    """
    ends = np.cumsum(sizes)
    start, before = 0, 0
    while start < len(ends):
        stop = max(int(np.searchsorted(ends, before + most, side="right")), start + 1)
        yield slice(start, stop)
        start, before = stop, int(ends[stop - 1])
