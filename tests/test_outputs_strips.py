"""How much of a raster, and how many features, are held at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.outputs.grid import STRIP_PIXELS, STRIP_ROWS, Grid, strips
from sovs_map.outputs.grouping import groups


@given(height=st.integers(1, 3000), width=st.integers(1, 10**7))
def test_strips_cover_every_row_once_and_hold_few_pixels(height, width):
    windows = list(strips(Grid(height, width, None, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), ())))

    assert [row for window in windows for row in range(window.row, window.bottom)] == list(range(height))
    assert all(window.height * width <= max(STRIP_PIXELS, width) for window in windows)
    assert STRIP_ROWS % windows[0].height == 0 or len(windows) == 1


@given(sizes=st.lists(st.integers(0, 50)), most=st.integers(1, 100))
def test_groups_cover_every_entry_once_and_are_small_or_single(sizes, most):
    found = list(groups(np.array(sizes, np.int64), most=most))

    assert [index for part in found for index in range(part.start, part.stop)] == list(range(len(sizes)))
    assert all(sum(sizes[part]) <= most or part.stop - part.start == 1 for part in found)
