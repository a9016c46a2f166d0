"""What benchmarks measured: JSON lines with machine and commit, a Markdown table, a chart."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from matplotlib.figure import Figure

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement."""

    name: str
    """Of what was measured."""

    figures: tuple[tuple[str, float], ...]
    """Name, with its unit, and value of each figure."""

    @property
    def line(self) -> str:
        """Return it as a JSON line."""
        return json.dumps({"name": self.name} | {key: round(value, 3) for key, value in self.figures})


def machine() -> str:
    """Return the machine in words."""
    model = platform.processor() or platform.machine()
    with Path("/proc/cpuinfo").open(encoding="utf-8") as facts:
        names = [line.split(":", 1)[1].strip() for line in facts if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else model}"


def commit() -> str:
    """Return the commit that was measured, marked when files differ from it."""
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def medians(runs: Sequence[Run]) -> dict[str, dict[str, float]]:
    """Return the median of each figure by name."""
    names = dict.fromkeys(run.name for run in runs)
    every = {name: [dict(run.figures) for run in runs if run.name == name] for name in names}
    return {
        name: {key: statistics.median(one[key] for one in figures) for key in figures[0]}
        for name, figures in every.items()
    }


def write_report(report: str, what: str, runs: Sequence[Run]) -> None:
    """Write runs as ``results/<report>.jsonl``, and their medians as a table and a chart beside it.

    Args:
        report: name of the files.
        what: what was measured, in words.
        runs: all with the same figures.
    """
    RESULTS.mkdir(exist_ok=True)
    day, where, state = datetime.now(UTC).date().isoformat(), machine(), commit()
    facts = {"machine": where, "commit": state, "day": day}
    lines = [json.dumps(json.loads(run.line) | facts) for run in runs]
    (RESULTS / f"{report}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = medians(runs)
    keys = list(next(iter(found.values())))
    table = [f"| | {' | '.join(keys)} |", "|---" * (len(keys) + 1) + "|"]
    table += [f"| {name} | {' | '.join(f'{figures[key]:.2f}' for key in keys)} |" for name, figures in found.items()]
    text = f"{what}. Medians of {len(runs) // len(found)} runs; {where}; commit {state}, {day}.\n\n"
    (RESULTS / f"{report}.md").write_text(text + "\n".join(table) + "\n", encoding="utf-8")
    _chart(found, keys, what).savefig(RESULTS / f"{report}.png", dpi=100)


def _chart(found: dict[str, dict[str, float]], keys: Sequence[str], what: str) -> Figure:
    figure = Figure(figsize=(3.2 * len(keys) + 1.5, 0.4 * len(found) + 1.6), layout="constrained")
    figure.suptitle(what, fontsize=9)
    axes = figure.subplots(1, len(keys), sharey=True, squeeze=False)[0]
    for axis, key in zip(axes, keys, strict=True):
        bars = axis.barh(list(found), [figures[key] for figures in found.values()], color="#3b6ea8")
        axis.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
        axis.set_title(key, fontsize=9)
        axis.margins(x=0.18)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    return figure
