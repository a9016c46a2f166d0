"""A table as text: for Markdown, CSV and pages alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sovs_map.benchmark.scoring import Score

NOTHING = "–"
"""Stands where there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a title."""

    title: str
    """What it shows."""

    note: str
    """How to read it; empty when that is clear."""

    head: tuple[str, ...]
    """Of the columns."""

    rows: tuple[tuple[str, ...], ...]
    """As long as the head, each."""


def rate(value: float) -> str:
    """Return a number with three decimals."""
    return NOTHING if np.isnan(value) else f"{value:.3f}"


def percent(value: float) -> str:
    """Return a share in hundredths."""
    return NOTHING if np.isnan(value) else f"{100 * value:.2f} %"


def with_interval(one: Score) -> str:
    """Return a score and its interval."""
    if np.isnan(one.interval.low):
        return rate(one.value)
    return f"{one.value:.3f} [{one.interval.low:.3f}, {one.interval.high:.3f}]"


def to_markdown(table: Table) -> str:
    """Return a table as Markdown, its title as a heading."""
    lines = [table.head, ("---",) * len(table.head), *table.rows]
    grid = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    note = f"{table.note}\n\n" if table.note else ""
    return f"### {table.title}\n\n{note}{grid}\n"
