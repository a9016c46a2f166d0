"""``sovs-map benchmark compare``: two runs side by side."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("first", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="A")
@click.argument("second", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="B")
def compare_command(first: Path, second: Path) -> None:
    """Print how much better run B is than run A, by data set and class, as Markdown; both drawn the same scenes.

    \b
    Example:
      sovs-map benchmark compare runs/ov-a/physics runs/ov-a/sovs-tiny
    """
    from sovs_map.benchmark.comparing import compare_runs  # noqa: PLC0415 - --help needs none of it
    from sovs_map.benchmark.reporting.table import to_markdown  # noqa: PLC0415

    click.echo(to_markdown(compare_runs(first, second)), nl=False)
