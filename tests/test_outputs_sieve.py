from __future__ import annotations

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from outputs_rasters import blocks, write
from scipy import ndimage

from sovs_map.outputs import sieve

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

maps = arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.sampled_from([0, 1, 2, 3, 255]))
no_fixture_check = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sieved(folder, labels: np.ndarray, min_pixels: int) -> np.ndarray:
    source = write(folder / "labels.tif", labels)
    sieve(source, folder / "sieved.tif", min_pixels=min_pixels, nodata=255)
    with rasterio.open(folder / "sieved.tif") as made:
        return made.read(1)


def regions(labels: np.ndarray) -> list[np.ndarray]:
    """Return a mask of each 4-connected region that isn't nodata."""
    found = []
    for value in set(np.unique(labels)) - {255}:
        marked, count = ndimage.label(labels == value)
        found += [marked == number for number in range(1, count + 1)]
    return found


@given(labels=maps, min_pixels=st.integers(1, 12))
@no_fixture_check
def test_small_regions_stay_only_where_they_have_no_neighbour(tmp_path, labels, min_pixels):
    made = sieved(tmp_path, labels, min_pixels)

    for region in regions(made):
        around = ndimage.binary_dilation(region) & ~region
        assert np.count_nonzero(region) >= min_pixels or (made[around] == 255).all()


@given(labels=maps, min_pixels=st.integers(1, 12))
@no_fixture_check
def test_nodata_neither_vanishes_nor_grows(tmp_path, labels, min_pixels):
    made = sieved(tmp_path, labels, min_pixels)

    np.testing.assert_array_equal(made == 255, labels == 255)
    assert set(np.unique(made)) <= set(np.unique(labels))


@given(labels=maps, min_pixels=st.integers(1, 12))
@no_fixture_check
def test_sieving_twice_changes_nothing_more(tmp_path, labels, min_pixels):
    once = sieved(tmp_path, labels, min_pixels)

    np.testing.assert_array_equal(sieved(tmp_path, once, min_pixels), once)


@given(labels=maps, min_pixels=st.integers(1, 12), rows=st.integers(1, 4))
@no_fixture_check
def test_result_does_not_depend_on_the_strips(tmp_path, labels, min_pixels, rows):
    expected = sieved(tmp_path, labels, min_pixels)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sovs_map.outputs.sieving.strip_rows", lambda _: rows)
        got = sieved(tmp_path, labels, min_pixels)

    np.testing.assert_array_equal(got, expected)


def test_small_region_joins_the_largest_neighbour(tmp_path):
    labels = np.array([[1, 1, 1, 1], [1, 2, 3, 3], [1, 1, 3, 3]], np.uint8)

    made = sieved(tmp_path, labels, 2)

    np.testing.assert_array_equal(made, [[1, 1, 1, 1], [1, 1, 3, 3], [1, 1, 3, 3]])


def test_one_pixel_is_no_threshold(tmp_path):
    labels = blocks(1, height=90, width=70)

    np.testing.assert_array_equal(sieved(tmp_path, labels, 1), labels)


def test_regions_that_cross_strips_are_counted_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("sovs_map.outputs.sieving.strip_rows", lambda _: 3)
    labels = np.ones((11, 4), np.uint8)
    labels[:, 2] = 2
    labels[-1, 0] = 3

    made = sieved(tmp_path, labels, len(labels))

    assert (made[:, 2] == 2).all()
    assert made[-1, 0] == 1


def test_georeference_is_kept(tmp_path):
    labels = blocks(2, height=40, width=50)
    with rasterio.open(
        tmp_path / "labels.tif",
        "w",
        driver="GTiff",
        height=40,
        width=50,
        count=1,
        dtype="uint8",
        crs="EPSG:32633",
        transform=rasterio.Affine(10, 0, 5e5, 0, -10, 5e6),
    ) as out:
        out.write(labels, 1)

    sieve(tmp_path / "labels.tif", tmp_path / "sieved.tif", min_pixels=4, nodata=255)

    with rasterio.open(tmp_path / "sieved.tif") as made:
        assert (made.crs.to_epsg(), made.transform[:6]) == (32633, (10, 0, 5e5, 0, -10, 5e6))
        assert made.nodata == 255
