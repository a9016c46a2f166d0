"""Blending: no seams, no gaps, the same sum whatever the window."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovs_map.blend import Piece, blend, taper
from sovs_map.window import Lattice, Window


def run_blend(lattice, window, values):
    out = np.full((values(0, 0).shape[0], window.height, window.width), np.nan, np.float32)

    def piece(row, col):
        return Piece(Window(row, col, lattice.tile, lattice.tile), values(row, col))

    rows = ((row, ((col, piece(row, col)) for col in lattice.cols(window))) for row in lattice.rows(window))
    for band in blend(rows, lattice=lattice, window=window, layers=len(out)):
        part = band.window.relative_to(window)
        out[:, part.row : part.bottom] = band.values
    return out


def noise(lattice):
    return lambda row, col: (
        np.random.default_rng(abs(row * 1000 + col)).normal(size=(2, lattice.tile, lattice.tile)).astype(np.float32)
    )


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 8), st.floats(-50, 50, width=32))
@settings(deadline=None)
def test_equal_tiles_blend_to_themselves(height, width, overlap, value):
    lattice = Lattice(height, width, 16, overlap)

    got = run_blend(lattice, lattice.scene, lambda _row, _col: np.full((1, 16, 16), value, np.float32))

    np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-5)


@given(st.integers(20, 70), st.integers(1, 8), st.data())
@settings(deadline=None)
def test_a_window_gets_the_bits_of_the_whole(size, overlap, data):
    lattice = Lattice(size, size + 3, 16, overlap, row=-data.draw(st.integers(0, 16 - overlap - 1)))
    row, col = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    window = Window(row, col, data.draw(st.integers(1, size - row)), data.draw(st.integers(1, size - col)))

    whole = run_blend(lattice, lattice.scene, noise(lattice))
    part = run_blend(lattice, window, noise(lattice))

    np.testing.assert_array_equal(part, whole[:, *window.slices])


def test_blending_equals_accumulating_weighted_tiles():
    lattice = Lattice(50, 61, 16, 5)
    total, weight = np.zeros((2, 90, 90)), np.zeros((90, 90))
    for i, row in enumerate(lattice.all_rows):
        for j, col in enumerate(lattice.all_cols):
            w = np.outer(taper(lattice.all_rows, i, tile=16), taper(lattice.all_cols, j, tile=16))
            total[:, row : row + 16, col : col + 16] += w * noise(lattice)(row, col)
            weight[row : row + 16, col : col + 16] += w

    got = run_blend(lattice, lattice.scene, noise(lattice))

    np.testing.assert_allclose(got, (total / np.maximum(weight, 1e-9))[:, :50, :61], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("overlap", [1, 3, 8])
def test_weights_are_positive_and_full_at_the_border_of_the_scene(overlap):
    starts = Lattice(50, 50, 16, overlap).all_rows

    first, last = taper(starts, 0, tile=16), taper(starts, len(starts) - 1, tile=16)

    assert first[0] == last[-1] == 1
    assert min(first.min(), last.min()) > 0
