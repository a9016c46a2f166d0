"""``sovs-map train``: make a bundle from a recipe, from nothing to its card."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click


@click.command("train")
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="RECIPE.toml")
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that holds the folder of the recipe's scenes.",
)
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the bundle."
)
@click.option(
    "--runs",
    default="runs",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of checkpoints, logs and curves.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
def train_command(recipe: Path, *, data: Path, output: Path, runs: Path, device: str, quiet: bool) -> None:
    """Train a model: text tower, network, temperatures, scores and card.

    The same command goes on from the last checkpoint of a run that was stopped. Needs: pip install 'sovs-map[train]'

    Several processes train together under torchrun: torchrun --nproc-per-node 2 -m sovs_map train …

    \b
    Example:
      sovs-map train models/sovs-tiny/recipe.toml --data data -o models/mine
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr, force=True)
    logging.getLogger("sovs_map").setLevel(logging.WARNING if quiet else logging.INFO)
    from sovs_map.model import choose_device  # noqa: PLC0415 - --help needs none of it
    from sovs_map.training.making import make_bundle  # noqa: PLC0415
    from sovs_map.training.recipe import read_recipe  # noqa: PLC0415

    make_bundle(read_recipe(recipe), recipe, data=data, output=output, runs=runs, device=choose_device(device))
    click.echo(output)
