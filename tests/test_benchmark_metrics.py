"""Each measure against its definition, spelt out pixel by pixel, or against another library's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import accuracy_score, balanced_accuracy_score, brier_score_loss, jaccard_score, roc_auc_score

from sovs_map.benchmark.metrics.bootstrap import DRAWS, draw_scenes, interval_of, resample
from sovs_map.benchmark.metrics.boundary import boundary_f1, tally_edges, tolerance
from sovs_map.benchmark.metrics.calibration import (
    LEVELS,
    calibration_error,
    reliability,
    squared_error,
    tally_probabilities,
)
from sovs_map.benchmark.metrics.counts import (
    alarms_of,
    count_pixels,
    frequency_weighted_iou,
    harmonic_means,
    hits_of,
    intersections_over_unions,
    mean_accuracy,
    mean_iou,
    mean_iou_with_absent,
    overall_accuracy,
)
from sovs_map.benchmark.metrics.hierarchy import steps_up, tree_distance
from sovs_map.benchmark.metrics.presence import area_under_curve, picture_scores
from sovs_map.benchmark.metrics.robustness import robustness
from sovs_map.training import evaluation

CLASSES = 4
ALL = np.ones(CLASSES, bool)
SAME = np.eye(CLASSES, dtype=bool)

maps = arrays.arrays(np.int8, (5, 6), elements=st.integers(0, CLASSES - 1))
truths = arrays.arrays(np.int8, (5, 6), elements=st.integers(-1, CLASSES - 1))
masks = arrays.arrays(bool, (9, 11))
tables = arrays.arrays(bool, (3, CLASSES))


def counted(truth, winner):
    return count_pixels(truth, winner, shape=(CLASSES, CLASSES))


@given(truths, maps)
def test_one_right_answer_each_gives_the_scores_of_scikit_learn(truth, winner):
    counts, told = counted(truth, winner), truth >= 0
    if not told.any():
        assert counts.sum() == 0
        return
    true, said = truth[told], winner[told]
    present = np.unique(true)
    met = np.union1d(true, said)
    scored = {"labels": present, "average": None, "zero_division": 0}
    rates = jaccard_score(true, said, **scored)

    assert float(mean_iou(counts, SAME, among=ALL)) == pytest.approx(rates.mean())
    assert float(mean_iou_with_absent(counts, SAME, among=ALL)) == pytest.approx(rates.sum() / len(met))
    assert float(frequency_weighted_iou(counts, SAME, among=ALL)) == pytest.approx(
        jaccard_score(true, said, labels=present, average="weighted", zero_division=0)
    )
    assert float(overall_accuracy(counts, SAME)) == pytest.approx(accuracy_score(true, said))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn minds answers that are never true
        assert float(mean_accuracy(counts, SAME, among=ALL)) == pytest.approx(balanced_accuracy_score(true, said))


@given(truths, maps)
def test_the_iou_of_training_is_that_of_one_right_answer_each(truth, winner):
    counts = counted(truth, winner)

    np.testing.assert_allclose(
        intersections_over_unions(counts, SAME), evaluation.intersection_over_union(counts), rtol=1e-12
    )


@given(arrays.arrays(np.int8, (5, 6), elements=st.integers(-1, 2)), maps, tables)
def test_coarse_truths_count_any_right_answer_as_a_hit_and_others_as_false_alarms(truth, winner, right):
    counts = count_pixels(truth, winner, shape=(3, CLASSES))
    hits, alarms = np.zeros(3, int), np.zeros(3, int)
    for true, said in zip(truth.ravel(), winner.ravel(), strict=True):
        if true >= 0:
            hits[true] += right[true, said]
            alarms += right[:, said] & ~right[true, said]

    np.testing.assert_array_equal(hits_of(counts, right), hits)
    np.testing.assert_array_equal(alarms_of(counts, right), alarms)


@given(truths, maps, arrays.arrays(bool, CLASSES))
def test_images_together_score_as_each_alone(truth, winner, among):
    one, other = counted(truth, winner), counted(winner, winner)
    both = np.stack([one, other])

    for score in (mean_iou, mean_iou_with_absent, frequency_weighted_iou, mean_accuracy):
        alone = [float(score(counts, SAME, among=among)) for counts in (one, other)]
        np.testing.assert_array_equal(score(both, SAME, among=among), alone)
    np.testing.assert_array_equal(overall_accuracy(both, SAME), [overall_accuracy(one, SAME), 1.0])


def test_a_class_that_is_absent_but_answered_counts_only_in_the_stricter_mean():
    counts = counted(np.array([[0, 0]]), np.array([[0, 1]]))

    assert float(mean_iou(counts, SAME, among=ALL)) == 0.5
    assert float(mean_iou_with_absent(counts, SAME, among=ALL)) == 0.25


@given(arrays.arrays(float, 3, elements=st.floats(0, 1)), arrays.arrays(float, 3, elements=st.floats(0, 1)))
def test_the_harmonic_mean_of_many_is_that_of_each(seen, unseen):
    expected = [2 * a * b / (a + b) if a + b else 0.0 for a, b in zip(seen, unseen, strict=True)]

    np.testing.assert_allclose(harmonic_means(seen, unseen), expected)
    assert np.isnan(harmonic_means(np.array(np.nan), np.array(0.5)))


def test_steps_up_end_at_the_group_or_at_the_root():
    water, flood, marsh, vegetation = frozenset({1}), frozenset({2}), frozenset({3}), frozenset({6, 7, 9})
    right = np.array([[True, False, False, False], [False, False, False, True]])
    steps = steps_up([water, vegetation], [water, flood, marsh, frozenset({6})], right)

    np.testing.assert_array_equal(steps, [[0, 1, 2, 2], [2, 2, 2, 0]])
    np.testing.assert_array_equal(steps_up([water], [frozenset()], np.array([[False]])), [[2]])


@given(truths, maps)
def test_the_tree_distance_is_the_mean_over_pixels(truth, winner):
    steps = np.arange(16).reshape(4, 4)
    walked = [steps[true, said] for true, said in zip(truth.ravel(), winner.ravel(), strict=True) if true >= 0]

    found = float(tree_distance(counted(truth, winner), steps))

    assert found == pytest.approx(np.mean(walked)) if walked else np.isnan(found)


def edges_by_definition(mask, known):
    found = np.zeros_like(mask)
    rows, cols = mask.shape
    for row in range(rows):
        for col in range(cols):
            around = [(row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)]
            inside = [(r, c) for r, c in around if 0 <= r < rows and 0 <= c < cols]
            found[row, col] = mask[row, col] and known[row, col] and any(known[p] and not mask[p] for p in inside)
    return np.argwhere(found)


def near_by_definition(points, others, within):
    return sum(any(np.hypot(*(point - other)) <= within for other in others) for point in points)


@settings(max_examples=60)
@given(masks, masks, masks, st.sampled_from([1.0, 2.0, 2.9]))
def test_edges_are_matched_as_point_by_point(truth, answer, known, within):
    true, said = edges_by_definition(truth, known), edges_by_definition(answer, known)
    expected = [
        len(true),
        near_by_definition(true, said, within),
        len(said),
        near_by_definition(said, true, within),
    ]

    np.testing.assert_array_equal(tally_edges(truth, answer, known, within=within), expected)


def test_the_boundary_score_is_f1_of_edges():
    tallies = np.array([[10, 5, 20, 20], [0, 0, 3, 0], [4, 0, 0, 0], [4, 4, 4, 4]])

    np.testing.assert_allclose(boundary_f1(tallies), [2 / 3, np.nan, 0, 1])
    assert tolerance(100, 100) == 2.0
    assert tolerance(3000, 4000) == pytest.approx(37.5)


probabilities = arrays.arrays(np.int16, 30, elements=st.integers(0, LEVELS)).map(lambda level: level / LEVELS)


@given(probabilities, arrays.arrays(bool, 30), st.integers(1, 15))
def test_the_calibration_error_is_that_of_bins_of_equal_mass_with_ties_shared(probability, true, bins):
    shared = {level: true[probability == level].mean() for level in probability}
    order = np.sort(probability)
    said = np.repeat(order, bins).reshape(bins, -1)  # each pixel in so many parts: bins hold whole parts
    was = np.repeat([shared[level] for level in order], bins).reshape(bins, -1)
    expected = np.abs(said.mean(1) - was.mean(1)).mean()
    tally = tally_probabilities(probability.astype(np.float32), true)

    assert float(calibration_error(tally, bins=bins)) == pytest.approx(expected, abs=1e-9)
    for found, wanted in zip(reliability(tally, bins=bins), (said.mean(1), was.mean(1)), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_the_calibration_error_without_ties_is_that_of_training():
    draw = np.random.default_rng(0)
    probability = (draw.permutation(LEVELS + 1)[:900] / LEVELS).astype(np.float32)
    true = draw.random(900) < probability

    found = calibration_error(tally_probabilities(probability, true))

    assert float(found) == pytest.approx(evaluation.calibration_error(probability, true), abs=1e-6)


def test_calibration_errors_of_classes_are_those_of_each_and_nothing_gives_none():
    draw = np.random.default_rng(1)
    tallies = [tally_probabilities(draw.random(50).astype(np.float32), draw.random(50) < 0.5) for _ in range(3)]
    tallies.append(np.zeros_like(tallies[0]))

    np.testing.assert_array_equal(calibration_error(np.stack(tallies)), [calibration_error(one) for one in tallies])
    assert np.isnan(calibration_error(tallies[-1]))


@given(arrays.arrays(np.int8, 12, elements=st.integers(0, 4)), arrays.arrays(bool, 12))
def test_presence_is_the_area_under_the_roc_curve(scores, present):
    found = area_under_curve(scores.astype(float), present)

    assert (
        np.isnan(found)
        if present.all() or not present.any()
        else found == pytest.approx(roc_auc_score(present, scores))
    )


def test_the_score_of_a_picture_is_reached_by_a_hundredth_of_it():
    probability = np.linspace(0, 1, 200, dtype=np.float32).reshape(1, 10, 20)
    known = np.ones((10, 20), bool)
    known[-1] = False

    assert picture_scores(probability, ~known)[0] == 1
    assert picture_scores(probability, known)[0] == pytest.approx(np.sort(probability[:, known])[0, 178])


@given(st.integers(1, 6))
def test_draws_hold_as_many_scenes_as_there_are_and_stay_the_same(scenes):
    draws = draw_scenes(scenes)

    assert draws.shape == (DRAWS, scenes)
    assert (draws.sum(1) == scenes).all()
    np.testing.assert_array_equal(draws, draw_scenes(scenes))


@given(arrays.arrays(np.int64, (4, 2, 3), elements=st.integers(0, 10**12)))
def test_resampled_sums_are_those_of_the_scenes_that_were_drawn(sums):
    draws = draw_scenes(4)[:20]
    expected = [sum(times * scene for times, scene in zip(draw, sums, strict=True)) for draw in draws]

    np.testing.assert_array_equal(resample(sums, draws), expected)


def test_an_interval_covers_the_mean_as_often_as_it_says():
    draw = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        rates = draw.binomial(1000, draw.beta(8, 2, 30))
        found = interval_of((resample(rates[:, None], draw_scenes(30)) / 30_000).squeeze(), scenes=30)
        covered += found.low <= 0.8 <= found.high

    assert 0.88 <= covered / 200 <= 0.98


def test_one_scene_tells_no_interval():
    assert np.isnan(interval_of(np.full(DRAWS, 0.5), scenes=1).low)
    assert np.isnan(interval_of(np.full(DRAWS, np.nan), scenes=5).high)


def test_robustness_is_mean_worst_and_deviation_of_what_was_scored():
    found = robustness(np.array([0.2, 0.6, np.nan]))

    assert (found.mean, found.worst, found.deviation) == pytest.approx((0.4, 0.2, 0.2))
    assert np.isnan(robustness(np.array([np.nan])).worst)


def test_brier_scores_of_two_classes_are_twice_those_of_one():
    draw = np.random.default_rng(5)
    water = draw.random(16).astype(np.float32)
    truth = draw.integers(0, 2, 16)

    found = (squared_error(water, truth == 0) + squared_error(1 - water, truth == 1)) / 16

    assert found == pytest.approx(2 * brier_score_loss(truth == 0, water), rel=1e-5)
