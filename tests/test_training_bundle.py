"""From a recipe and a few small scenes to a bundle that maps, by the command line, and on from where it stopped."""

import json

import numpy as np
import open_clip
import pytest
import torch
from click.testing import CliRunner
from conftest import make_scene, speckled_power
from torch.nn import functional as F

from sovs_map import map_scene
from sovs_map.cli import cli
from sovs_map.network.bundle import load_bundle
from sovs_map.training.phrases import general_english, lexicon_phrases, training_entries

PHRASES = 34_000
"""More than there are single words, so that some phrases of several are kept for tests."""

RECIPE = f"""
name = "tiny"
licence = "CC0-1.0"
description = 'Made by a "test".'
spacing_m = [5, 30]
tile = 96
overlap = 32
real_share = 0.5
fixed_share = 0.5
cuts = 1

[scenes]
folder = "bay"
pictures = "*-vv.tif"
labels = "{{stem}}-truth.tif"
splits = "splits.csv"
credit = "Made in a test."

[scenes.classes]
"sea" = {{ codes = [1], concepts = ["permanent water"] }}
"wood" = {{ codes = [2], concepts = ["tree cover"] }}

[network]
stem = 4
dims = [8, 8, 8, 8]
depths = [1, 1, 1, 1]
expansion = 1
fused = 8

[schedule]
steps = 2
sides = [64]
pixels = 8192
warm = 1

[yardstick]
steps = 2
sides = [64]
pixels = 8192

[pool]
size = 1

[calibration]
landscapes = 1
batches = 4
chips = 4
side = 64
cuts = 2

[trial]
scenes = 2
water_scenes = 1
side = 96

[distillation]
phrases = {PHRASES}
steps = 2
batch = 16
settling = 2

[distillation.config]
width = 16
heads = 2
layers = 1
shared_dim = 8
"""


CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 64, "patch_size": 16, "layers": 2, "width": 16, "head_width": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write recipe, two scenes of different shape, and in place of a teacher's vectors random ones."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "data" / "bay").mkdir(parents=True)
    for seed, (stem, cols) in enumerate((("north-vv", 112), ("south-vv", 96))):
        power = speckled_power((1, 100, cols), seed=seed)
        power[:, :50] /= 20
        codes = np.repeat(np.array([1, 2], np.uint8), 50)[None, :, None].repeat(cols, 2)
        make_scene(folder / "data" / "bay" / f"{stem}.tif", 10 * np.log10(power), units=["dB"], descriptions=["VV"])
        make_scene(folder / "data" / "bay" / f"{stem}-truth.tif", codes)
    (folder / "data" / "bay" / "splits.csv").write_text("scene,split\nnorth-vv,train\nsouth-vv,val\n")
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "runs").mkdir()
    english = general_english(PHRASES, seed=0)
    entries = [entry.phrase for entry in training_entries()]
    phrases = list(dict.fromkeys([*english.distilled, *english.kept, *lexicon_phrases(), *entries]))
    vectors = F.normalize(torch.randn(len(phrases), 384, generator=torch.Generator().manual_seed(0)), dim=1)
    torch.save({"phrases": phrases, "vectors": vectors.half()}, folder / "runs" / "teacher.pt")
    return folder


def train(folder, output, recipe="recipe.toml", runs="runs"):
    places = ["--data", folder / "data", "-o", folder / output, "--runs", folder / runs]
    options = ["train", folder / recipe, *places, "--device", "cpu", "-q"]
    return CliRunner().invoke(cli, [str(option) for option in options], catch_exceptions=False)


@pytest.fixture(scope="module")
def trained(folder):
    result = train(folder, "tiny")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{folder / 'tiny'}\n"
    return folder / "tiny"


def test_a_bundle_is_made_from_nothing_but_a_recipe_and_scenes(folder, trained):
    bundle = load_bundle(trained)

    assert (bundle.name, bundle.description, bundle.spacing_m) == ("tiny", 'Made by a "test".', (5.0, 30.0))
    assert bundle.network.encoder.dims == (8, 8, 8, 8)
    assert bundle.text.width == 16
    assert (trained / "recipe.toml").read_text() == RECIPE
    assert (folder / "runs" / "tiny" / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_the_bundle_maps_a_scene(trained, tmp_path):
    scene = make_scene(
        tmp_path / "bay.tif", 10 * np.log10(speckled_power((2, 120, 150))), units=["dB"] * 2, descriptions=["VV", "VH"]
    )

    result = map_scene(scene, classes="sea, wood, town", output=tmp_path / "maps", model=str(trained), device="cpu")

    assert sum(pixels for _, pixels in result.areas) == 120 * 150


def test_the_card_tells_all_figures(trained):
    card = (trained / "README.md").read_text()

    for told in (
        "# tiny", "Made by a", "Made in a test.", "1 real scenes", "| sea |", "| wood |", "closed set | random forest",
        "Held-out synonyms", "2 scenes of unseen seeds, 96 x 96", "| 8 bits instead of dB |", "| L |", "| permanent water |",
        "Spearman", "Meant for pixels of 5 to 30 m",
    ):  # fmt: skip
        assert told in card


def test_the_same_command_makes_the_same_bundle_of_what_is_kept(folder, trained):
    made = [(folder / "runs" / name).stat().st_mtime_ns for name in ("tower.pt", "tiny/checkpoint.pt")]

    assert train(folder, "again").exit_code == 0

    assert [(folder / "runs" / name).stat().st_mtime_ns for name in ("tower.pt", "tiny/checkpoint.pt")] == made
    for name in ("network.safetensors", "text.safetensors", "bundle.toml"):
        assert (folder / "again" / name).read_bytes() == (trained / name).read_bytes()
    cards = [(bundle / "README.md").read_text() for bundle in (trained, folder / "again")]
    assert cards[0] == cards[1]


def test_a_recipe_of_clip_makes_a_bundle_and_names_it_in_the_card(folder):
    (folder / "small-clip.json").write_text(json.dumps(CLIP))
    open_clip.add_model_config(folder / "small-clip.json")
    torch.manual_seed(0)
    torch.save(open_clip.create_model("small-clip").state_dict(), folder / "clip.bin")
    table = f'[clip]\nmodel = "small-clip"\npretrained = "{folder / "clip.bin"}"\nstem = 4\nguide = 8\n'
    (folder / "clip.toml").write_text(RECIPE[: RECIPE.index("[distillation]")].replace('"tiny"', '"clip"') + table)

    refused = train(folder, "clip", "clip.toml")
    result = train(folder, "clip", "clip.toml", "clip-runs")

    assert refused.exit_code == 2
    assert "--runs" in refused.stderr
    assert result.exit_code == 0
    assert load_bundle(folder / "clip").network.encoder.patch == 16
    assert "The text tower is CLIP's, small-clip" in (folder / "clip" / "README.md").read_text()
