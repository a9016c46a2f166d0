"""``sovs-map view``: look at maps, answers and stores in the browser."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from sovs_map.errors import OptionError


@click.command("view")
@click.argument("target", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="FOLDER|STORE")
@click.option(
    "-o",
    "--output",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for answers that are saved from the page.",
)
@click.option("-m", "--model", help="The bundle that made the store, if this package does not carry it.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port of the page.  [default: a free one]")
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def view_command(target: Path, *, output: Path, model: str | None, port: int, no_browser: bool) -> None:
    """Show a FOLDER of results, or ask a STORE anything, on a page of this machine that nobody else can open.

    Labels, confidence and outlines lie over the SAR picture; a store answers typed phrases, and places that are clicked, while
    one looks around. Nothing is loaded from the network. Ctrl-C ends it.

    \b
    Example:
      sovs-map view scene.zarr -o found
    """
    missing = [name for name in ("PIL", "starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise OptionError(f"view needs {', '.join(missing)}, not installed here; type: pip install 'sovs-map[view]'")
    from sovs_map.viewing.serving import exhibit, serve  # noqa: PLC0415 - --help needs none of it

    shown = exhibit(target, model=model, output=output)
    serve(shown, port=port, tell=click.echo, browse=not no_browser)
