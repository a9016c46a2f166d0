"""OV-A: leaves that nobody has learnt, asked for together with those that everybody has."""

from __future__ import annotations

from collections.abc import Sequence

from sovs_map.benchmark.exam import Stage, course_of, sit
from sovs_map.benchmark.holding import Holding, spread
from sovs_map.benchmark.protocol import Protocol, look_once
from sovs_map.benchmark.question import leaves_question
from sovs_map.errors import DataSetError
from sovs_map.training.syllabus import UNSEEN


def plan(holdings: Sequence[Holding], most: int) -> tuple[Stage, ...]:
    """Return one course without the unseen leaves, and all leaves asked of every data set.

    Raises:
        DataSetError: no data set has pictures to test on.
    """
    tested = [one for one in holdings if one.test]
    if not tested:
        raise DataSetError("OV-A tests on pictures outside of train, and there are none; build with --simulated 8")
    sittings = (sit(one, leaves_question(one.data_set), spread(one.test, most), hidden=UNSEEN) for one in tested)
    return (Stage(course_of(holdings, name="seen-leaves", hidden=UNSEEN), tuple(sittings)),)


OV_A = Protocol(
    "ov-a",
    "OV-A: unseen leaves",
    "Whether leaves that were never learnt are found beside those that were: all leaves are asked for by name at once.",
    plan,
    look_once,
)
"""The protocol."""
