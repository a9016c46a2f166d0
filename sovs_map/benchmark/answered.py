"""One question answered on one picture, as counts from which all scores are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Contestant
from sovs_map.benchmark.metrics.boundary import tally_edges, tolerance
from sovs_map.benchmark.metrics.calibration import LEVELS, squared_error, tally_probabilities
from sovs_map.benchmark.metrics.counts import count_pixels
from sovs_map.benchmark.metrics.presence import picture_scores
from sovs_map.benchmark.question import Question


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What is kept of an answer."""

    counts: NDArray[np.int64]
    """Pixels by truth and answered class ``(truths, classes)``."""

    top: NDArray[np.int64]
    """Pixels, and those answered right, by the winner's probability ``(LEVELS + 1, 2)``."""

    each: NDArray[np.int64]
    """The same of each class by its own probability ``(classes, LEVELS + 1, 2)``, where one class alone is right."""

    squared: NDArray[np.float64]
    """Squared error of the probabilities, and pixels that it is the sum over ``(2,)``, where one class alone is right."""

    edges: NDArray[np.int64]
    """Tally of edges of each truth ``(truths, 4)``."""

    presence: NDArray[np.float32]
    """Score of the picture for each class ``(classes,)``; NaN where no pixel counts."""


def ask(contestant: Contestant, chip: Chip, question: Question) -> Answered:
    """Return what is kept of a contestant's answer; pictures of which nothing counts are not shown to it.

    Args:
        contestant: to be asked.
        chip: without NaN.
        question: about it.
    """
    truth = question.rows(chip.labels)
    if not (truth >= 0).any():
        return nothing(question)
    return mark(contestant.answer(chip, question.classes), truth, question)


def mark(answer: Answer, truth: NDArray[np.int64], question: Question) -> Answered:
    """Return the counts of an answer.

    Args:
        answer: of a picture.
        truth: as `Question.rows` has it, some of it counted.
        question: that was answered.
    """
    right, winner, counted = question.table, answer.winner, truth >= 0
    best = np.clip(answer.probabilities.max(0)[counted], 0, 1)
    single = counted & (right.sum(1)[np.maximum(truth, 0)] == 1)
    only = right.argmax(1)[truth[single]]
    each, squared = [], 0.0
    for index, probability in enumerate(answer.probabilities):  # one by one: scenes leave no room for copies of all
        sure = np.clip(probability[single], 0, 1)
        each.append(tally_probabilities(sure, only == index))
        squared += squared_error(sure, only == index)
    return Answered(
        counts=count_pixels(truth, winner, shape=right.shape),
        top=tally_probabilities(best, right[truth[counted], winner[counted]]),
        each=np.stack(each),
        squared=np.array([squared, single.sum()]),
        edges=_edges(truth, winner, question),
        presence=picture_scores(answer.probabilities, counted),
    )


def nothing(question: Question) -> Answered:
    """Return what is kept of a picture of which nothing counts."""
    truths, classes = question.table.shape
    return Answered(
        counts=np.zeros((truths, classes), np.int64),
        top=np.zeros((LEVELS + 1, 2), np.int64),
        each=np.zeros((classes, LEVELS + 1, 2), np.int64),
        squared=np.zeros(2),
        edges=np.zeros((truths, 4), np.int64),
        presence=np.full(classes, np.nan, np.float32),
    )


def _edges(truth: NDArray[np.int64], winner: NDArray[np.int64], question: Question) -> NDArray[np.int64]:
    """Return the tallies of edges; those of truths that the picture does not have, or that are in no mean, are empty."""
    right, within = question.table, tolerance(*truth.shape)
    tallies = np.zeros((len(right), 4), np.int64)
    for index in np.flatnonzero(question.scored & np.isin(np.arange(len(right)), truth)):
        tallies[index] = tally_edges(truth == index, right[index][winner], truth >= 0, within=within)
    return tallies
