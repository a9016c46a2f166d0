"""OV-B: the seen and unseen classes that others have published, in the data sets' own words."""

from __future__ import annotations

from collections.abc import Sequence

from sovs_map.benchmark.exam import Stage, course_of, sit
from sovs_map.benchmark.holding import Holding, spread
from sovs_map.benchmark.protocol import Protocol, look_once
from sovs_map.benchmark.question import names_question
from sovs_map.errors import DataSetError

UNSEEN_CLASSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pie-rgb-sar", ("road", "water")),
    ("ddhr-korea", ("road", "water")),
    ("openearthmap-sar", ("road", "water", "building")),
    ("s1-los-angeles", ("paved", "water")),
    ("simulated", ("road or railway", "permanent water")),
)
"""Data sets and their unseen classes, by their own names.

Source:
    MM-OVSeg, arXiv:2603.17528, for the first three; the last two, of the mini and simulated editions, are ours and alike.
"""


def plan(holdings: Sequence[Holding], most: int) -> tuple[Stage, ...]:
    """Return a course without the unseen classes, and all classes asked, for each data set of the list.

    Raises:
        DataSetError: none of them is here with pictures to learn from and to test on.
    """
    listed = dict(UNSEEN_CLASSES)
    chosen = [one for one in holdings if one.data_set.name in listed and one.train and one.test]
    if not chosen:
        raise DataSetError(
            f"OV-B is defined on {', '.join(listed)}, each with train and test pictures, and none of them is here; "
            "build with --simulated 8 for the last"
        )
    return tuple(_stage(one, listed[one.data_set.name], most) for one in chosen)


def _stage(holding: Holding, unseen: tuple[str, ...], most: int) -> Stage:
    classes = [one for one in holding.data_set.classes if one.name in unseen]
    hidden = frozenset[int]().union(*(one.leaves for one in classes))
    question = names_question(holding.data_set)
    course = course_of([holding], name=holding.data_set.name, hidden=hidden)
    return Stage(course, (sit(holding, question, spread(holding.test, most), hidden=hidden),))


OV_B = Protocol(
    "ov-b",
    "OV-B: published lists of unseen classes",
    "The same with the lists of seen and unseen classes that others have published, data set by data set.",
    plan,
    look_once,
)
"""The protocol."""
