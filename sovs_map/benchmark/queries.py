"""Text queries of one picture, each as if it were the only one: other words for what is there, words for what is not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.absent import COUNT, absent_phrases
from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.exam import Exam
from sovs_map.benchmark.metrics.presence import picture_scores
from sovs_map.benchmark.paraphrases import KINDS
from sovs_map.benchmark.question import AskedClass, Question

LIKELY = 0.5
"""Pixels more probable than this are what was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """What is kept of a picture's queries."""

    found: NDArray[np.int64]
    """Hits, false alarms and misses of each phrase of each class ``(classes, kinds, 3)``."""

    scores: NDArray[np.float32]
    """Score of the picture for each of them ``(classes, kinds)``; NaN where nothing was asked."""

    present: NDArray[np.bool_]
    """Which classes the picture has ``(classes,)``."""

    absent: NDArray[np.int64]
    """Pixels, and false alarms, of each absent phrase ``(COUNT, 2)``."""

    absent_scores: NDArray[np.float32]
    """Score of the picture for each absent phrase ``(COUNT,)``; NaN where no pixel counts."""


def ask_queries(contestant: Contestant, chip: Chip, exam: Exam) -> Queries:
    """Return what is kept of the queries of one picture; those of which nothing counts are not asked."""
    question, truth = exam.question, exam.question.rows(chip.labels)
    classes = len(question.classes)
    found = np.zeros((classes, len(KINDS), 3), np.int64)
    scores = np.full((classes, len(KINDS)), np.nan, np.float32)
    absent, absent_scores = np.zeros((COUNT, 2), np.int64), np.full(COUNT, np.nan, np.float32)
    counted = truth >= 0
    states = class_states(question)[np.maximum(truth, 0)] * counted[..., None]  # (row, col, classes)
    present = np.asarray((states > 0).any((0, 1)))
    if not counted.any():
        return Queries(found, scores, present, absent, absent_scores)
    places = [(index, kind) for index, some in enumerate(exam.phrases) for kind, phrase in enumerate(some) if phrase]
    away = absent_of(chip, exam)
    maps = contestant.query(chip, (*(_phrase(exam, index, kind) for index, kind in places), *away))
    for (index, kind), probable in zip(places, islice(maps, len(places)), strict=True):
        state, said = states[..., index], probable > LIKELY
        found[index, kind] = [(said & (state > 0)).sum(), (said & (state < 0)).sum(), (~said & (state > 0)).sum()]
        scores[index, kind] = picture_scores(probable[None], counted)[0]
    for index, probable in enumerate(maps):
        absent[index] = [counted.sum(), (counted & (probable > LIKELY)).sum()]
        absent_scores[index] = picture_scores(probable[None], counted)[0]
    return Queries(found, scores, present, absent, absent_scores)


def class_states(question: Question) -> NDArray[np.int8]:
    """Return of each class whether it is certainly true (1), certainly false (-1) or neither (0), ``(truths, classes)``."""
    states = np.zeros(question.table.shape, np.int8)
    for row, (true, right) in enumerate(zip(question.truths, question.right, strict=True)):
        for col, (one, fits) in enumerate(zip(question.classes, right, strict=True)):
            is_false = not fits and (true.is_scored or not true.leaves & one.leaves)
            states[row, col] = 1 if fits and true.is_scored else -1 if is_false else 0
    return states


def absent_of(chip: Chip, exam: Exam) -> tuple[AskedClass, ...]:
    """Return the absent phrases of a picture."""
    truth = exam.question.rows(chip.labels)
    there = [exam.question.truths[index].leaves for index in np.unique(truth[truth >= 0])]
    return absent_phrases(frozenset[int]().union(*there), seed=exam.data_set)


def _phrase(exam: Exam, index: int, kind: int) -> AskedClass:
    phrase = exam.phrases[index][kind]
    return AskedClass(phrase, (phrase,), exam.question.classes[index].leaves)
