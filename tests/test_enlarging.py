"""Enlarging: cells to pixels as torch interpolates, whatever the window and the bands."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sovs_map.blend import Band
from sovs_map.enlarging import cells_around, enlarge
from sovs_map.window import Lattice, Window


def run_enlarge(field, lattice, window, *, cell, heights=(3,)):
    around = cells_around(lattice, window, cell=cell)
    edges = [around.row]
    while edges[-1] < around.bottom:
        edges.append(min(edges[-1] + heights[len(edges) % len(heights)], around.bottom))
    bands = (
        Band(place, field[:, *place.slices])
        for top, bottom in itertools.pairwise(edges)
        for place in [Window(top, around.col, bottom - top, around.width)]
    )
    out = np.full((len(field), window.height, window.width), np.nan, np.float32)
    for band in enlarge(bands, lattice=lattice, window=window, cell=cell):
        out[:, *band.window.relative_to(window).slices] = band.values
    return out


def make_field(lattice, cell):
    cells = lattice.cells(cell)
    return np.random.default_rng(0).normal(size=(2, cells.height, cells.width)).astype(np.float32)


@pytest.mark.parametrize("cell", [1, 2, 4])
def test_enlarging_equals_bilinear_interpolation(cell):
    lattice = Lattice(90, 53, 16, 4, row=-3, col=-7)
    field = make_field(lattice, cell)

    got = run_enlarge(field, lattice, lattice.scene, cell=cell)

    whole = F.interpolate(torch.from_numpy(field)[None], scale_factor=cell, mode="bilinear")[0].numpy()
    np.testing.assert_allclose(got, whole[:, 3:93, 7:60], rtol=1e-5, atol=1e-5)


@given(st.integers(1, 60), st.integers(1, 60), st.lists(st.integers(1, 25), min_size=1, max_size=4), st.data())
@settings(deadline=None)
def test_a_window_gets_the_bits_of_the_whole(height, width, heights, data):
    lattice = Lattice(height, width, 16, 4, row=-data.draw(st.integers(0, 11)), col=-data.draw(st.integers(0, 11)))
    row, col = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    window = Window(row, col, data.draw(st.integers(1, height - row)), data.draw(st.integers(1, width - col)))
    field = make_field(lattice, 2)

    whole = run_enlarge(field, lattice, lattice.scene, cell=2)
    part = run_enlarge(field, lattice, window, cell=2, heights=heights)

    assert not np.isnan(whole).any()
    np.testing.assert_array_equal(part, whole[:, *window.slices])
