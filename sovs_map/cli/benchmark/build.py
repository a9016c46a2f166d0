"""``sovs-map benchmark build``: data sets on disk to the benchmark."""

from __future__ import annotations

from pathlib import Path

import click

from sovs_map.cli.run_options import start_logging


@click.command("build")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "-o",
    "--output",
    default="sar-ovseg",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the benchmark.",
)
@click.option(
    "--only", multiple=True, metavar="NAME", help="Take this data set; may be repeated.  [default: all found]"
)
@click.option(
    "--simulated", default=0, type=click.IntRange(min=0), metavar="N", help="Make N simulated scenes as a data set."
)
@click.option("--labels", is_flag=True, help="Write harmonised labels as COGs, too.")
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
def build_command(
    folder: Path, *, output: Path, only: tuple[str, ...], simulated: int, labels: bool, quiet: bool
) -> None:
    """Index the data sets below DIR: a row a sample, with hashes of its files and pixels of its classes.

    Pictures and labels stay where they are. The same input gives the same bytes; the same command goes on with a build
    that was stopped. Needs: pip install 'sovs-map[parquet]'

    \b
    Example:
      sovs-map benchmark build data -o sar-ovseg --simulated 8
    """
    start_logging(quiet=quiet, verbose=0)
    from sovs_map.benchmark.building import build_benchmark  # noqa: PLC0415 - --help needs none of it

    for path in build_benchmark(folder, output, only=only, simulated=simulated, labels=labels):
        click.echo(path)
