"""Cubes and lazy arrays: the numbers of the command line, computed when they are asked for and not before."""

import subprocess
import sys

import dask.array as da
import numpy as np
import pytest
import rasterio
import rioxarray  # noqa: F401 - the accessor
import xarray as xr
from conftest import UTM
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box
from test_embedding import CLASSES, SMALL, make_db, write_scene

import sovs_map
from sovs_map.errors import OptionError, VocabularyError
from sovs_map.window import Window


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cube")


@pytest.fixture(scope="module")
def scene(folder):
    return write_scene(folder / "scene.tif", make_db(hole=True))


@pytest.fixture(scope="module")
def cube(scene, folder):
    return sovs_map.embed(scene, folder / "scene.zarr", **SMALL)


def read_band(path):
    with rasterio.open(path) as source:
        return source.read(1)


def test_a_lazy_query_equals_the_raster_of_the_command_line(cube, tmp_path):
    lazy = cube.query("open water", negatives=["asphalt"])

    result = sovs_map.query_scene(cube.store.path, "open water", negatives=["asphalt"], output=tmp_path)

    with rasterio.open(result.answers[0].probability) as raster:
        expected, place, crs = raster.read(1), raster.transform, raster.crs
    np.testing.assert_array_equal(np.where(np.isnan(lazy.values), 255, np.rint(lazy.values * 250)), expected)
    assert (lazy.x[3], lazy.y[5]) == (place.c + 3.5 * place.a, place.f + 5.5 * place.e)
    assert lazy.rio.crs == crs


def test_lazy_labels_equal_the_raster_of_the_command_line(cube, tmp_path):
    labels = cube.classify(CLASSES)

    result = sovs_map.map_scene(cube.store.path, classes=CLASSES, output=tmp_path, vector="none")

    np.testing.assert_array_equal(labels.values, read_band(result.labels))
    assert labels.attrs["flag_meanings"] == "water forest urban_area"


def test_nothing_is_read_of_a_store_until_it_is_asked_for(cube, monkeypatch):
    places = []
    monkeypatch.setattr("sovs_map.squares.read_square", lambda *place: places.append(place))

    cube.query("open water")
    cube.classify(CLASSES)

    assert places == []


def test_an_example_is_most_like_itself(cube):
    left, top = UTM.c + 110 * UTM.a, UTM.f + 130 * UTM.e

    like = cube.similar_to(box(left, top - 240, left + 240, top)).values

    assert np.nanmean(like[130:142, 110:122]) > np.nanmean(like) + 0.1


def test_a_point_is_an_example_too(cube):
    like = cube.similar_to(Point(UTM.c + 150.5 * UTM.a, UTM.f + 150.5 * UTM.e)).values

    assert like[150, 150] > np.nanmedian(like)


@pytest.mark.parametrize(
    "place", [Point(0, 0), box(500_000, 4_899_500, 500_300, 4_900_000)], ids=["outside", "no data"]
)
def test_an_example_without_data_is_refused(cube, place):
    with pytest.raises(OptionError, match="holds no"):
        cube.similar_to(place)


@settings(max_examples=12, deadline=None)
@given(row=st.integers(0, 150), col=st.integers(0, 150), height=st.integers(1, 50), width=st.integers(1, 50))
def test_a_window_shows_what_the_whole_shows(cube, row, col, height, width):
    question = cube.question("forest")
    whole = cube.heat(question, Window(0, 0, 200, 200))

    part = cube.heat(question, Window(row, col, height, width))

    np.testing.assert_array_equal(part, whole[row : row + height, col : col + width])


@pytest.mark.parametrize("step", [2, 4, 8, 32])
def test_a_picture_from_afar_is_nearly_that_from_near(cube, step):
    question, window = cube.question("forest"), Window(0, 0, 200, 200)

    afar = cube.heat(question, window, step=step)

    near = cube.heat(question, window)
    assert afar.shape == (-(-200 // step),) * 2
    assert cube.picture(window, step=step).shape == afar.shape
    assert abs(np.nanmean(afar) - np.nanmean(near)) < 0.08


def test_steps_that_are_no_powers_of_two_are_refused(cube):
    with pytest.raises(OptionError, match="power of two"):
        cube.heat(cube.question("forest"), Window(0, 0, 9, 9), step=12)


def test_two_phrases_are_no_question(cube):
    with pytest.raises((OptionError, VocabularyError)):
        cube.question("@nowhere.toml")


def open_lazy(reads):
    """Return the scene as a lazy array that notes each block that is read of it."""
    values = make_db(hole=True)

    def block(block_info=None):
        places = block_info[None]["array-location"]
        reads.append(places)
        return values[tuple(slice(*place) for place in places)]

    chunks = ((2,), (100, 100), (64, 64, 72))
    lazy = da.map_blocks(block, chunks=chunks, dtype=np.float32, meta=np.empty((0, 0, 0), np.float32))
    places = {"y": UTM.f + UTM.e * (np.arange(200) + 0.5), "x": UTM.c + UTM.a * (np.arange(200) + 0.5)}
    array = xr.DataArray(lazy, dims=("band", "y", "x"), coords=places | {"band": ["VV", "VH"]}, attrs={"units": "dB"})
    return array.rio.write_crs("EPSG:32631")


def test_arrays_are_segmented_lazily_with_the_numbers_of_the_command_line(scene, tmp_path):
    reads = []
    array = open_lazy(reads)

    labels = array.sovs.segment(CLASSES, **SMALL)

    assert reads == []
    assert labels.chunks is not None
    result = sovs_map.map_scene(scene, classes=CLASSES, output=tmp_path, vector="none", **SMALL)
    np.testing.assert_array_equal(labels.values, read_band(result.labels))
    assert reads


def test_arrays_are_queried_lazily_with_the_numbers_of_the_command_line(scene, tmp_path):
    reads = []

    probability = open_lazy(reads).sovs.query("open water", **SMALL)

    assert reads == []
    result = sovs_map.query_scene(scene, "open water", output=tmp_path, **SMALL)
    expected = read_band(result.answers[0].probability)
    np.testing.assert_array_equal(
        np.where(np.isnan(probability.values), 255, np.rint(probability.values * 250)), expected
    )


def test_arrays_in_memory_give_arrays_in_memory():
    array = open_lazy([]).compute()

    assert array.sovs.segment(CLASSES, **SMALL).chunks is None


@pytest.mark.parametrize("setting", [{"vector": "gpkg"}, {"workers": 2}, {"memory": "1GB"}], ids=str)
def test_settings_of_files_mean_nothing_for_arrays(setting):
    with pytest.raises(OptionError, match="leave it away"):
        open_lazy([]).sovs.segment(CLASSES, **setting)


def test_the_accessor_is_there_in_whatever_order_things_are_imported(tmp_path):
    for order in ("import sovs_map, xarray", "import xarray, sovs_map"):
        code = f"{order}; assert hasattr(xarray.DataArray, 'sovs')"
        subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=tmp_path)
