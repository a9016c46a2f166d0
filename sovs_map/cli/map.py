"""``sovs-map map``: label every pixel of scenes with the user's words."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from sovs_map.cli.scene_options import BANDS, SCALE


@click.command("map")
@click.argument("scenes", nargs=-1, required=True, metavar="SCENE…")
@click.option(
    "-c", "--classes", required=True, help="Words, e.g. 'water,forest' or 'wet=river|lake', or @vocabulary.toml."
)
@click.option(
    "-o",
    "--output",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the results.",
)
@click.option(
    "-m", "--model", default="sovs-tiny", show_default=True, help="A shipped model or the folder of a bundle."
)
@BANDS
@SCALE
@click.option("--tile", type=int, help="Side of the square that the network sees [pixels].  [default: the model's]")
@click.option("--overlap", type=int, help="How far neighbouring tiles overlap [pixels].  [default: the model's]")
@click.option("--chunk", type=int, help="Side of a unit of work and restart [pixels].  [default: what fits --memory]")
@click.option("--batch", type=int, help="Tiles in one call of the network.  [default: what fits --memory]")
@click.option(
    "--memory", default="2GB", show_default=True, help="Budget of the process; a plan that does not fit is refused."
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--threads", type=click.IntRange(1), help="CPU threads of the network.  [default: all cores]")
@click.option("--crs", help="Geocode a scene that has ground control points only: EPSG:N, or auto for its UTM zone.")
@click.option(
    "--unknown",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Pixels whose best class is less probable get 0.",
)
@click.option(
    "--min-area", metavar="SIZE", help="Merge smaller regions into their neighbours, e.g. 5000m2, 0.5ha, 1km2."
)
@click.option(
    "--simplify",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="METRES",
    help="Simplify shared polygon edges, no gaps.",
)
@click.option(
    "--vector",
    default="gpkg",
    show_default=True,
    type=click.Choice(["gpkg", "parquet", "fgb", "geojson", "none"]),
    help="Format of the polygons.",
)
@click.option(
    "--scores",
    default="best",
    show_default=True,
    type=click.Choice(["none", "best", "all"]),
    help="Which probabilities to keep.",
)
@click.option("--overwrite", is_flag=True, help="Replace results and parts that are there.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a scene instead of paths.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only warnings and errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for the libraries too.")
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
    standard input. Paths of the results are printed one a line; the same command resumes a run that was stopped.

    \b
    Example:
      sovs-map map scene.tif --classes "water,forest=forest|woodland,urban" -o maps
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr, force=True)
    logging.getLogger("sovs_map").setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)
    if verbose > 1:
        logging.getLogger().setLevel(logging.DEBUG)
    from sovs_map.batch import map_batch  # noqa: PLC0415 - --help needs none of it
    from sovs_map.settings import MapSettings  # noqa: PLC0415
    from sovs_map.vocabulary import read_vocabulary  # noqa: PLC0415

    code = map_batch(
        scenes,
        vocabulary=read_vocabulary(classes),
        output=output,
        settings=MapSettings(**options),  # type: ignore[arg-type]
        dry_run=dry_run,
        as_json=as_json,
        show_progress=not quiet and sys.stderr.isatty(),
    )
    click.get_current_context().exit(code)
