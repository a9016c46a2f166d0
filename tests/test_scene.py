import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import rioxarray
from affine import Affine
from conftest import UTM, make_scene, speckled_power
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from scene_arrays import BOTH, DB, POWER, WHOLE, array_scene

from sovs_map.errors import SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene import open_scene, read
from sovs_map.scene.raster import HANDLES
from sovs_map.window import Window


def test_the_same_ground_has_the_same_db_in_every_scale(tmp_path):
    step = np.float32(1e-4)
    amplitude = (np.sqrt(POWER) / step).round().astype(np.uint16)
    as_db = make_scene(tmp_path / "db.tif", DB, descriptions=BOTH)
    others = {
        "power": make_scene(tmp_path / "power.tif", POWER, descriptions=BOTH),
        "amplitude": make_scene(tmp_path / "a.tif", np.sqrt(POWER), descriptions=BOTH, units=("amplitude",) * 2),
        "uint16": make_scene(tmp_path / "dn.tif", amplitude, descriptions=BOTH, scales=(step,) * 2, nodata=0),
    }
    expected = read(open_scene(as_db), WHOLE)

    for name, path in others.items():
        scene = open_scene(path)
        assert scene.calibrated, name
        np.testing.assert_allclose(read(scene, WHOLE), expected, atol=0.1 if name == "uint16" else 1e-4)
    np.testing.assert_array_equal(expected, np.maximum(DB, -50))


@settings(max_examples=40, deadline=None)
@given(row=st.integers(0, 99), col=st.integers(0, 99), height=st.integers(1, 100), width=st.integers(1, 100))
def test_a_window_holds_what_the_whole_scene_holds_there(tmp_path_factory, row, col, height, width):
    path = tmp_path_factory.getbasetemp() / "windows.tif"
    if not path.exists():
        ground = np.sqrt(speckled_power((2, 100, 100))) * 300
        ground[:, :20, :30] = 0
        make_scene(path, ground.astype(np.uint16), descriptions=BOTH, block=32)
    scene = open_scene(path)
    window = Window(row, col, min(height, 100 - row), min(width, 100 - col))

    whole = read(scene, Window(0, 0, 100, 100))

    np.testing.assert_array_equal(read(scene, window), whole[:, *window.slices])
    assert np.isnan(whole[:, :20, :30]).all()


def test_files_array_and_lazy_array_of_one_ground_give_the_same_numbers(tmp_path):
    paths = [make_scene(tmp_path / f"s_{name}.tif", DB[i : i + 1]) for i, name in enumerate(BOTH)]
    lazy = array_scene(da.from_array(DB, chunks=(1, 32, 40)))
    window = Window(3, 5, 40, 70)

    joint = open_scene(paths)

    assert (joint.name, joint.polarisations) == ("s", BOTH)
    for source in (array_scene(DB), lazy, lazy.transpose("y", "x", "band")):
        scene = pickle.loads(pickle.dumps(open_scene(source)))  # noqa: S301 - our own bytes
        np.testing.assert_array_equal(read(scene, window), read(joint, window))
        assert (scene.name, scene.polarisations) == ("ground", BOTH)


def test_many_scenes_are_read_by_many_threads_with_few_open_files(tmp_path):
    paths = [make_scene(tmp_path / f"{i}.tif", DB + np.float32(i) / 8) for i in range(3 * HANDLES)]
    scenes = [open_scene(path) for path in paths]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda scene: read(scene, WHOLE), scenes * 2))

    for index, values in enumerate(found):
        np.testing.assert_array_equal(values, DB + np.float32(index % len(paths)) / 8)


def test_identity_follows_numbers_and_settings_but_not_the_folder(tmp_path):
    path = Path(make_scene(tmp_path / "scene.tif", DB, descriptions=BOTH))
    first = open_scene(path)
    (tmp_path / "moved").mkdir()
    moved = path.rename(tmp_path / "moved" / "scene.tif")

    assert open_scene(moved).identity == first.identity
    assert open_scene(moved, bands="VV=1").identity != first.identity
    make_scene(moved, DB + 1, descriptions=BOTH)
    changed = open_scene(moved)
    assert changed.identity != first.identity
    np.testing.assert_array_equal(read(changed, WHOLE), DB + 1)


