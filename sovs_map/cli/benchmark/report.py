"""``sovs-map benchmark report``: runs to tables and a page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("runs", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="RUNS")
@click.option(
    "-o",
    "--output",
    default="report",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the report.",
)
def report_command(runs: Path, *, output: Path) -> None:
    """Write the scores of all runs below RUNS: report.md, scores.csv and report.html, a page that needs nothing else.

    \b
    Example:
      sovs-map benchmark report runs -o report
    """
    from sovs_map.benchmark.reporting.report import write_report  # noqa: PLC0415 - --help needs none of it

    for path in write_report(runs, output):
        click.echo(path)
