"""Scores of runs, with intervals over scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.measures import Measure
from sovs_map.benchmark.metrics.bootstrap import Interval, draw_scenes, interval_of, resample
from sovs_map.benchmark.metrics.boundary import boundary_f1
from sovs_map.benchmark.metrics.calibration import calibration_error
from sovs_map.benchmark.metrics.counts import Rates, intersections_over_unions
from sovs_map.benchmark.metrics.presence import area_under_curve
from sovs_map.benchmark.results import Results, SetResults, by_scene


@dataclass(frozen=True, slots=True)
class Score:
    """A number and where it would lie with other scenes."""

    value: float
    """NaN where there is nothing to tell."""

    interval: Interval
    """Of 95 % of the draws."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How far probabilities can be trusted on one data set; NaN where there is nothing to tell."""

    error: float
    """Expected calibration error of the winners."""

    classwise: float
    """Mean over classes of the error of each class's own probability."""

    brier: float
    """Mean squared error of the probabilities, summed over classes."""

    presence: float
    """Area under the ROC curve of pictures' scores against what is in them."""


def counts_of(results: SetResults) -> NDArray[np.int64]:
    """Return the counts of each scene ``(scenes, truths, classes)``."""
    return by_scene(results, [one.counts for one in results.answered])


def scores(results: SetResults, measures: Sequence[Measure]) -> tuple[Score, ...]:
    """Return scores on one data set: of one matrix over all its pictures."""
    counts = counts_of(results)
    whole, drawn = counts.sum(0), resample(counts, draw_scenes(len(counts)))
    return tuple(
        Score(
            float(measure.of(whole, results.exam)),
            interval_of(measure.of(drawn, results.exam), scenes=len(counts)),
        )
        for measure in measures
    )


def mean_score(results: Results, measure: Measure, *, among: Measure | None = None) -> Score:
    """Return the mean over data sets whose labels can be relied on, each drawn by its own scenes.

    Args:
        results: of a run.
        measure: to be told.
        among: data sets that it tells nothing of are left out, too.
    """
    sets = [one for one in results.sets if not one.exam.is_weak and one.answered]
    counts = [counts_of(one) for one in sets]
    values, others = (
        [float(which.of(each.sum(0), one.exam)) for each, one in zip(counts, sets, strict=True)]
        for which in (measure, among or measure)
    )
    told = [index for index, pair in enumerate(zip(values, others, strict=True)) if not np.isnan(pair).any()]
    if not told:
        return Score(float("nan"), interval_of(np.empty(0), scenes=0))
    draws = [measure.of(resample(counts[i], draw_scenes(len(counts[i]))), sets[i].exam) for i in told]
    known = [np.where(np.isnan(draw), values[i], draw) for i, draw in zip(told, draws, strict=True)]
    most = max(len(counts[i]) for i in told)
    return Score(float(np.mean([values[i] for i in told])), interval_of(np.mean(known, axis=0), scenes=most))


def class_scores(results: SetResults) -> tuple[Score, ...]:
    """Return the IoU of each truth."""
    counts, right = counts_of(results), results.exam.question.table
    draws = intersections_over_unions(resample(counts, draw_scenes(len(counts))), right)
    values = intersections_over_unions(counts.sum(0), right)
    intervals = [interval_of(draw, scenes=len(counts)) for draw in draws.T]
    return tuple(Score(float(value), interval) for value, interval in zip(values, intervals, strict=True))


def edge_scores(results: SetResults) -> Rates:
    """Return the boundary F1 of each truth ``(truths,)``."""
    return boundary_f1(np.sum([one.edges for one in results.answered], axis=0))


def trust(results: SetResults) -> Trust:
    """Return how far the probabilities on one data set can be trusted."""
    squared, pixels = np.sum([one.squared for one in results.answered], axis=0)
    each = calibration_error(np.sum([one.each for one in results.answered], axis=0))
    return Trust(
        error=float(calibration_error(winners(results))),
        classwise=_mean(each),
        brier=float(squared / pixels) if pixels else float("nan"),
        presence=_presence(results),
    )


def winners(results: SetResults) -> NDArray[np.int64]:
    """Return the tally of the winners' probabilities over all pictures, ``(LEVELS + 1, 2)``."""
    total: NDArray[np.int64] = np.sum([one.top for one in results.answered], axis=0)
    return total


def _presence(results: SetResults) -> float:
    """Return the mean over classes of the area under the curve over pictures; pictures that do not tell are left out."""
    right, scored = results.exam.question.table, results.exam.question.scored
    scores = np.array([one.presence for one in results.answered])  # (pictures, classes)
    pixels = np.array([one.counts.sum(1) for one in results.answered]) > 0  # (pictures, truths)
    surely = pixels @ (right & scored[:, None])
    maybe = pixels @ right
    areas = []
    for index in range(right.shape[1]):
        told = (surely[:, index] | ~maybe[:, index]) & ~np.isnan(scores[:, index])
        areas.append(area_under_curve(scores[told, index], surely[told, index]))
    return _mean(np.array(areas))


def _mean(values: Sequence[float] | Rates) -> float:
    told = np.asarray(values, float)
    told = told[~np.isnan(told)]
    return float(told.mean()) if len(told) else float("nan")
