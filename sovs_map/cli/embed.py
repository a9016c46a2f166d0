"""``sovs-map embed``: store what the network sees of a scene, so that any question is answered without it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sovs_map.cli.run_options import how_options, network_options, start_logging


@click.command("embed")
@click.argument("scene")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="STORE",
    help="Folder of the store.  [default: NAME.zarr here, after the scene]",
)
@network_options
@how_options
def embed_command(
    scene: str,
    *,
    output: Path | None,
    quiet: bool,
    verbose: int,
    as_json: bool,
    dry_run: bool,
    **options: object,
) -> None:
    """Store what the network sees of SCENE; `map` and `query` take the store in place of the scene, and need seconds.

    SCENE is what `map` takes, one argument. The store is Zarr of version 3, with coordinates that xarray and rioxarray
    understand. Its path is printed; the same command resumes a run that was stopped.

    \b
    Example:
      sovs-map embed scene.tif -o scene.zarr && sovs-map query scene.zarr "flooded fields" -o found
    """
    start_logging(quiet=quiet, verbose=verbose)
    from sovs_map.embed_command import embed_and_tell  # noqa: PLC0415 - --help needs none of it
    from sovs_map.settings import MapSettings  # noqa: PLC0415

    code = embed_and_tell(
        scene,
        output=output,
        settings=MapSettings(**options),  # type: ignore[arg-type]
        dry_run=dry_run,
        as_json=as_json,
        show_progress=not quiet and sys.stderr.isatty(),
    )
    click.get_current_context().exit(code)
