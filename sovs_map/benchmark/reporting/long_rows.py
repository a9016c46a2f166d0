"""All scores, one a line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sovs_map.benchmark.measures import FREQUENT, MEASURES, OPEN
from sovs_map.benchmark.metrics.bootstrap import Interval
from sovs_map.benchmark.paraphrases import KINDS
from sovs_map.benchmark.results import Results, SetResults
from sovs_map.benchmark.scoring import Score, class_scores, edge_scores, scores, trust
from sovs_map.benchmark.text_scores import query_scores, seam_scores

HEAD = ("protocol", "contestant", "data_set", "class", "measure", "value", "low", "high")
"""Columns; a class or a bound that there is none of is empty."""

Line = tuple[str, Score]
"""Name of a measure, and the score."""

NOWHERE = Interval(float("nan"), float("nan"))


def long_rows(run: Results) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a run; scores that there are none of have none."""
    for one in run.sets:
        for name, (measure, found) in _lines(one):
            if not np.isnan(found.value):
                numbers = (found.value, found.interval.low, found.interval.high)
                cells = ("" if np.isnan(number) else f"{number:.6f}" for number in numbers)
                yield (run.run.protocol, run.run.contestant, one.exam.data_set, name, measure, *cells)


def _lines(one: SetResults) -> Iterator[tuple[str, Line]]:
    if one.answered:
        yield from _answer_lines(one)
    if one.seams:
        seams = seam_scores(one)
        yield "", ("seams-differ", _plain(seams.at_seams))
        yield "", ("elsewhere-differ", _plain(seams.elsewhere))
        yield "", ("miou-tiled", _plain(seams.tiled))
    if one.queries:
        yield from _query_lines(one)


def _answer_lines(one: SetResults) -> Iterator[tuple[str, Line]]:
    measures = (*MEASURES, *(OPEN if one.exam.hidden else ()), *FREQUENT)
    for measure, found in zip(measures, scores(one, measures), strict=True):
        yield "", (measure.name, found)
    trusted = trust(one)
    for name in ("error", "classwise", "brier", "presence"):
        yield "", (f"calibration-{name}" if name in ("error", "classwise") else name, _plain(getattr(trusted, name)))
    for truth, iou, edges in zip(one.exam.question.truths, class_scores(one), edge_scores(one), strict=True):
        if truth.is_scored:
            yield truth.name, ("iou", iou)
            yield truth.name, ("boundary-f1", _plain(float(edges)))


def _query_lines(one: SetResults) -> Iterator[tuple[str, Line]]:
    found = query_scores(one)
    yield "", ("false-area", _plain(found.false_area))
    yield "", ("presence", _plain(found.presence))
    for asked, words, row in zip(one.exam.question.classes, found.classes, found.found, strict=True):
        for name, value in (("mean", words.mean), ("worst", words.worst), ("deviation", words.deviation)):
            yield asked.name, (f"words-{name}", _plain(value))
        for place, value in enumerate(row):
            yield asked.name, (f"words-{place + 1}-{KINDS[place]}", _plain(float(value)))


def _plain(value: float) -> Score:
    return Score(value, NOWHERE)
