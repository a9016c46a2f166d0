"""The recipe of the large variant, as it is shipped: without weights."""

import tomllib
from pathlib import Path

import open_clip
import pytest
from click.testing import CliRunner

from sovs_map.cli import cli
from sovs_map.errors import BundleError
from sovs_map.network.bundle import load_bundle
from sovs_map.training.clip_weights import ClipRecipe

MODELS = Path(__file__).parents[1] / "models"


def test_the_shipped_recipe_names_a_clip_that_open_clip_knows():
    recipe = ClipRecipe(**tomllib.loads((MODELS / "sovs-base" / "recipe.toml").read_text())["clip"])

    assert (recipe.model, recipe.pretrained) in open_clip.list_pretrained()


def test_the_recipe_is_listed_and_cannot_be_mapped_with():
    listed = CliRunner().invoke(cli, ["models"]).stdout

    assert "sovs-base  (recipe only, train it: sovs-map train" in listed
    assert "sovs-base" not in CliRunner().invoke(cli, ["models", "--json"]).stdout
    for model in ("sovs-base", MODELS / "sovs-base"):
        with pytest.raises(
            BundleError, match=r"recipe without weights; train it with: sovs-map train .*sovs-base/recipe.toml"
        ):
            load_bundle(model)
