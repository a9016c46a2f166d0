"""XD: data sets of which nothing was learnt, told apart by how they differ from those that were."""

from __future__ import annotations

from collections.abc import Sequence

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.exam import Stage, course_of, sit
from sovs_map.benchmark.holding import Holding, spread
from sovs_map.benchmark.protocol import Protocol, look_once
from sovs_map.benchmark.question import names_question
from sovs_map.errors import DataSetError

LEARNT = (
    "sen12ms", "whu-opt-sar", "openearthmap-sar", "sen1floods11", "kuro-siwo", "spacenet6", "air-polsar-seg-2",
    "s1-los-angeles", "simulated",
)  # fmt: skip
"""Data sets whose train splits are learnt from; all others are held out. The last two are of the small editions."""

TWICE = 2.0
"""Pixel spacings that differ by more than this factor from all that were learnt are a gap of resolution."""

OWN = "none: other scenes of a set that was learnt"
"""The gap of data sets that were learnt from."""


def plan(holdings: Sequence[Holding], most: int) -> tuple[Stage, ...]:
    """Return one course of the data sets to learn from, and the own classes of every data set asked.

    Raises:
        DataSetError: no data set has pictures to test on.
    """
    learnt = [one for one in holdings if one.data_set.name in LEARNT and one.train]
    tested = [one for one in holdings if one.test]
    if not tested:
        raise DataSetError("XD tests on pictures outside of train, and there are none; build with --simulated 8")
    sources = [one.data_set for one in learnt]
    sittings = (
        sit(one, names_question(one.data_set), spread(one.test, most), gap=gap_between(one.data_set, sources))
        for one in tested
    )
    return (Stage(course_of(learnt, name="xd"), tuple(sittings)),)


def gap_between(held: DataSet, learnt: Sequence[DataSet]) -> str:
    """Return in what a data set differs from all that were learnt; simulated ones differ from any in being so.

    The region always differs; that a class's leaves were no class of any of them is a gap of the label space.
    """
    if held in learnt:
        return OWN
    real = [one for one in learnt if one.name != "simulated"] or list(learnt)
    letters = {letter for one in real for letter in one.band}
    seen = {name for one in real for name in one.polarisations}
    leaves = {one.leaves for source in real for one in source.asked}
    gaps = (
        ("region", True),
        ("sensor", held.sensor not in {one.sensor for one in real}),
        ("band", not set(held.band) <= letters),
        ("polarisation", not set(held.polarisations) <= seen),
        ("resolution", not any(1 / TWICE <= held.spacing_m / one.spacing_m <= TWICE for one in real)),
        ("label space", not {one.leaves for one in held.asked} <= leaves),
    )
    return ", ".join(name for name, there in gaps if there)


XD = Protocol(
    "xd",
    "XD: data sets never seen",
    "How much is lost on data sets of which nothing was learnt, by gap: region, sensor, band, polarisation, resolution, "
    "label space.",
    plan,
    look_once,
)
"""The protocol."""
