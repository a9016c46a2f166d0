"""The engine: labels must depend on the scene and the question alone."""

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapped_scenes import (
    VOCABULARY,
    BoxSegmenter,
    CellSegmenter,
    PixelSegmenter,
    labels_of,
    make_array,
    make_plan,
    parts_of,
)
from scipy import ndimage

from sovs_map.blend import taper
from sovs_map.scene import open_scene
from sovs_map.tile_sight import tile_sight
from sovs_map.tiles import cut_tile
from sovs_map.vocabulary import adjust
from sovs_map.window import Window


@given(
    st.integers(1, 96),
    st.integers(1, 96),
    st.sampled_from([0.0, 0.49]),
    st.sampled_from([(24, 1), (48, 5), (96, 2)]),
    st.sampled_from([BoxSegmenter(), CellSegmenter()]),
)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_labels_do_not_depend_on_chunks_and_batches(tmp_path_factory, height, width, holes, units, segmenter):
    array = make_array(height, width, holes=holes)
    if np.isnan(array.values).all():
        return

    one = labels_of(array, tmp_path_factory.mktemp("a"), segmenter=segmenter, plan=make_plan(4096, 1, 1))
    other = labels_of(array, tmp_path_factory.mktemp("b"), segmenter=segmenter, plan=make_plan(*units))

    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_array_equal(one[0] == 255, np.isnan(array.values[0]))


@given(st.integers(1, 100), st.integers(1, 100), st.sampled_from([0.0, 0.49, 0.5]), st.sampled_from([8, 33, 64]))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_pixel_gets_its_own_label_where_the_network_sees_one_pixel(tmp_path_factory, height, width, holes, chunk):
    array = make_array(height, width, holes=holes)
    if np.isnan(array.values).all():
        return
    distance = np.abs(array.values - np.array([-20, -12, -4])[:, None, None])
    first, second, _ = np.sort(distance, axis=0)
    expected = np.where(np.isnan(first), 255, distance.argmin(0) + 1)

    got, _ = labels_of(array, tmp_path_factory.mktemp("a"), segmenter=PixelSegmenter(), plan=make_plan(chunk))

    clear = ~(second - first < 1e-4)  # ties are settled by rounding
    np.testing.assert_array_equal(got[clear], expected[clear])


@pytest.mark.parametrize("holes", [0.0, 0.49])
def test_labels_equal_tiles_accumulated_on_the_whole_scene(tmp_path, holes):
    array, segmenter = make_array(90, 117, holes=holes), BoxSegmenter()
    lattice = tile_sight(open_scene(array, bands="VV=1", scale="db"), segmenter, batch=1).lattice
    total, margin = np.zeros((3, 90 + 64, 117 + 64)), 32
    for i, row in enumerate(lattice.all_rows):
        for j, col in enumerate(lattice.all_cols):
            place = Window(row, col, 32, 32)
            if np.isnan(array.values[0][(place & lattice.scene).slices]).all():
                continue
            seen = lattice.seen(place, grain=segmenter.grain, margin=segmenter.cell)
            tile = cut_tile(array.values, lattice.scene, seen)
            weights = np.outer(taper(lattice.all_rows, i, tile=32), taper(lattice.all_cols, j, tile=32))
            rows, cols = seen.relative_to(Window(-margin, -margin, 0, 0)).slices
            weights = weights[seen.relative_to(place).slices]
            total[:, rows, cols] += weights * segmenter.logits(tile[None])[0]
    total = total[:, margin:-margin, margin:-margin]
    odds = np.exp(total - total.max(0))

    labels, confidence = labels_of(array, tmp_path / "work", segmenter=segmenter)

    valid, ordered = ~np.isnan(array.values[0]), np.sort(total, axis=0)
    clear = valid & (ordered[2] - ordered[1] > 1e-4)
    np.testing.assert_array_equal(labels[clear], (total.argmax(0) + 1)[clear])
    np.testing.assert_allclose(confidence[valid], (250 / odds.sum(0))[valid], atol=0.6)


