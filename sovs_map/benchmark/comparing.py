"""Two runs of one protocol: by how much one is better, and whether other scenes could turn that round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sovs_map.benchmark.measures import MIOU, OPEN, Measure
from sovs_map.benchmark.metrics.bootstrap import draw_scenes, interval_of, resample
from sovs_map.benchmark.metrics.counts import intersections_over_unions
from sovs_map.benchmark.reporting.table import Table, rate
from sovs_map.benchmark.results import Results, SetResults, read_results
from sovs_map.benchmark.scoring import Score, counts_of
from sovs_map.errors import OptionError


def compare_runs(first: Path, second: Path) -> Table:
    """Return the differences, second less first, by data set and class, with intervals: both are drawn the same scenes.

    Raises:
        DataSetError: one is no run, or not done.
        OptionError: they are of other protocols, benchmarks or pictures, or answered no question to all classes.
    """
    one, other = read_results(first), read_results(second)
    check_alike(one, other)
    rows = tuple(
        (own.exam.data_set, what, rate(before), rate(after), _signed(difference))
        for own, opposite in zip(one.sets, other.sets, strict=True)
        for what, before, after, difference in _differences(own, opposite)
    )
    return Table(
        f"{other.run.contestant} against {one.run.contestant}, {one.run.protocol}",
        "Differences, with where 95 % of 1,000 draws of scenes lie; marked where these do not hold 0.",
        ("data set", "score", one.run.contestant, other.run.contestant, "difference"),
        rows,
    )


def check_alike(one: Results, other: Results) -> None:
    """Check that two runs can be compared.

    Raises:
        OptionError: they cannot.
    """
    alike = {
        "protocol": (one.run.protocol, other.run.protocol),
        "benchmark": (one.run.index, other.run.index),
        "pictures": tuple([(each.exam.data_set, each.exam.images) for each in run.sets] for run in (one, other)),
    }
    differ = [name for name, (mine, other_s) in alike.items() if mine != other_s]
    if differ:
        raise OptionError(
            f"{one.run.contestant} and {other.run.contestant} were run on another {' and '.join(differ)}; run both with the "
            "same PROTOCOL, --data, --only and --pictures"
        )
    if not all(each.answered for each in one.sets):
        raise OptionError(f"{one.run.protocol} asks single phrases; see them with: sovs-map benchmark report")


def _differences(one: SetResults, other: SetResults) -> Iterator[tuple[str, float, float, Score]]:
    """Yield what is compared, both values, and the difference."""
    counts = counts_of(one), counts_of(other)
    draws = draw_scenes(one.scene_count)
    drawn = [resample(each, draws) for each in counts]
    exam, whole = one.exam, [each.sum(0) for each in counts]
    measures: Sequence[Measure] = (MIOU, *(OPEN if exam.hidden else ()))
    for measure in measures:
        before, after = (float(measure.of(each, exam)) for each in whole)
        change = measure.of(drawn[1], exam) - measure.of(drawn[0], exam)
        yield measure.title, before, after, Score(after - before, interval_of(change, scenes=len(counts[0])))
    right = exam.question.table
    values, changes = ([intersections_over_unions(each, right) for each in some] for some in (whole, drawn))
    for index in np.flatnonzero(exam.question.scored & (whole[0].sum(1) > 0)):
        before, after = float(values[0][index]), float(values[1][index])
        interval = interval_of(changes[1][:, index] - changes[0][:, index], scenes=len(counts[0]))
        yield f"IoU {exam.question.truths[index].name}", before, after, Score(after - before, interval)


def _signed(one: Score) -> str:
    if np.isnan(one.value):
        return rate(one.value)
    if np.isnan(one.interval.low):
        return f"{one.value:+.3f}"
    mark = " *" if one.interval.low > 0 or one.interval.high < 0 else ""
    return f"{one.value:+.3f} [{one.interval.low:+.3f}, {one.interval.high:+.3f}]{mark}"
