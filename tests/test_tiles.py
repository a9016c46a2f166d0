"""Tiles past the border and beside holes, and the decimated picture."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sovs_map.quicklook import decimate, quicklook_window
from sovs_map.tiles import cut_tile
from sovs_map.window import Window


@given(st.integers(1, 40), st.integers(1, 40))
@settings(deadline=None)
def test_a_tile_past_the_border_mirrors_the_scene(height, width):
    block = np.random.default_rng(0).normal(size=(1, height, width)).astype(np.float32)

    tile = cut_tile(block, Window(0, 0, height, width), Window(-7, -9, 48, 64))

    assert tile.shape == (1, 48, 64)
    np.testing.assert_array_equal(tile[:, 7 : 7 + height, 9 : 9 + width], block[:, :41, :55])
    assert set(tile.ravel()) <= set(block.ravel())


def test_missing_pixels_take_the_nearest_number():
    block = np.full((2, 4, 4), np.nan, np.float32)
    block[:, :, 1] = [[1, 2, 3, 4], [5, 6, 7, 8]]

    tile = cut_tile(block, Window(0, 0, 4, 4), Window(0, 0, 4, 4))

    np.testing.assert_array_equal(tile[0], np.repeat([[1], [2], [3], [4]], 4, axis=1))


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 39))
def test_quicklook_windows_of_two_halves_join(size, step, cut):
    whole = quicklook_window(Window(0, 0, size, 1), step=step)
    above, below = (
        quicklook_window(w, step=step) for w in (Window(0, 0, min(cut, size), 1), Window(cut, 0, max(0, size - cut), 1))
    )

    assert above.bottom == below.row or cut >= size
    assert cut >= size or above.height + below.height == whole.height


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 12), st.integers(1, 59), st.integers(0, 9))
def test_a_scene_of_any_size_has_a_quicklook_of_the_means_of_its_squares(height, width, step, cut, halo):
    """However narrow it is, and wherever it is cut into chunks."""
    plane = np.random.default_rng(0).normal(size=(height, width)).astype(np.float32)
    scene, cut = Window(0, 0, height, width), min(cut, width)
    whole = quicklook_window(scene, step=step)
    picture = np.full((whole.height, whole.width), np.inf)

    for window in (Window(0, 0, height, cut), Window(0, cut, height, width - cut)):
        source = window.grow(step + halo) & scene
        rows, cols = source.slices
        place = quicklook_window(window, step=step)
        picture[place.slices] = decimate(plane[rows, cols], source, window=window, step=step)

    assert picture.size
    squares = [[plane[i * step :, j * step :][:step, :step] for j in range(whole.width)] for i in range(whole.height)]
    np.testing.assert_allclose(picture, [[part.mean() for part in row] for row in squares], rtol=1e-4, atol=1e-6)
    for have, size in zip(picture.shape, plane.shape, strict=True):
        assert have == 1 or abs(have * step - size) <= step / 2


def test_decimation_is_the_mean_of_squares():
    plane = np.arange(36, dtype=np.float32).reshape(6, 6)

    got = decimate(plane, Window(0, 0, 6, 6), window=Window(0, 0, 6, 6), step=2)

    np.testing.assert_allclose(got, plane.reshape(3, 2, 3, 2).mean((1, 3)))
