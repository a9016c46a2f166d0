"""What a report says of each protocol: its tables and its plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sovs_map.benchmark.protocols import protocol_named
from sovs_map.benchmark.reporting.class_tables import class_tables
from sovs_map.benchmark.reporting.open_tables import gap_table, open_table
from sovs_map.benchmark.reporting.plots import plot_means, plot_reliability, plot_words
from sovs_map.benchmark.reporting.set_tables import frequency_table, mean_table, set_table, trust_table
from sovs_map.benchmark.reporting.table import Table
from sovs_map.benchmark.reporting.text_tables import kind_table, query_table, seam_table, worst_table
from sovs_map.benchmark.results import Results


@dataclass(frozen=True, slots=True)
class Chapter:
    """One protocol."""

    title: str
    """Of the protocol."""

    measures: str
    """What it tells."""

    tables: tuple[Table, ...]
    """In order."""

    plots: tuple[str, ...]
    """As SVG elements."""


def chapter(name: str, runs: Sequence[Results]) -> Chapter:
    """Return the chapter of a protocol.

    Args:
        name: of the protocol.
        runs: of it, one a contestant.
    """
    protocol = protocol_named(name)
    asked = any(one.answered for run in runs for one in run.sets)
    if not asked:
        words = (query_table(runs), kind_table(runs), worst_table(runs))
        return Chapter(protocol.title, protocol.measures, words, (plot_words(runs),))
    special = {"ov-a": (open_table,), "ov-b": (open_table,), "xd": (gap_table,), "ws": (seam_table,)}[name]
    tables = (
        mean_table(runs),
        *(make(runs) for make in special),
        set_table(runs),
        frequency_table(runs),
        trust_table(runs),
        *class_tables(runs),
    )
    return Chapter(protocol.title, protocol.measures, tables, (plot_means(runs), plot_reliability(runs)))
