"""What is asked about the pictures of a data set, and which answers are right where what is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.native_class import NativeClass
from sovs_map.taxonomy import load_taxonomy

RightOf = Callable[[NativeClass], tuple[bool, ...]]
"""What is true to which classes are right."""

COARSE_M = 8.0
"""Pixel spacing from which single buildings are not asked for: they are parts of districts there [m]."""

BUILDING = 13
"""The leaf of single buildings."""


@dataclass(frozen=True, slots=True)
class AskedClass:
    """One class of a question."""

    name: str
    """What tables call it."""

    prompts: tuple[str, ...]
    """What it is asked for by: all that a contestant that reads words may look at."""

    leaves: frozenset[int]
    """Leaves that it means, for contestants that know no words; none for what is no land cover."""


@dataclass(frozen=True, slots=True)
class TruthClass:
    """One class of a data set's labels."""

    name: str
    """What the data set calls it."""

    number: int
    """Its number in `Chip.labels`."""

    leaves: frozenset[int]
    """Leaves that it may be."""

    is_scored: bool
    """Whether it has a place in means over classes; others count as hits, misses and false alarms only."""


@dataclass(frozen=True, slots=True)
class Question:
    """Classes that are asked for together, and the truths that answers are compared with."""

    classes: tuple[AskedClass, ...]
    """In the order of the answers."""

    truths: tuple[TruthClass, ...]
    """In the order of the counts' rows; each has a right answer."""

    right: tuple[tuple[bool, ...], ...]
    """Which class is right where what is true, ``(truths, classes)``."""

    @property
    def table(self) -> NDArray[np.bool_]:
        """Return which class is right where what is true, ``(truths, classes)``."""
        return np.array(self.right, bool).reshape(len(self.truths), len(self.classes))

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Return which truths have a place in means, ``(truths,)``."""
        return np.array([one.is_scored for one in self.truths], bool)

    def rows(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return the truth of each pixel of a chip's labels, from 0; -1 where nothing is counted."""
        lookup = np.full(256, -1, np.int64)
        lookup[[one.number for one in self.truths]] = range(len(self.truths))
        return lookup[labels]


def names_question(data_set: DataSet) -> Question:
    """Return the question for a data set's own classes, by the words it is asked for by.

    Where a class is true that is asked for, it alone is right; where another one is, every class that lies in it.
    """
    asked = data_set.asked
    classes = tuple(AskedClass(one.prompts[0], one.prompts, one.leaves) for one in asked)

    def right(true: NativeClass) -> tuple[bool, ...]:
        if true in asked:
            return tuple(said == true for said in asked)
        return tuple(said.leaves <= true.leaves for said in asked)

    return _question(data_set, classes, right)


def leaves_question(data_set: DataSet) -> Question:
    """Return the question for all leaves of the taxonomy by their names; right is each that the truth may be."""
    leaves = [
        (number, leaf)
        for number, leaf in enumerate(load_taxonomy().leaves, start=1)
        if number != BUILDING or data_set.spacing_m < COARSE_M
    ]
    classes = tuple(AskedClass(leaf.name, (leaf.name,), frozenset({number})) for number, leaf in leaves)
    return _question(data_set, classes, lambda true: tuple(one.leaves <= true.leaves for one in classes))


def _question(data_set: DataSet, classes: tuple[AskedClass, ...], right_of: RightOf) -> Question:
    truths, right = [], []
    for number, one in enumerate(data_set.classes, start=1):
        row = right_of(one) if one.counts else ()
        if any(row):
            truths.append(TruthClass(one.name, number, one.leaves, bool(one.prompts)))
            right.append(row)
    return Question(classes, tuple(truths), tuple(right))
