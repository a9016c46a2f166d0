"""``sovs-map benchmark check``: whether data sets on disk are whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sovs_map.cli.run_options import start_logging

if TYPE_CHECKING:
    from sovs_map.benchmark.checking import Checked


@click.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--only", multiple=True, metavar="NAME", help="Check this data set; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a data set.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def check_command(folder: Path, *, only: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Find the data sets below DIR by their layout, count them, and say what is missing or odd.

    All labels are read, and the first picture of each split. The exit code is 1 when anything is wrong.

    \b
    Example:
      sovs-map benchmark check data
    """
    start_logging(quiet=quiet, verbose=0)
    from sovs_map.benchmark.checking import check_sets  # noqa: PLC0415 - --help needs none of it

    checked = check_sets(folder, only=only)
    for one in checked:
        click.echo(json.dumps(_facts(one), ensure_ascii=False) if as_json else _text(one))
    if any(one.problems for one in checked):
        click.get_current_context().exit(1)


def _text(one: Checked) -> str:
    lines = [f"{one.data_set.name}  {one.root}"]
    for split in one.splits:
        total = max(sum(count for _, count in split.pixels), 1)
        shares = ", ".join(f"{name} {count / total:.1%}" for name, count in split.pixels if count)
        lines.append(f"  {split.name}: {split.samples} samples of {split.scenes} scenes; {shares or 'no labels'}")
    lines += [f"  note: {remark}" for remark in one.remarks]
    lines += [f"  WRONG: {problem}" for problem in one.problems]
    return "\n".join(lines)


def _facts(one: Checked) -> dict[str, object]:
    return {
        "name": one.data_set.name,
        "folder": str(one.root),
        "splits": {
            split.name: {"samples": split.samples, "scenes": split.scenes, "pixels": dict(split.pixels)}
            for split in one.splits
        },
        "remarks": list(one.remarks),
        "problems": list(one.problems),
    }
