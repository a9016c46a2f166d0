"""A question on the pictures of one data set, and everything that its score needs besides the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sovs_map.benchmark.course import Course
from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.holding import Holding
from sovs_map.benchmark.question import Question
from sovs_map.benchmark.sample import Sample
from sovs_map.benchmark.statistics import frequencies

SEEN, UNSEEN, MIXED = "seen", "unseen", "mixed"
"""Classes none, all or some of whose leaves are hidden."""


@dataclass(frozen=True, slots=True)
class Exam:
    """The facts of one data set's part of a run."""

    data_set: str
    """Its name."""

    question: Question
    """What is asked."""

    hidden: frozenset[int]
    """Leaves that contestants have not learnt."""

    frequencies: tuple[str, ...]
    """Of each truth: head, medium or tail; empty where it has no pixel to learn from."""

    gap: str
    """How it differs from what is learnt from; empty where that is no matter."""

    is_weak: bool
    """Whether labels are weak, so that it has no place in means over data sets."""

    phrases: tuple[tuple[str, ...], ...] = ()
    """Paraphrases of each class, where these are asked."""

    images: tuple[tuple[str, str], ...] = ()
    """Name and scene of each picture."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return of each truth whether it is seen, unseen or mixed."""
        return tuple(_kind(one.leaves, self.hidden) for one in self.question.truths)


@dataclass(frozen=True, slots=True)
class Sitting:
    """An exam, and the pictures to take it with."""

    exam: Exam
    """What is asked."""

    data_set: DataSet
    """Whose pictures they are."""

    samples: tuple[Sample, ...]
    """In the order of `Exam.images`."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Exams before which contestants may learn one course."""

    course: Course
    """What may be learnt."""

    sittings: tuple[Sitting, ...]
    """What is asked then."""


def sit(
    holding: Holding,
    question: Question,
    samples: Sequence[Sample],
    *,
    hidden: frozenset[int] = frozenset(),
    gap: str = "",
    phrases: tuple[tuple[str, ...], ...] = (),
) -> Sitting:
    """Return the sitting of a data set."""
    frequent = frequencies(np.array(holding.pixels, np.int64))
    exam = Exam(
        data_set=holding.data_set.name,
        question=question,
        hidden=hidden,
        frequencies=tuple(frequent[one.number - 1] for one in question.truths),
        gap=gap,
        is_weak=holding.data_set.weak,
        phrases=phrases,
        images=tuple((sample.name, sample.scene) for sample in samples),
    )
    return Sitting(exam, holding.data_set, tuple(samples))


def course_of(holdings: Sequence[Holding], *, name: str = "all", hidden: frozenset[int] = frozenset()) -> Course:
    """Return the course of all train splits."""
    return Course(name, tuple((one.data_set, sample) for one in holdings for sample in one.train), hidden)


def _kind(leaves: frozenset[int], hidden: frozenset[int]) -> str:
    if not leaves & hidden:
        return SEEN
    return UNSEEN if leaves <= hidden else MIXED
