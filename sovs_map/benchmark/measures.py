"""The scores that are told of counts, each with its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.exam import SEEN, UNSEEN, Exam
from sovs_map.benchmark.metrics.counts import (
    Numbers,
    Rates,
    frequency_weighted_iou,
    harmonic_means,
    mean_accuracy,
    mean_iou,
    mean_iou_with_absent,
    overall_accuracy,
)
from sovs_map.benchmark.metrics.hierarchy import steps_up, tree_distance
from sovs_map.benchmark.statistics import HEAD, MEDIUM, TAIL


@dataclass(frozen=True, slots=True)
class Measure:
    """A score of counts ``(…, truths, classes)``."""

    name: str
    """In files, lower case."""

    title: str
    """In tables."""

    of: Callable[[Numbers, Exam], Rates]
    """Counts and exam to scores ``(…,)``; NaN where there is nothing to tell."""


def _miou(counts: Numbers, exam: Exam) -> Rates:
    return mean_iou(counts, exam.question.table, among=exam.question.scored)


def _miou_with_absent(counts: Numbers, exam: Exam) -> Rates:
    return mean_iou_with_absent(counts, exam.question.table, among=exam.question.scored)


def _fwiou(counts: Numbers, exam: Exam) -> Rates:
    return frequency_weighted_iou(counts, exam.question.table, among=exam.question.scored)


def _macc(counts: Numbers, exam: Exam) -> Rates:
    return mean_accuracy(counts, exam.question.table, among=exam.question.scored)


def _accuracy(counts: Numbers, exam: Exam) -> Rates:
    return overall_accuracy(counts, exam.question.table)


def _distance(counts: Numbers, exam: Exam) -> Rates:
    truths, classes = ([one.leaves for one in some] for some in (exam.question.truths, exam.question.classes))
    return tree_distance(counts, steps_up(truths, classes, exam.question.table))


def _of_kind(kind: str) -> Callable[[Numbers, Exam], Rates]:
    def of(counts: Numbers, exam: Exam) -> Rates:
        return _among(counts, exam, np.array([one == kind for one in exam.kinds]))

    return of


def _of_frequency(frequency: str) -> Callable[[Numbers, Exam], Rates]:
    def of(counts: Numbers, exam: Exam) -> Rates:
        return _among(counts, exam, np.array([one == frequency for one in exam.frequencies]))

    return of


def _among(counts: Numbers, exam: Exam, chosen: NDArray[np.bool_]) -> Rates:
    return mean_iou(counts, exam.question.table, among=exam.question.scored & chosen)


def _harmonic(counts: Numbers, exam: Exam) -> Rates:
    return harmonic_means(_of_kind(SEEN)(counts, exam), _of_kind(UNSEEN)(counts, exam))


MIOU = Measure("miou", "mIoU", _miou)
"""The one that data sets are compared by."""

MEASURES: tuple[Measure, ...] = (
    MIOU,
    Measure("miou-with-absent", "mIoU, absent but answered as 0", _miou_with_absent),
    Measure("fwiou", "fwIoU", _fwiou),
    Measure("macc", "mAcc", _macc),
    Measure("accuracy", "OA", _accuracy),
    Measure("tree-distance", "tree distance", _distance),
)
"""Of any question."""

HARMONIC = Measure("harmonic", "harmonic mean", _harmonic)
"""The one that open vocabularies are compared by."""

OPEN: tuple[Measure, ...] = (
    Measure("seen", "seen mIoU", _of_kind(SEEN)),
    Measure("unseen", "unseen mIoU", _of_kind(UNSEEN)),
    HARMONIC,
)
"""Of questions some of whose classes were hidden."""

FREQUENT: tuple[Measure, ...] = tuple(
    Measure(name, f"{name} mIoU", _of_frequency(name)) for name in (HEAD, MEDIUM, TAIL)
)
"""By how often classes are learnt from."""