def test_labels_equal_one_shot_segmentation_where_no_rim_is_near(tmp_path):
    array = make_array(100, 130)
    mean = ndimage.uniform_filter(array.values[0], 5)
    expected = np.abs(mean[None] - np.array([-20, -12, -4])[:, None, None]).argmin(0) + 1
    segmenter = BoxSegmenter(tile=64, overlap=32)

    got, _ = labels_of(array, tmp_path / "work", segmenter=segmenter)

    # Tiles blend over 32 pixels, of which the outer two are wrong by zero padding, at hardly any weight.
    assert (got == expected)[5:-5, 5:-5].mean() > 0.99


def test_a_crop_gets_the_labels_of_the_whole_away_from_its_border(tmp_path, write_db):
    array = make_array(200, 220).values
    whole, crop = (
        write_db("whole.tif", array, row=0, col=0),
        write_db("crop.tif", array[:, 37:170, 51:200], row=37, col=51),
    )

    labels = []
    for number, path in enumerate((whole, crop)):
        parts = parts_of(open_scene(path), tmp_path / str(number))
        with rasterio.open(parts.labels) as source:
            labels.append(source.read(1))

    np.testing.assert_array_equal(labels[0][37:170, 51:200][32:-32, 32:-32], labels[1][32:-32, 32:-32])


def test_the_scores_of_all_classes_add_up_and_the_winner_is_the_label(tmp_path):
    scene = open_scene(make_array(70, 90, holes=0.49), bands="VV=1", scale="db")

    parts = parts_of(scene, tmp_path / "w", all_scores=True)

    labels, scores, confidence = (rasterio.open(p) for p in (parts.labels, parts.scores, parts.confidence))
    with labels, scores, confidence:
        label, every, best = labels.read(1), scores.read().astype(int), confidence.read(1)
    valid = label != 255
    assert every.shape == (3, 70, 90)
    assert (every[:, ~valid] == 255).all()
    assert np.abs(every.sum(0)[valid] - 250).max() <= 2
    np.testing.assert_array_equal(every.max(0), best)
    for index in range(3):
        np.testing.assert_array_equal(every[index][label == index + 1], best[label == index + 1])


def test_tiles_without_data_never_reach_the_network(tmp_path):
    array, calls = make_array(32, 320), []
    array.values[:, :, 40:] = np.nan

    labels, confidence = labels_of(array, tmp_path / "work", segmenter=BoxSegmenter(calls=calls))

    assert sum(calls) == 2
    assert (labels[:, 40:] == 255).all()
    assert (confidence[:, 40:] == 255).all()


def test_pixels_below_the_threshold_are_unknown(tmp_path):
    array = make_array(60, 60)
    plain, confidence = labels_of(array, tmp_path / "a")
    cut, _ = labels_of(array, tmp_path / "b", unknown=0.9)

    assert 0 < (cut == 0).mean() < 1
    np.testing.assert_array_equal(cut[confidence > 226], plain[confidence > 226])
    assert (cut[confidence < 224] == 0).all()


@pytest.mark.parametrize("biases", [(0.0, 0.0, 3.0), (1.5, -2.0, 0.25)])
def test_a_bias_shifts_the_logits_of_its_class(tmp_path, biases):
    class Shifted(BoxSegmenter):
        def logits(self, tiles):
            return super().logits(tiles) + np.array(biases, np.float32)[:, None, None]

    array = make_array(70, 90, holes=0.49)
    names = [f"{name}={bias}" for name, bias in zip(VOCABULARY.names, biases, strict=True)]
    expected, confidence = labels_of(array, tmp_path / "a", segmenter=Shifted())

    labels, certainty = labels_of(array, tmp_path / "b", vocabulary=adjust(VOCABULARY, biases=names))

    assert (labels == expected).mean() > 0.999  # ties are settled by rounding
    assert np.abs(certainty.astype(int) - confidence).max() <= 1
