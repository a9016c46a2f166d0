"""``sovs-map models``: which models are here, and what they are for."""

from __future__ import annotations

import json

import click


@click.command("models")
@click.argument("names", nargs=-1, metavar="[NAME|DIR]…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a model.")
def models_command(names: tuple[str, ...], *, as_json: bool) -> None:
    """List the shipped models, or check and describe those named; altered weights are refused.

    Recipes without weights are listed too, but not as JSON: nothing can be mapped with them before they are trained.

    \b
    Example:
      sovs-map models sovs-tiny
    """
    from sovs_map.network.bundle import load_bundle, recipes, shipped_bundles  # noqa: PLC0415 - --help needs no torch

    for name in names or shipped_bundles():
        bundle = load_bundle(name)
        if as_json:
            facts = {
                "name": bundle.name,
                "folder": str(bundle.folder),
                "licence": bundle.licence,
                "description": bundle.description,
                "spacing_m": bundle.spacing_m,
                "tile": bundle.tile,
                "overlap": bundle.overlap,
                "sha256": bundle.hash,
            }
            click.echo(json.dumps(facts))
            continue
        low, high = bundle.spacing_m
        click.echo(f"{bundle.name}  ({bundle.licence}, {low:g} to {high:g} m pixels, sha256 {bundle.hash[:12]})")
        click.echo(f"  {bundle.description}")
        if names:
            click.echo(f"  {bundle.folder}")
    if names or as_json:
        return
    for recipe in recipes():
        click.echo(f"{recipe.parent.name}  (recipe only, train it: sovs-map train {recipe} --data FOLDER -o DIR)")
