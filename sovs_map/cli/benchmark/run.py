"""``sovs-map benchmark run``: a protocol with one contestant."""

from __future__ import annotations

from pathlib import Path

import click

from sovs_map.cli.run_options import start_logging


@click.command("run")
@click.argument("protocol", metavar="PROTOCOL")
@click.option(
    "-m",
    "--model",
    default="sovs-tiny",
    show_default=True,
    metavar="NAME|DIR|PATH",
    help="A bundle or its folder; majority, otsu-water, physics, forest, closed-set, lseg, sovs-net; clip, remoteclip, "
    "georsclip, alignearth, sarclip, or a file of their weights.",
)
@click.option(
    "--data",
    default="sar-ovseg",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the built benchmark.",
)
@click.option(
    "--folder",
    default="data",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the data sets that it was built from.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Take this data set; may be repeated.  [default: all]")
@click.option(
    "--pictures",
    default=0,
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N pictures of each data set, evenly spread.  [default: all]",
)
@click.option(
    "--steps",
    default=400,
    show_default=True,
    type=click.IntRange(min=8),
    metavar="N",
    help="Training steps of closed-set, lseg and sovs-net.",
)
@click.option("--device", default="auto", show_default=True, metavar="NAME", help="cpu, cuda or cuda:N, of networks.")
@click.option(
    "-o",
    "--output",
    default="runs",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of runs.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
def run_command(  # noqa: PLR0913 - an argument an option
    protocol: str,
    *,
    model: str,
    data: Path,
    folder: Path,
    only: tuple[str, ...],
    pictures: int,
    steps: int,
    device: str,
    output: Path,
    quiet: bool,
) -> None:
    """Run PROTOCOL (ov-a, ov-b, xd, ws or tq) with one contestant, and keep the counts of every picture.

    The same command goes on with a run that was stopped, and gives the same numbers. The results' folder is printed.

    \b
    Example:
      sovs-map benchmark run ov-a --model physics --data sar-ovseg -o runs
    """
    start_logging(quiet=quiet, verbose=0)
    from sovs_map.benchmark.entrant import find_entrant  # noqa: PLC0415 - --help needs none of it
    from sovs_map.benchmark.protocols import protocol_named  # noqa: PLC0415
    from sovs_map.benchmark.running import Place, run_protocol  # noqa: PLC0415

    chosen, entrant = protocol_named(protocol), find_entrant(model, steps=steps, device=device)
    click.echo(run_protocol(chosen, entrant, Place(data, folder, only), output, most=pictures))