def test_eight_bit_bands_are_shifted_one_by_one_and_sixteen_bit_bands_together(tmp_path):
    grey = np.clip(np.sqrt(POWER / POWER.mean(axis=(1, 2), keepdims=True)) * 90, 1, 255).astype(np.uint8)
    dn = (np.sqrt(POWER) * 2000).astype(np.uint16)
    eight = open_scene(make_scene(tmp_path / "8.tif", grey, descriptions=BOTH))
    sixteen = open_scene(make_scene(tmp_path / "16.tif", dn, descriptions=BOTH))

    assert not eight.calibrated
    np.testing.assert_allclose(np.median(read(eight, WHOLE), axis=(1, 2)), (-11, -18), atol=0.01)
    levels = np.median(read(sixteen, WHOLE), axis=(1, 2))
    assert levels.mean() == pytest.approx((-11 - 18) / 2, abs=0.01)
    assert levels[0] - levels[1] == pytest.approx(np.subtract(*np.median(DB, axis=(1, 2))), abs=0.1)


def test_power_of_zero_inside_a_scene_is_the_floor_and_not_missing(tmp_path):
    ground = POWER.copy()
    ground[:, 30, 40] = 0

    got = read(open_scene(make_scene(tmp_path / "p.tif", ground, descriptions=BOTH)), WHOLE)

    assert (got[:, 30, 40] == -50).all()
    assert not np.isnan(got).any()


@pytest.mark.parametrize(
    ("values", "settings_", "fix"),
    [
        pytest.param(DB, {"scale": "power"}, "--scale db", id="dB called power"),
        pytest.param((np.sqrt(POWER) * 2000).astype(np.uint16), {"scale": "db"}, "--scale dn", id="DN called dB"),
        pytest.param(POWER * 40, {}, "--scale power, or --scale amplitude", id="ambiguous"),
        pytest.param(np.where(POWER > 0.1, POWER, -9999).astype(np.float32), {}, "--nodata -9999", id="no nodata"),
        pytest.param(DB, {"bands": "VV=3"}, "--bands VV=1", id="missing band"),
        pytest.param(np.concatenate([DB] * 3), {}, "--bands VV=1,VH=2", id="six bands"),
        pytest.param(np.full_like(DB, np.nan), {}, "--unset-nodata", id="nothing valid"),
        pytest.param(np.zeros_like(DB), {}, "--unset-nodata", id="nothing but border"),
        pytest.param(DB.astype(np.complex64), {}, "DERIVED_SUBDATASET:AMPLITUDE", id="complex"),
    ],
)
def test_unusable_scenes_are_refused_with_the_fix(tmp_path, values, settings_, fix):
    path = make_scene(tmp_path / "bad.tif", values)

    with pytest.raises(SceneError, match=fix) as error:
        open_scene(path, **settings_)

    assert "bad.tif" in str(error.value)


def test_files_on_different_grids_are_refused(tmp_path):
    first = make_scene(tmp_path / "s_vv.tif", DB[:1])
    smaller = make_scene(tmp_path / "s_vh.tif", DB[1:, :50])
    shifted = make_scene(tmp_path / "t_vh.tif", DB[1:], transform=UTM @ Affine.translation(1, 0))

    with pytest.raises(SceneError, match=r"64 x 96 .* 50 x 96; .*--like"):
        open_scene([first, smaller])
    with pytest.raises(SceneError, match="different places"):
        open_scene([first, shifted])


def test_files_that_are_no_rasters_or_broken_are_refused(tmp_path):
    text = tmp_path / "words.tif"
    text.write_text("not a raster")
    broken = Path(make_scene(tmp_path / "cut.tif", DB, block=32))
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])

    with pytest.raises(SceneError, match="rio info"):
        open_scene(text)
    with pytest.raises(SceneError, match=r"missing\.tif does not exist"):
        open_scene(tmp_path / "missing.tif")
    with pytest.raises(SceneError, match=r"cut\.tif is broken: rows \d+ to \d+"):
        open_scene(broken)


def test_blocks_that_break_after_opening_name_the_window(tmp_path):
    path = Path(make_scene(tmp_path / "late.tif", DB, block=32, descriptions=BOTH))
    scene = open_scene(path)
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(SceneError, match="late"):
        read(scene, Window(32, 32, 10, 10))


