"""Runs to a report: Markdown, CSV and one page that needs nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sovs_map.benchmark.protocols import PROTOCOLS
from sovs_map.benchmark.reporting.chapters import Chapter, chapter
from sovs_map.benchmark.reporting.long_rows import HEAD, long_rows
from sovs_map.benchmark.reporting.table import to_markdown
from sovs_map.benchmark.results import Results, find_runs, read_results
from sovs_map.outputs.finishing import write_finished_text

MARKDOWN, TABLE, PAGE = "report.md", "scores.csv", "report.html"
"""Names of the files."""


def write_report(folder: Path, output: Path) -> tuple[Path, ...]:
    """Write the report of all runs below a folder; return its files. Equal runs give equal bytes.

    Raises:
        DataSetError: there is no run, or one is not done.
        OutputError: no space, no permission.
    """
    runs = tuple(read_results(one) for one in find_runs(folder))
    chapters = tuple(
        chapter(one.name, some) for one in PROTOCOLS if (some := [run for run in runs if run.run.protocol == one.name])
    )
    output.mkdir(parents=True, exist_ok=True)
    for name, text in ((MARKDOWN, _markdown(runs, chapters)), (TABLE, _csv(runs)), (PAGE, _page(runs, chapters))):
        write_finished_text(output / name, text)
    return tuple(output / name for name in (MARKDOWN, TABLE, PAGE))


def _markdown(runs: Sequence[Results], chapters: Sequence[Chapter]) -> str:
    remarks = "\n".join(f"- **{name}**: {remark}" for name, remark in _contestants(runs))
    parts = [f"# SAR-OVSeg – results\n\n{remarks}\n"]
    for one in chapters:
        parts.append(f"## {one.title}\n\n{one.measures}\n")
        parts += map(to_markdown, one.tables)
    return "\n".join(parts)


def _csv(runs: Sequence[Results]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEAD)
    for run in runs:
        writer.writerows(long_rows(run))
    return stream.getvalue()


def _page(runs: Sequence[Results], chapters: Sequence[Chapter]) -> str:
    environment = Environment(
        loader=PackageLoader("sovs_map.benchmark.reporting", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Plots are our own SVG, in which matplotlib has escaped all text.
    drawn = [
        Chapter(one.title, one.measures, one.tables, tuple(Markup(plot) for plot in one.plots))  # noqa: S704
        for one in chapters
    ]
    return environment.get_template("report.html").render(
        runs=runs,
        chapters=drawn,
        contestants=_contestants(runs),
        indices=sorted({run.run.index[:12] for run in runs}),
        versions=sorted({run.run.sovs_map for run in runs}),
    )


def _contestants(runs: Sequence[Results]) -> tuple[tuple[str, str], ...]:
    return tuple({run.run.contestant: run.run.remark for run in runs}.items())
