"""Embedding: the store answers as the network does, whoever makes it, and says where it lies."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rioxarray  # noqa: F401 - the accessor
import xarray as xr
from conftest import UTM, make_scene
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from test_broken_blocks import break_block
from test_maps import make_power

import sovs_map
from sovs_map.cells import ATTRIBUTES, BACKSCATTER, GUIDE, VECTORS, decode, encode
from sovs_map.errors import AlreadyDoneError, BundleError, OptionError, OutputExistsError, SceneError
from sovs_map.scene import open_scene, read
from sovs_map.scene.store import LEVELS
from sovs_map.window import Window

CLASSES = "water,forest,urban area"
SMALL = {"tile": 128, "overlap": 32}


def make_db(side=200, *, hole=False):
    db = (10 * np.log10(make_power(side))).astype(np.float32)
    if hole:
        db[:, :70, :90] = np.nan
    return db


def write_scene(path, db, *, transform=UTM, **options):
    known = {"nodata": np.nan, "units": ["dB", "dB"], "descriptions": ["VV", "VH"], "transform": transform}
    return make_scene(path, db, **known | options)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("scene") / "scene.tif", make_db(hole=True))


@pytest.fixture(scope="module")
def store(scene, tmp_path_factory):
    return sovs_map.embed_scene(scene, tmp_path_factory.mktemp("store") / "stored.zarr", **SMALL).path


def labels_of(scene, output, **options):
    result = sovs_map.map_scene(str(scene), classes=CLASSES, output=output, vector="none", **options)
    with rasterio.open(result.labels) as source:
        return source.read(1), source.transform, source.crs


def files_of(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob("*")) if path.is_file()}


@given(
    values=npst.arrays(np.float32, (2, 3), elements=st.floats(-30, 30, width=32)),
    coding=st.sampled_from([VECTORS, ATTRIBUTES, GUIDE, BACKSCATTER]),
)
def test_stored_numbers_are_half_a_step_off_at_most_or_at_the_end_of_their_range(values, coding):
    missing = np.array([[True, False, False], [False, False, True]])

    got = decode(encode(values, coding, missing=missing), coding)

    low, high = (coding.offset + coding.step * end for end in (coding.least, coding.most))
    np.testing.assert_array_equal(np.isnan(got), missing)
    np.testing.assert_allclose(
        got[~missing], np.clip(values, low, high)[~missing], atol=coding.step * 0.501 + 1e-5, rtol=1e-5
    )


def test_the_map_of_a_store_is_nearly_that_of_the_scene(scene, store, tmp_path):
    direct, stored = (labels_of(one, tmp_path / str(index), **how)
                      for index, (one, how) in enumerate([(scene, SMALL), (store, {})]))  # fmt: skip

    assert direct[1:] == stored[1:]
    np.testing.assert_array_equal(direct[0] == 255, stored[0] == 255)
    assert (direct[0] == stored[0]).mean() > 0.99


def test_answers_of_a_store_are_nearly_those_of_the_scene(scene, store, tmp_path):
    found = []
    for name, one, how in (("direct", scene, SMALL), ("stored", store, {})):
        result = sovs_map.query_scene(str(one), "open water", output=tmp_path / name, **how)
        with rasterio.open(result.answers[0].probability) as source:
            found.append(source.read(1).astype(int))

    np.testing.assert_array_equal(found[0] == 255, found[1] == 255)
    assert np.abs(found[0] - found[1]).mean() < 2


def test_an_unblended_scene_is_answered_as_the_network_does_but_for_rounding(tmp_path):
    one_tile = write_scene(tmp_path / "one.tif", make_db(128), transform=rasterio.Affine(20, 0, 0, 0, -20, 0))

    store = sovs_map.embed_scene(one_tile, tmp_path / "one.zarr", tile=128).path

    direct, stored = labels_of(one_tile, tmp_path / "a", tile=128)[0], labels_of(store, tmp_path / "b")[0]
    assert (direct == stored).mean() > 0.998


@pytest.mark.parametrize("how", [{"chunk": 96}, {"batch": 1, "threads": 1}, {"workers": 1}], ids=str)
def test_a_store_does_not_depend_on_how_it_was_made(scene, store, tmp_path, how):
    other = sovs_map.embed_scene(scene, tmp_path / "other.zarr", **SMALL, **how).path

    assert files_of(other) == files_of(store)


def test_an_embedding_that_was_interrupted_resumes_to_the_same_bytes(scene, store, tmp_path):
    def stop(done, _total, _pixels):
        if done == 2:
            raise KeyboardInterrupt

    again = partial(sovs_map.embed_scene, scene, tmp_path / "other.zarr", chunk=96, **SMALL)
    with pytest.raises(sovs_map.SovsMapError, match="the same command resumes"):
        again(on_progress=stop)
    assert not (tmp_path / "other.zarr").exists()
    seen = []

    again(on_progress=lambda *facts: seen.append(facts))

    assert seen[0][0] >= 2
    assert files_of(tmp_path / "other.zarr") == files_of(store)
    assert [path.name for path in tmp_path.iterdir()] == ["other.zarr"]


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rioxarray with affine 3.1
def test_a_store_lies_where_its_scene_does(scene, store):
    with xr.open_zarr(store) as cells, xr.open_zarr(store, group="pixels") as pixels, rasterio.open(scene) as source:
        picture = pixels.backscatter
        assert cells.rio.crs == pixels.rio.crs == source.crs
        assert cells.vectors.rio.resolution() == (80, -80)
        inside = picture.sel(
            x=slice(source.bounds.left, source.bounds.right), y=slice(source.bounds.top, source.bounds.bottom)
        )
        db = source.read(1)
        np.testing.assert_allclose(inside.values, np.clip(db, -35, 10), atol=0.19)
        place = picture.rio.transform()
        assert (place.c, place.f) == (float(picture.x[0]) - 10, float(picture.y[0]) + 10)
        assert np.isnan(picture.values).sum() == picture.size - np.isfinite(db).sum()


def test_vectors_are_of_unit_length_where_tiles_do_not_overlap(store):
    with xr.open_zarr(store) as cells:
        length = np.sqrt((cells.vectors**2).sum("feature", skipna=False)).values

    assert np.nanmax(length) < 1.03
    assert np.nanmedian(length) > 0.97


def test_coarser_cells_are_means_of_finer_ones(store):
    for finer, level in zip((4, *LEVELS), LEVELS, strict=False):
        group = None if finer == 4 else f"level_{finer}"
        with xr.open_zarr(store, group=group) as fine, xr.open_zarr(store, group=f"level_{level}") as coarse:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing
                mean = fine.vectors.coarsen(y=2, x=2, boundary="pad").mean().values
            np.testing.assert_allclose(coarse.vectors.values, mean, atol=0.5 / 32 + 1e-5)
            assert coarse.y[0] == pytest.approx(float(fine.y[:2].mean()) if fine.y.size > 1 else coarse.y[0])


def test_a_store_takes_no_more_than_one_and_a_half_times_two_bands_of_16_bits(tmp_path):
    scene = write_scene(tmp_path / "scene.tif", make_db(1000))

    result = sovs_map.embed_scene(scene, tmp_path / "scene.zarr")

    assert result.bytes <= 1.5 * 4 * 1000**2


def test_only_the_area_that_is_wanted_is_embedded(scene, tmp_path):
    with rasterio.open(scene) as source:
        box = rasterio.warp.transform_bounds(source.crs, "EPSG:4326", 502_000, 4_896_800, 503_400, 4_898_000)
    area = ",".join(map(str, box))

    store = sovs_map.embed_scene(scene, tmp_path / "part.zarr", aoi=area, **SMALL).path

    part, _, _ = labels_of(store, tmp_path / "part")
    direct, place, _ = labels_of(scene, tmp_path / "direct", aoi=area, **SMALL)
    row, col = round((4_900_000 - place.f) / 20), round((place.c - 500_000) / 20)
    inside = part[row : row + direct.shape[0], col : col + direct.shape[1]]
    np.testing.assert_array_equal(inside == 255, direct == 255)
    assert (part != 255).sum() == (direct != 255).sum()
    assert (inside == direct).mean() > 0.99


@pytest.mark.parametrize("placed", [{"transform": None}, {"crs": None}], ids=["pixels", "no coordinate system"])
def test_scenes_without_a_coordinate_system_are_embedded_too(tmp_path, placed):
    scene = write_scene(tmp_path / "scene.tif", make_db(130), **placed)

    store = sovs_map.embed_scene(scene, tmp_path / "scene.zarr", **SMALL).path

    assert open_scene(str(store)).georeference == open_scene(scene).georeference
    with xr.open_zarr(store) as cells:
        assert cells.rio.crs is None


def test_a_scene_from_a_store_tells_what_it_told_before(scene, store):
    before, after = open_scene(scene), open_scene(str(store))

    for fact in ("polarisations", "height", "width", "georeference", "scale", "calibrated", "offsets_db", "spacing_m",
                 "remarks", "acquired", "identity"):  # fmt: skip
        assert getattr(before, fact) == getattr(after, fact)
    assert after.name == "stored"


def test_a_finished_store_is_kept_or_replaced(scene, store):
    with pytest.raises(AlreadyDoneError, match="--overwrite"):
        sovs_map.embed_scene(scene, store, **SMALL)
    with pytest.raises(OutputExistsError, match="another place"):
        sovs_map.embed_scene(scene, store, tile=128, overlap=64)

    before = files_of(store)
    sovs_map.embed_scene(scene, store, overwrite=True, **SMALL)

    assert files_of(store) == before


@pytest.mark.parametrize(
    ("asked", "fix"),
    [
        ({"tile": 64}, "leave --tile away"),
        ({"overlap": 16}, "leave --overlap away"),
        ({"bands": "VV=1"}, "leave --bands away"),
        ({"scale": "db"}, "leave --scale away"),
    ],
    ids=str,
)
def test_what_was_decided_when_the_store_was_made_is_not_asked_again(store, tmp_path, asked, fix):
    with pytest.raises(OptionError, match=fix):
        sovs_map.map_scene(str(store), classes=CLASSES, output=tmp_path, **asked)


def test_a_store_is_not_embedded_again(store, tmp_path):
    with pytest.raises(SceneError, match="sovs-map query"):
        sovs_map.embed_scene(str(store), tmp_path / "again.zarr")


def test_cells_that_tiles_would_share_in_part_are_refused_with_advice(scene, tmp_path):
    with pytest.raises(OptionError, match="--overlap 28"):
        sovs_map.embed_scene(scene, tmp_path / "scene.zarr", tile=128, overlap=30)


def test_a_store_of_another_model_is_refused_with_advice(store, tmp_path):
    root = store.parent / "foreign.zarr"
    for name, content in files_of(store).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(b'bundle_hash\\": \\"', b'bundle_hash\\": \\"0'))

    with pytest.raises(BundleError, match=r"give that model with -m"):
        sovs_map.map_scene(str(root), classes=CLASSES, output=tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'\\"format\\": 1', b'\\"format\\": 9'), (b'\\"height\\"', b'\\"size\\"'), (b"sovs_map", b"somebody")],
    ids=["another format", "a fact is missing", "another program's"],
)
def test_stores_that_say_nothing_sensible_are_refused_with_advice(store, tmp_path, old, new):
    (tmp_path / "x.zarr").mkdir()
    (tmp_path / "x.zarr" / "zarr.json").write_bytes((store / "zarr.json").read_bytes().replace(old, new))

    with pytest.raises(SceneError, match="sovs-map embed SCENE"):
        open_scene(str(tmp_path / "x.zarr"))


def test_a_damaged_part_of_a_store_is_an_error_that_says_what_to_do(store, tmp_path):
    root = tmp_path / "damaged.zarr"
    for name, content in files_of(store).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content[: len(content) // 2] if name.startswith("vectors/c") else content)

    with pytest.raises(SceneError, match="embed the scene again"):
        sovs_map.map_scene(str(root), classes=CLASSES, output=tmp_path / "out")


def test_broken_blocks_are_remembered(tmp_path):
    path = write_scene(tmp_path / "scene.tif", make_db(256), block=64, compress="DEFLATE")
    break_block(path, 100, 150)

    result = sovs_map.embed_scene(path, tmp_path / "scene.zarr", on_error="nodata", **SMALL)

    assert result.broken
    assert sovs_map.map_scene(str(result.path), classes=CLASSES, output=tmp_path / "map").broken == result.broken


def test_the_picture_of_a_store_is_the_first_band(scene, store):
    cube = sovs_map.open_cube(store)

    grey = cube.picture(Window(0, 0, 200, 200)).astype(float)

    expected = read(open_scene(scene), Window(0, 0, 200, 200))[0]
    np.testing.assert_array_equal(grey == 0, np.isnan(expected))
    np.testing.assert_allclose(((grey - 1) * 45 / 252 - 35)[grey > 0], np.clip(expected, -35, 10)[grey > 0], atol=0.19)
