"""Windows and the lattice: integers that must cover every pixel, always the same way."""

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.window import Window, make_lattice

WINDOWS = st.builds(Window, st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 9), st.integers(0, 9))
LATTICES = st.builds(
    lambda height, width, tile, share, row, col: make_lattice(
        height=height, width=width, tile=tile, overlap=max(1, tile * share // 8), row_on_grid=row, col_on_grid=col
    ),
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(2, 30),
    st.integers(1, 4),
    st.integers(-99, 99),
    st.integers(-99, 99),
)


@given(WINDOWS, WINDOWS)
def test_the_shared_part_is_what_both_paint(a, b):
    canvas = np.zeros((40, 40), int)
    for window in (a, b):
        canvas[window.relative_to(Window(-10, -10, 0, 0)).slices] += 1

    shared = a & b

    assert (canvas == 2).sum() == shared.height * shared.width


@given(LATTICES)
def test_tiles_cover_each_pixel_once_or_twice_along_each_axis(lattice):
    rows = np.zeros(lattice.height, int)
    for row in lattice.all_rows:
        rows[max(0, row) : row + lattice.tile] += 1

    assert set(rows) <= {1, 2}
    assert -lattice.stride < lattice.all_rows[0] <= 0


@given(LATTICES, st.integers(1, 120))
def test_chunks_cover_the_scene_once(lattice, side):
    painted = np.zeros((lattice.height, lattice.width), int)
    for chunk in lattice.chunks(side, cell=1):
        painted[chunk.slices] += 1

    assert (painted == 1).all()


@given(LATTICES, st.data())
def test_the_tiles_of_a_window_are_those_that_share_pixels_with_it(lattice, data):
    row, col = data.draw(st.integers(0, lattice.height - 1)), data.draw(st.integers(0, lattice.width - 1))
    window = Window(
        row, col, data.draw(st.integers(1, lattice.height - row)), data.draw(st.integers(1, lattice.width - col))
    )
    every = [Window(r, c, lattice.tile, lattice.tile) for r, c in itertools.product(lattice.all_rows, lattice.all_cols)]

    assert list(lattice.tiles(window)) == [tile for tile in every if not (tile & window).is_empty]


@given(LATTICES, st.sampled_from([1, 2, 4]), st.integers(0, 2))
def test_what_is_seen_of_a_tile_is_whole_squares_around_its_part_of_the_scene(lattice, grain, margin):
    lattice = replace(lattice, tile=16, overlap=min(lattice.overlap, 8), row=max(lattice.row, -7), col=0)
    for tile in lattice.tiles(lattice.scene):
        seen = lattice.seen(tile, grain=grain, margin=margin)
        inside = seen.relative_to(tile)

        needed = lattice.scene.grow(margin) & tile
        assert needed & seen == needed
        assert seen & tile == seen
        assert {side % grain for side in (inside.row, inside.col, inside.height, inside.width)} == {0}
        assert all(
            side in (2 * grain, 16) or side < need + 2 * grain
            for side, need in ((seen.height, needed.height), (seen.width, needed.width))
        )


@given(st.floats(-1e7, 1e7), st.integers(0, 50), st.sampled_from([0.0, 0.5]), st.floats(-1e-6, 1e-6))
def test_a_crop_has_the_tiles_of_the_whole(corner, offset, half, error):
    place = round(corner) + half
    whole = make_lattice(height=200, width=1, tile=32, overlap=8, row_on_grid=place)
    crop = make_lattice(height=100, width=1, tile=32, overlap=8, row_on_grid=place + offset + error)

    starts = {row + offset for row in crop.all_rows}

    assert {row % whole.stride for row in whole.all_rows} == {row % whole.stride for row in starts}
