"""``python -m sovs_map.training RECIPE --data FOLDER --output models/NAME``: make a bundle, from nothing to its card."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import click

from sovs_map.training.making import make_bundle
from sovs_map.training.recipe import read_recipe


@click.command()
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that holds s1_los_angeles/.",
)
@click.option(
    "--output", "-o", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the bundle."
)
@click.option(
    "--runs",
    default="runs",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of checkpoints and logs.",
)
def main(recipe: Path, data: Path, output: Path, runs: Path) -> None:
    """Distil the text tower, train the network and its yardsticks, write the bundle and its card.

    A run that was stopped goes on from its last checkpoint.

    \b
    Example:
      python -m sovs_map.training models/sovs-tiny/recipe.toml --data data -o models/sovs-tiny
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    started = time.monotonic()
    make_bundle(read_recipe(recipe), recipe, data=data, output=output, runs=runs)
    logging.getLogger(__name__).info("done in %.0f s", time.monotonic() - started)


if __name__ == "__main__":
    main()
