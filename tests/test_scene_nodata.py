import numpy as np
import pytest
from conftest import make_scene, speckled_power
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from sovs_map.scene import border, open_scene, read, sampling
from sovs_map.scene.border import find_border_zeros
from sovs_map.window import Window

GROUND = np.stack([speckled_power((40, 60)), speckled_power((40, 60), level_db=-18, seed=1)])
WHOLE = Window(0, 0, 40, 60)


def nearest(zeros):
    """Read windows of ``zeros`` as GDAL's nearest-neighbour decimation does."""

    def find(window, shape):
        rows = window.row + (2 * np.arange(shape[0]) + 1) * window.height // (2 * shape[0])
        cols = window.col + (2 * np.arange(shape[1]) + 1) * window.width // (2 * shape[1])
        return zeros[np.ix_(rows, cols)]

    return find


def flooded(zeros):
    """Brute force: spread from the zeros of the border, one pixel at a time."""
    edge = np.ones_like(zeros)
    edge[1:-1, 1:-1] = False
    return ndimage.binary_propagation(edge & zeros, mask=zeros)


def reached(zeros):
    found = find_border_zeros(nearest(zeros), height=zeros.shape[0], width=zeros.shape[1])
    if found is None:
        return np.zeros_like(zeros)
    return found.reached(Window(0, 0, *zeros.shape)) & zeros


@settings(deadline=None)
@given(zeros=arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_border_zeros_are_those_a_flood_from_the_border_reaches(zeros):
    np.testing.assert_array_equal(reached(zeros), flooded(zeros))


@settings(deadline=None)
@given(left=st.integers(0, 30), top=st.integers(0, 30), tilt=st.integers(0, 60))
def test_a_swath_in_a_scene_larger_than_the_grid_loses_its_fringe_and_keeps_its_lakes(left, top, tilt):
    rows, cols = np.indices((150, 131))
    zeros = (cols * 100 < left * 100 + rows * tilt) | (rows < top)
    fringe = zeros.copy()
    zeros[100:110, 110:120] = True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(border, "GRID", 40)
        got = reached(zeros)

    np.testing.assert_array_equal(got, fringe)


def test_a_window_of_the_border_is_part_of_the_whole():
    zeros = np.zeros((90, 70), bool)
    zeros[:13] = zeros[:, :7] = True
    found = find_border_zeros(nearest(zeros), height=90, width=70)

    window = Window(5, 3, 40, 50)

    np.testing.assert_array_equal(found.reached(window), found.reached(Window(0, 0, 90, 70))[window.slices])


def test_zeros_of_the_border_are_missing_and_those_inside_are_not(tmp_path):
    ground = (np.sqrt(GROUND) * 1000).astype(np.uint16)
    ground[:, :5] = 0
    ground[:, 20:22, 30:33] = 0
    ground[0, 10, :3] = 0

    got = read(open_scene(make_scene(tmp_path / "s.tif", ground)), WHOLE)

    expected = np.zeros((40, 60), bool)
    expected[:5] = True
    np.testing.assert_array_equal(np.isnan(got), np.stack([expected] * 2))


@pytest.mark.parametrize(("nodata", "fringe"), [(float("nan"), True), (-9999.0, False)])
def test_zeros_of_the_border_are_missing_although_nan_is_declared_and_not_if_a_number_is(tmp_path, nodata, fringe):
    ground = GROUND.copy()
    ground[:, :5] = 0
    ground[:, 20, 30] = 0
    ground[:, 39, 59] = nodata

    got = read(open_scene(make_scene(tmp_path / "s.tif", ground, nodata=nodata)), WHOLE)

    expected = np.zeros((40, 60), bool)
    expected[:5] = fringe
    expected[39, 59] = True
    np.testing.assert_array_equal(np.isnan(got), np.stack([expected] * 2))


@pytest.mark.parametrize("nodata", [0.0, -9999.0, float("nan"), -3.4028234663852886e38, 0.1])
def test_declared_nodata_is_missing_in_all_bands_and_nothing_else_is(tmp_path, nodata):
    ground = GROUND.copy()
    ground[0, 3, 4] = ground[1, 7, 8] = nodata
    ground[0, 9, 9] = np.inf

    got = read(open_scene(make_scene(tmp_path / "s.tif", ground, nodata=nodata)), WHOLE)

    expected = np.zeros((40, 60), bool)
    expected[3, 4] = expected[7, 8] = expected[9, 9] = True
    np.testing.assert_array_equal(np.isnan(got), np.stack([expected] * 2))


def test_nodata_is_a_stored_number_before_gain_and_bias(tmp_path):
    stored = (np.sqrt(GROUND) * 1000).astype(np.uint16) + 8
    stored[:, 0, 0] = 7

    scene = open_scene(make_scene(tmp_path / "s.tif", stored, nodata=7, scales=(1e-3, 1e-3), offsets=(0.01, 0.01)))
    got = read(scene, WHOLE)

    np.testing.assert_array_equal(np.isnan(got), stored == 7)
    np.testing.assert_allclose(got[:, 5, 5], 20 * np.log10(stored[:, 5, 5] * 1e-3 + 0.01), atol=1e-4)


def test_a_mask_of_the_file_is_kept_and_border_zeros_then_are_numbers(tmp_path):
    valid = np.ones((40, 60), bool)
    valid[10:20, :9] = False
    ground = GROUND.copy()
    ground[:, 0, 0] = 0

    got = read(open_scene(make_scene(tmp_path / "s.tif", ground, valid=valid)), WHOLE)

    np.testing.assert_array_equal(np.isnan(got), np.stack([~valid] * 2))


def test_numbers_that_the_sample_misses_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "WHOLE", 100)
    monkeypatch.setattr(sampling, "SIDE", 2)
    ground = np.full((1, 400, 400), np.nan, np.float32)
    ground[0, 390:393, 5:8] = 0.05

    scene = open_scene(make_scene(tmp_path / "s.tif", ground))

    assert scene.calibrated
    assert np.isfinite(read(scene, Window(390, 5, 3, 3))).all()


@given(height=st.integers(1, 20_000), width=st.integers(1, 20_000), rows=st.integers(1, 600), cols=st.integers(1, 600))
def test_sampled_windows_lie_inside_the_scene_and_are_bounded(height, width, rows, cols):
    windows = sampling.sample_windows(height, width, block=(min(rows, height), min(cols, width)))

    assert all(w.row >= 0 and w.col >= 0 and w.bottom <= height and w.right <= width for w in windows)
    assert not any(w.is_empty for w in windows)
    assert sum(w.height * w.width for w in windows) <= max(sampling.WHOLE, (sampling.LATTICE * sampling.SIDE) ** 2)
