"""Queries: each phrase has its own answer, the same whatever else is asked and however the work is cut."""

import geopandas
import numpy as np
import pytest
import rasterio
from conftest import make_scene, speckled_power
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mapped_scenes import BoxSegmenter, make_array, make_plan
from rio_cogeo.cogeo import cog_validate

import sovs_map
from sovs_map.answering import answer_phrases
from sovs_map.blend import Band
from sovs_map.crew import threads
from sovs_map.errors import BundleError, OptionError, OutputExistsError, VocabularyError
from sovs_map.independence import Judgement, judge
from sovs_map.network.bundle import load_bundle
from sovs_map.outputs import Grid, write_reached
from sovs_map.outputs.heat_map import draw_probability
from sovs_map.run import Run
from sovs_map.scene import open_scene
from sovs_map.tile_sight import tile_sight
from sovs_map.window import Window

LEVELS = np.where(np.arange(90)[:, None] // 30 % 2, 0.0, -14.0)
DB = (10 * np.log10(np.stack([speckled_power((90, 120)), speckled_power((90, 120), seed=1) / 5])) + LEVELS).astype(
    np.float32
)
FAST = {"tile": 64, "overlap": 16}
PHRASES = ("flooded fields beside a river", "ships", "forest=woodland|trees|!orchard", "a city, seen from above")
JUDGEMENT = Judgement(0.7, -0.4, (0.0, 0.5, -1.0))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    db = DB.copy()
    db[:, :20, :25] = np.nan
    known = {"nodata": np.nan, "units": ["dB", "dB"], "descriptions": ["VV", "VH"]}
    return make_scene(tmp_path_factory.mktemp("scene") / "scene.tif", db, **known)


def read(path):
    with rasterio.open(path) as source:
        return source.read(1)


def rasters(scene, folder, phrases, **options):
    result = sovs_map.query_scene(scene, phrases, output=folder, **FAST, **options)
    return {answer.phrase: read(answer.probability) for answer in result.answers}


@pytest.fixture(scope="module")
def alone(scene, tmp_path_factory):
    """Return the raster of each phrase when nothing else is asked."""
    folder = tmp_path_factory.mktemp("alone")
    return {name: raster for phrase in PHRASES for name, raster in rasters(scene, folder, [phrase]).items()}


@given(st.lists(st.sampled_from(PHRASES), min_size=2, max_size=4, unique=True))
@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_phrase_has_the_same_raster_whatever_else_is_asked(scene, alone, tmp_path_factory, phrases):
    for phrase, raster in rasters(scene, tmp_path_factory.mktemp("out"), phrases).items():
        np.testing.assert_array_equal(raster, alone[phrase])


@pytest.mark.parametrize("work", [{"chunk": 48, "threads": 1}, {"batch": 1}], ids=str)
def test_an_answer_does_not_depend_on_how_the_work_is_cut(scene, alone, tmp_path, work):
    for phrase, raster in rasters(scene, tmp_path, PHRASES, **work).items():
        np.testing.assert_array_equal(raster, alone[phrase])


@given(
    arrays(np.float32, (3, 4, 5), elements=st.floats(-30, 30, width=32)), arrays(np.bool_, (4, 5)), st.floats(0.25, 4)
)
def test_a_probability_is_the_logistic_function_of_its_own_logit(logits, valid, scale):
    judgement = Judgement(scale, -0.4, JUDGEMENT.biases)
    biases = np.array(JUDGEMENT.biases)[:, None, None]

    (got,) = judge(Band(Window(0, 0, 4, 5), logits), valid, judgement=judgement)

    expected = 250 / (1 + np.exp(-(scale * (logits.astype(float) + biases) - 0.4)))
    assert (got[:, ~valid] == 255).all()
    assert np.abs(got - expected)[:, valid].max(initial=0) <= 0.51


def test_numbers_that_are_none_are_no_probability():
    with pytest.raises(BundleError, match="choose another --model"):
        judge(
            Band(Window(0, 0, 1, 1), np.full((3, 1, 1), np.nan, np.float32)),
            np.ones((1, 1), bool),
            judgement=JUDGEMENT,
        )


def test_the_raster_is_a_cog_that_says_what_it_holds(scene, tmp_path):
    result = sovs_map.query_scene(scene, "forest=woodland|trees|!orchard", threshold=0.4, output=tmp_path, **FAST)

    path = result.answers[0].probability
    assert path.name == "scene_forest_probability.tif"
    assert cog_validate(path, quiet=True)[0]
    with rasterio.open(scene) as asked, rasterio.open(path) as source:
        tags = source.tags(ns="SOVS")
        assert (source.dtypes, source.nodata, source.scales, source.offsets) == (("uint8",), 255, (1 / 250,), (0,))
        assert (source.crs, source.transform, source.shape) == (asked.crs, asked.transform, asked.shape)
        assert source.descriptions == ("forest",)
        np.testing.assert_array_equal(source.read(1) == 255, np.isnan(asked.read(1)))
    told = {"phrase": "forest", "prompts": "forest=woodland|trees|!orchard", "threshold": "0.4", "model": "sovs-tiny"}
    assert told.items() <= tags.items()
    assert tags["model_sha256"] == load_bundle("sovs-tiny").hash


@pytest.fixture(scope="module")
def usual(scene, tmp_path_factory):
    """Return a threshold that about half of the pixels reach for open water: the dark stripes."""
    raster = rasters(scene, tmp_path_factory.mktemp("usual"), ["open water"])["open water"]
    return float(np.median(raster[raster != 255])) / 250


def test_polygons_are_the_pixels_at_or_above_the_threshold(scene, usual, tmp_path):
    result = sovs_map.query_scene(scene, ["open water", "ships"], threshold=usual, output=tmp_path, **FAST)

    for answer in result.answers:
        raster = read(answer.probability)
        reached = (raster != 255) & (raster >= round(usual * 250))
        polygons = geopandas.read_file(answer.polygons, layer="polygons")
        assert answer.pixels == reached.sum()
        assert polygons.area.sum() == pytest.approx(reached.sum() * 400)
        assert set(polygons["class"]) <= {answer.phrase}
        if reached.any():
            weights = polygons.area / polygons.area.sum()
            assert (polygons.confidence * weights).sum() == pytest.approx(raster[reached].mean() / 250, abs=1e-6)
    assert sum(answer.pixels for answer in result.answers) > 0


def test_small_polygons_are_merged_and_other_formats_are_written(scene, usual, tmp_path):
    options = {"threshold": usual, "min_area": "2ha", "vector": "geojson", "simplify": 10.0}
    answer = sovs_map.query_scene(scene, "open water", output=tmp_path, **options, **FAST).answers[0]

    polygons = geopandas.read_file(answer.polygons)
    assert answer.polygons.suffix == ".geojson"
    assert len(polygons)
    assert polygons.area_m2.min() >= 15_000  # simplified after small ones are merged


@given(threshold=st.floats(0.001, 1))
@settings(max_examples=25, deadline=None)
def test_a_threshold_is_met_by_the_probability_as_it_is_stored(tmp_path_factory, threshold):
    folder, stored = tmp_path_factory.mktemp("reached"), np.arange(256, dtype=np.uint8)[None]
    source = make_scene(folder / "p.tif", stored[None], nodata=255)

    write_reached(source, folder / "r.tif", grid=Grid(1, 256, None, (1, 0, 0, 0, 1, 0), ()), threshold=threshold)

    reached = read(folder / "r.tif")[0]
    np.testing.assert_array_equal(reached[:251], stored[0, :251] / 250 >= threshold - 1e-9)
    assert reached[255] == 255


def test_a_negative_lowers_a_phrase_and_never_raises_it(scene, tmp_path):
    plain = rasters(scene, tmp_path / "a", ["open water", "farmland"])
    lowered = rasters(scene, tmp_path / "b", ["open water", "farmland"], negatives=["lake"])

    for phrase, raster in lowered.items():
        assert (raster <= plain[phrase]).all()
        assert (raster < plain[phrase]).any()


def test_the_picture_is_more_opaque_where_the_phrase_is_more_probable_and_clear_without_data():
    opacity = draw_probability(np.arange(256, dtype=np.uint8)[None])[0, :, 3].astype(int)

    assert opacity[0] == opacity[255] == 0
    assert (np.diff(opacity[:251]) > 0).all()
    assert opacity[250] == 255


def test_geocoded_answers_lie_on_the_grid_that_was_asked_for(scene, tmp_path):
    result = sovs_map.query_scene(scene, "open water", output=tmp_path, crs="EPSG:4326", threshold=0.4, **FAST)

    with rasterio.open(result.answers[0].probability) as source:
        assert source.crs.to_epsg() == 4326
    area = geopandas.read_file(result.answers[0].polygons, layer="polygons").area_m2.sum()
    assert area == pytest.approx(result.answers[0].pixels * 400, rel=0.02)


def answered(array, work, *, segmenter=None, plan=None, judgement=JUDGEMENT, **how):
    scene, plan = open_scene(array, bands="VV=1", scale="db"), plan or make_plan()
    with threads(plan.in_flight) as crew:
        sight = tile_sight(scene, segmenter or BoxSegmenter(), batch=plan.batch)
        parts = answer_phrases(scene, sight, Run(work, plan, crew, **how), judgement=judgement)
    return np.stack([read(path) for path in parts.probabilities])


def test_a_query_that_failed_resumes_to_the_same_bytes(tmp_path):
    array, seen = make_array(150, 150, holes=0.49), []
    whole = answered(array, tmp_path / "a", plan=make_plan(4096, 1, 1))
    with pytest.raises(RuntimeError, match="fell over"):
        answered(array, tmp_path / "b", segmenter=BoxSegmenter(fail_after=9, calls=[]), plan=make_plan(in_flight=1))

    resumed = answered(array, tmp_path / "b", on_chunk=lambda *facts: seen.append(facts))

    assert seen[0][0] > 0
    np.testing.assert_array_equal(resumed, whole)


def test_parts_of_another_question_are_refused(tmp_path):
    array = make_array(64, 64)
    answered(array, tmp_path)

    for other in (Judgement(0.7, -0.4, (0.0, 0.5, -1.1)), Judgement(0.8, -0.4, JUDGEMENT.biases)):
        with pytest.raises(OutputExistsError, match="--overwrite"):
            answered(array, tmp_path, judgement=other)


@pytest.mark.parametrize("setting", [{"unknown": 0.5}, {"scores": "all"}, {"bias": ("ships=1",)}], ids=str)
def test_what_only_competing_classes_have_is_refused(scene, tmp_path, setting):
    with pytest.raises(OptionError, match="do not compete"):
        sovs_map.query_scene(scene, "ships", output=tmp_path, **setting)


def test_a_query_leaves_a_map_of_the_same_scene_alone(scene, tmp_path):
    files = sovs_map.map_scene(scene, classes="water,forest", output=tmp_path, **FAST).files
    before = [path.read_bytes() for path in files]

    sovs_map.query_scene(scene, "water", output=tmp_path, **FAST)

    assert [path.read_bytes() for path in files] == before


def test_no_phrase_is_refused():
    with pytest.raises(VocabularyError, match="no classes"):
        sovs_map.query_scene("scene.tif", [])
