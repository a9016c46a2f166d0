"""Tables of open vocabularies and of gaps between data sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sovs_map.benchmark.measures import HARMONIC, MIOU, OPEN
from sovs_map.benchmark.reporting.set_tables import set_names
from sovs_map.benchmark.reporting.table import Table, rate, with_interval
from sovs_map.benchmark.results import Results
from sovs_map.benchmark.scoring import mean_score, scores


def open_table(runs: Sequence[Results]) -> Table:
    """Return seen, unseen and harmonic mIoU, by data set and as the mean over those that have both."""
    rows = [
        ("mean", run.run.contestant, *(with_interval(mean_score(run, measure, among=HARMONIC)) for measure in OPEN))
        for run in runs
    ]
    rows += [
        (title, run.run.contestant, *map(with_interval, scores(run.of(name), OPEN)))
        for name, title in set_names(runs)
        for run in runs
        if name in run.run.data_sets
    ]
    return Table(
        "Seen and unseen classes",
        "From one prediction over all classes. Classes only some of whose leaves were hidden are in neither column; where a "
        "data set lacks either kind, there is no harmonic mean, and it is not in the means of the first rows.",
        ("data set", "contestant", *(one.title for one in OPEN)),
        tuple(rows),
    )


def gap_table(runs: Sequence[Results]) -> Table:
    """Return the mean mIoU of data sets by their gap."""
    gaps = list(dict.fromkeys(one.exam.gap for run in runs for one in run.sets))
    rows = []
    for gap in gaps:
        names = list(dict.fromkeys(one.exam.data_set for run in runs for one in run.sets if one.exam.gap == gap))
        cells = [[scores(one, (MIOU,))[0].value for one in run.sets if one.exam.gap == gap] for run in runs]
        told = [[value for value in some if not np.isnan(value)] for some in cells]
        rows.append((gap, ", ".join(names), *(rate(float(np.mean(some)) if some else float("nan")) for some in told)))
    return Table(
        "mIoU by gap",
        "What a data set differs in from all that were learnt from.",
        ("gap", "data sets", *(run.run.contestant for run in runs)),
        tuple(rows),
    )
