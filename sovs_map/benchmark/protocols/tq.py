"""TQ: text queries in other words, and for what is not there."""

from __future__ import annotations

from collections.abc import Sequence

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.exam import Exam, Stage, course_of, sit
from sovs_map.benchmark.holding import Holding, spread
from sovs_map.benchmark.paraphrases import paraphrases
from sovs_map.benchmark.protocol import Part, Protocol
from sovs_map.benchmark.queries import ask_queries
from sovs_map.benchmark.question import names_question
from sovs_map.errors import DataSetError


def plan(holdings: Sequence[Holding], most: int) -> tuple[Stage, ...]:
    """Return one course of all, and the paraphrases of each data set's classes.

    Raises:
        DataSetError: no data set has pictures to test on.
    """
    tested = [one for one in holdings if one.test]
    if not tested:
        raise DataSetError("TQ tests on pictures outside of train, and there are none; build with --simulated 8")
    questions = [names_question(one.data_set) for one in tested]
    sittings = (
        sit(one, question, spread(one.test, most), phrases=tuple(paraphrases(each) for each in question.classes))
        for one, question in zip(tested, questions, strict=True)
    )
    return (Stage(course_of(holdings), tuple(sittings)),)


def look(contestant: Contestant, chip: Chip, exam: Exam) -> tuple[Part, ...]:
    """Return what was found by paraphrases and by phrases for what is absent."""
    return (ask_queries(contestant, chip, exam),)


TQ = Protocol(
    "tq",
    "TQ: text queries",
    "How much a class found by itself depends on its words, and how much is found of what is not there.",
    plan,
    look,
)
"""The protocol."""
