"""``sovs-map map``: label every pixel of scenes with the user's words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sovs_map.cli.run_options import how_options, network_options, polygon_options, start_logging, where_options


@click.command("map")
@click.argument("scenes", nargs=-1, required=True, metavar="SCENE…")
@click.option(
    "-c",
    "--classes",
    required=True,
    help="Words, e.g. 'water,forest' or 'wet=river|lake|!sea' (! is not), or @vocabulary.toml.",
)
@click.option("--bias", multiple=True, metavar="NAME=X", help="Choose a class more readily, or less (below 0) [logit].")
@click.option(
    "--class-threshold", multiple=True, metavar="NAME=P", help="Pixels that a class wins with less probability get 0."
)
@where_options
@network_options
@click.option(
    "--unknown",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Pixels whose best class is less probable get 0.",
)
@polygon_options
@click.option(
    "--scores",
    default="best",
    show_default=True,
    type=click.Choice(["none", "best", "all"]),
    help="Which probabilities to keep.",
)
@how_options
def map_command(
    scenes: tuple[str, ...],
    *,
    classes: str,
    output: Path,
    quiet: bool,
    verbose: int,
    as_json: bool,
    dry_run: bool,
    **options: object,
) -> None:
    """Label every pixel of each SCENE and write GIS layers.

    SCENE is a raster (also one file per polarisation, joined by +), a folder, a glob, @list.txt or - for a list on
    standard input; or a STAC item, item collection or catalogue (.json). Rasters and STAC may lie at https:// or, rasters
    only, s3:// and gs://. Paths of the results are printed one a line; the same command resumes a run that was stopped.

    \b
    Example:
      sovs-map map scene.tif --classes "water,forest=forest|woodland,urban" -o maps
    """
    start_logging(quiet=quiet, verbose=verbose)
    from sovs_map.map_batch import map_batch  # noqa: PLC0415 - --help needs none of it
    from sovs_map.settings import MapSettings  # noqa: PLC0415
    from sovs_map.vocabulary import adjust, read_vocabulary  # noqa: PLC0415

    settings = MapSettings(**options)  # type: ignore[arg-type]
    code = map_batch(
        scenes,
        vocabulary=adjust(read_vocabulary(classes), biases=settings.bias, thresholds=settings.class_threshold),
        output=output,
        settings=settings,
        dry_run=dry_run,
        as_json=as_json,
        show_progress=not quiet and sys.stderr.isatty(),
    )
    click.get_current_context().exit(code)
