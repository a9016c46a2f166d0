"""Tables of contestants by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sovs_map.benchmark.exam import SEEN
from sovs_map.benchmark.reporting.set_tables import set_names
from sovs_map.benchmark.reporting.table import Table, rate, with_interval
from sovs_map.benchmark.results import Results
from sovs_map.benchmark.scoring import class_scores, counts_of, edge_scores


def class_tables(runs: Sequence[Results]) -> tuple[Table, ...]:
    """Return a table of IoU and boundary F1 by class for each data set."""
    return tuple(
        _table(name, title, [run for run in runs if name in run.run.data_sets]) for name, title in set_names(runs)
    )


def _table(name: str, title: str, runs: Sequence[Results]) -> Table:
    first = runs[0].of(name)
    exam, pixels = first.exam, counts_of(first).sum((0, 2))
    chosen = [index for index in np.flatnonzero(exam.question.scored) if pixels[index]]
    found = [(class_scores(run.of(name)), edge_scores(run.of(name))) for run in runs]
    rows = []
    for index in chosen:
        facts = (exam.kinds[index], exam.frequencies[index])
        told = ", ".join(fact for fact in facts if fact and (fact != SEEN or exam.hidden))
        cells = [f"{with_interval(ious[index])}, {rate(float(edges[index]))}" for ious, edges in found]
        rows.append((exam.question.truths[index].name, told, f"{pixels[index]:,}", *cells))
    return Table(
        f"Classes of {title}",
        "IoU with its interval, then boundary F1. Classes without a pixel in these pictures are left out.",
        ("class", "kind", "pixels", *(run.run.contestant for run in runs)),
        tuple(rows),
    )
