"""A protocol: what is learnt, what is asked, and what is kept of each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sovs_map.benchmark.answered import Answered, ask
from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.exam import Exam, Stage
from sovs_map.benchmark.holding import Holding
from sovs_map.benchmark.queries import Queries
from sovs_map.benchmark.seams import Seams

Part: TypeAlias = Answered | Seams | Queries
"""Something that is kept of a picture."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to examine contestants."""

    name: str
    """Short, in lower case."""

    title: str
    """In words."""

    measures: str
    """What it tells, one sentence."""

    plan: Callable[[Sequence[Holding], int], tuple[Stage, ...]]
    """Data sets, and pictures of each at most (0 for all), to what is to be done.

    Raises:
        DataSetError: these data sets give it nothing to do.
    """

    look: Callable[[Contestant, Chip, Exam], tuple[Part, ...]]
    """Contestant, picture without NaN and exam to what is kept."""


def look_once(contestant: Contestant, chip: Chip, exam: Exam) -> tuple[Part, ...]:
    """Return the answer to the exam's question."""
    return (ask(contestant, chip, exam.question),)