def test_scale_words_decide_between_power_and_amplitude(tmp_path):
    amplitude = np.sqrt(POWER)
    by_name = open_scene(make_scene(tmp_path / "bay_amplitude.tif", amplitude))
    by_unit = open_scene(make_scene(tmp_path / "a.tif", amplitude, units=("amplitude",) * 2))
    silent = open_scene(make_scene(tmp_path / "b.tif", amplitude))
    misleading = open_scene(make_scene(tmp_path / "amplifier_power.tif", DB))

    assert (by_name.scale, by_unit.scale) == (Scale.AMPLITUDE, Scale.AMPLITUDE)
    assert silent.scale is Scale.POWER
    assert misleading.scale is Scale.DB


def test_tags_that_contradict_the_numbers_are_refused(tmp_path):
    path = make_scene(tmp_path / "s.tif", DB, descriptions=("VV_intensity", "VH_intensity"))

    with pytest.raises(SceneError, match="the tags say power"):
        open_scene(path)
    assert open_scene(path, scale="db").scale is Scale.DB


def test_a_scene_without_georeference_is_a_remark_and_no_warning(tmp_path):
    scene = open_scene(make_scene(tmp_path / "s.tif", DB, transform=None))

    assert scene.georeference.is_pixels
    assert scene.spacing_m is None
    assert any("pixel coordinates" in remark for remark in scene.remarks)


def test_ground_control_points_are_kept(tmp_path):
    points = [GroundControlPoint(r, c, 4 + c * 1e-4, 44 - r * 1e-4, 0.0) for r in (0, 30, 64) for c in (0, 50, 96)]

    scene = open_scene(make_scene(tmp_path / "s.tif", DB, gcps=points, crs="EPSG:4326"))

    assert [(p.row, p.col, p.x, p.y) for p in scene.georeference.gcps] == [(p.row, p.col, p.x, p.y) for p in points]
    assert "WGS 84" in scene.georeference.crs
    assert scene.spacing_m == pytest.approx(np.sqrt(11.11 * 8.02), rel=0.01)


def test_ground_control_points_on_a_line_are_no_georeference_and_say_so(tmp_path):
    points = [GroundControlPoint(i, i, 4 + i * 1e-4, 44 - i * 1e-4, 0.0) for i in range(5)]

    scene = open_scene(make_scene(tmp_path / "s.tif", DB, gcps=points, crs="EPSG:4326"))

    assert scene.georeference.is_pixels
    assert any("on a line" in remark for remark in scene.remarks)


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rioxarray with affine 3.1
def test_the_grid_of_an_array_is_that_of_its_coordinates_even_after_slicing(tmp_path):
    path = make_scene(tmp_path / "s.tif", DB, descriptions=BOTH)
    with rioxarray.open_rasterio(path, chunks={"y": 20, "x": 30}) as whole:
        part = open_scene(whole.isel(y=slice(3, 40), x=slice(5, 60)))

    assert part.georeference.transform == (20.0, 0.0, 500_100.0, 0.0, -20.0, 4_899_940.0)
    assert part.georeference.crs == open_scene(path).georeference.crs
    uneven = array_scene(DB).assign_coords(x=np.arange(96) ** 2)
    with pytest.raises(SceneError, match="regular grid"):
        open_scene(uneven)


@pytest.mark.parametrize("name", ["x" * 5000, "\0", "\ud800", ""], ids=["long", "null", "surrogate", "empty"])
def test_names_that_no_file_may_have_are_refused(name):
    with pytest.raises(SceneError, match="does not exist; needed is a raster"):
        open_scene(name)


def test_damaged_metadata_are_refused(tmp_path):
    path = Path(make_scene(tmp_path / "scene.tif", speckled_power((1, 32, 32))))
    content = bytearray(path.read_bytes())
    first = int.from_bytes(content[4:8], "little")
    following = first + 2 + 12 * int.from_bytes(content[first : first + 2], "little")
    content[following : following + 4] = (2).to_bytes(4, "little")  # the next directory of tags lies in the header
    path.write_bytes(content)

    with pytest.raises(SceneError, match=r"is damaged.*gdal_translate"):
        open_scene(path)
