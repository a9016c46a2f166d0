"""WS: whole scenes, and whether the tiles they are worked on in show."""

from __future__ import annotations

from collections.abc import Sequence

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.exam import Exam, Stage, course_of, sit
from sovs_map.benchmark.holding import Holding, spread, whole_pictures
from sovs_map.benchmark.protocol import Part, Protocol
from sovs_map.benchmark.question import names_question
from sovs_map.benchmark.seams import ask_whole
from sovs_map.errors import DataSetError


def plan(holdings: Sequence[Holding], most: int) -> tuple[Stage, ...]:
    """Return one course of all, and the own classes of every data set asked of pictures as they were before any cut.

    Raises:
        DataSetError: no data set has pictures to test on.
    """
    tested = [one for one in holdings if one.test]
    if not tested:
        raise DataSetError("WS tests on pictures outside of train, and there are none; build with --simulated 8")
    sittings = (sit(one, names_question(one.data_set), spread(whole_pictures(one.test), most)) for one in tested)
    return (Stage(course_of(holdings), tuple(sittings)),)


def look(contestant: Contestant, chip: Chip, exam: Exam) -> tuple[Part, ...]:
    """Return the answer to the whole picture, and its seams."""
    return ask_whole(contestant, chip, exam.question)


WS = Protocol(
    "ws",
    "WS: whole scenes",
    "Whether tiles show: how often tiles answered one by one differ from the blended picture, at their borders and "
    "elsewhere.",
    plan,
    look,
)
"""The protocol."""
