"""The large variant: CLIP's towers under our decoder, loaded, tuned, kept and used, with a tiny random CLIP."""

import copy
import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from conftest import make_scene, speckled_power
from safetensors.torch import save_file
from torch.nn import functional as F

from sovs_map import map_scene
from sovs_map.errors import BundleError, OptionError
from sovs_map.network.alignment import Words
from sovs_map.network.bundle import load_bundle, load_network, load_tower
from sovs_map.network.clip_encoder import radar_picture
from sovs_map.network.encoder import POLARISATIONS, EncoderConfig, View
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import encode, tokenize
from sovs_map.training.batch import Batch
from sovs_map.training.clip_weights import ClipRecipe, load_clip
from sovs_map.training.loop import Schedule, run, start
from sovs_map.training.mixing import mixed_cuts
from sovs_map.training.objective import Emphasis, objective_for
from sovs_map.training.parameter_groups import CLIP_RATE, parameter_groups
from sovs_map.training.recipe import Recipe, read_recipe
from sovs_map.training.syllabus import full_syllabus
from sovs_map.training.vocabularies import Phrasebook
from sovs_map.training.writing import write_bundle

MODELS = Path(__file__).parents[1] / "models"
SHAPE = {
    "embed_dim": 32,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 64, "patch_size": 16, "layers": 3, "width": 32, "head_width": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
SCHEDULE = Schedule(steps=3, sides=(64,), pixels=8192, learning_rate=0.05, warm=2)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Return open_clip's own model of the tiny shape, with random weights."""
    shape = tmp_path_factory.mktemp("shape") / "tiny-clip.json"
    shape.write_text(json.dumps(SHAPE))
    open_clip.add_model_config(shape)
    torch.manual_seed(0)
    return open_clip.create_model("tiny-clip").eval()


@pytest.fixture(scope="module")
def weights(clip, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "open_clip_pytorch_model.bin"
    torch.save(clip.state_dict(), path)
    return path


@pytest.fixture
def parts(weights):
    torch.manual_seed(0)
    return load_clip(ClipRecipe("tiny-clip", str(weights), stem=8, guide=16))


@pytest.fixture(scope="module")
def trained(weights):
    """Return the training of a network, its weights before it, and the tower."""
    torch.manual_seed(0)
    parts = load_clip(ClipRecipe("tiny-clip", str(weights), stem=8, guide=16))
    before = {name: value.clone() for name, value in parts.network.state_dict().items()}
    syllabus = full_syllabus()
    objective = objective_for(
        syllabus,
        Phrasebook(parts.tower),
        cuts=mixed_cuts(syllabus, (), share=0.0),
        count=1,
        emphasis=Emphasis(),
        labelled=SCHEDULE.labelled,
    )
    training = start(parts.network, SCHEDULE, device=torch.device("cpu"))
    losses = list(run(training, SCHEDULE, draw=lambda chance, _, side: made_batch(chance, side), objective=objective))
    assert np.isfinite(losses).all()
    return training, before, parts.tower


def made_batch(chance, side):
    labels = torch.from_numpy(chance.integers(1, 23, (2, 4, 4))).repeat_interleave(side // 4, 1)
    labels = labels.repeat_interleave(side // 4, 2)
    noise = torch.from_numpy(chance.normal(0, 0.3, (2, 2, side, side))).float()
    return Batch(labels[:, None] / 10 - 1 + noise, make_view("VV", "VH", n=2), labels)


def make_view(*names, n=1):
    kinds = torch.tensor([[POLARISATIONS.index(name) for name in names]] * n)
    return View(kinds, torch.ones(n, len(names)), torch.tensor([[1.0, 0.0, 1.0]] * n))


def words_of(tower, phrases):
    vectors = encode(tower, phrases)
    return Words(vectors, tower.attributes(vectors), torch.arange(len(phrases)), len(phrases))


@torch.no_grad()
def dense_by_open_clip(clip, picture):
    """Return CLIP's vectors of patches by open_clip's own modules, the last block without attention."""
    visual = clip.visual
    middle = visual.forward_intermediates(picture, indices=[1], output_fmt="NLC", intermediates_only=True)
    x, block = middle["image_intermediates"][0], visual.transformer.resblocks[-1]
    width = x.shape[-1]
    values = F.linear(block.ln_1(x), block.attn.in_proj_weight[2 * width :], block.attn.in_proj_bias[2 * width :])
    x = x + block.attn.out_proj(values)
    x = x + block.mlp(block.ln_2(x))
    return (visual.ln_post(x) @ visual.proj).transpose(1, 2).unflatten(2, (4, 4))


@torch.inference_mode()
def test_an_untrained_network_answers_with_the_cosines_of_clip(clip, parts):
    image, view, phrases = torch.randn(1, 2, 64, 64), make_view("VV", "VH"), ["open water", "a pine forest"]
    dense = F.normalize(dense_by_open_clip(clip, radar_picture(image, view)), dim=1)
    meant = F.normalize(clip.encode_text(tokenize(phrases, context=16)), dim=1)

    seen = parts.network.eval().see(image, view)

    fine = F.normalize(F.interpolate(dense, scale_factor=4, mode="bilinear"), dim=1)
    torch.testing.assert_close(words_of(parts.tower, phrases).phrases, meant)
    torch.testing.assert_close(seen.vectors, fine, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(parts.network.log_scale.exp(), clip.logit_scale.exp())


@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_weights_are_read_from_files_of_either_kind(clip, weights, tmp_path, ending):
    path = tmp_path / f"weights{ending}"
    if ending == ".pt":
        torch.save({"state_dict": {f"module.{name}": value for name, value in clip.state_dict().items()}}, path)
    else:
        save_file(clip.state_dict(), path)

    first, second = (load_clip(ClipRecipe("tiny-clip", str(file))) for file in (weights, path))

    for ours, theirs in zip(
        first.network.encoder.tower.parameters(), second.network.encoder.tower.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_training_changes_queries_values_positions_and_what_is_ours(trained):
    training, before, _ = trained

    after = training.model.state_dict()

    of_clip = {
        name for name in after if name.startswith("encoder.tower.") and not torch.equal(after[name], before[name])
    }
    assert of_clip == {
        "encoder.tower.positional_embedding",
        "encoder.tower.resblocks.0.q.weight",
        "encoder.tower.resblocks.1.q.weight",
        *(f"encoder.tower.resblocks.{index}.v.weight" for index in range(3)),
    }
    ours = [name for name, _ in training.model.named_parameters() if not name.startswith("encoder.tower.")]
    unchanged = {name for name in ours if torch.equal(after[name], before[name])}
    assert {name.split(".")[0] for name in unchanged} <= {"encoder"}
    assert not {name for name in unchanged if not name.startswith("encoder.stem.polarisation")}


def test_frozen_weights_get_no_gradient_and_no_place_in_the_optimiser(trained):
    training, _, tower = trained
    frozen = [weight for weight in training.model.parameters() if not weight.requires_grad]

    assert frozen
    assert all(weight.grad is None for weight in [*frozen, *tower.parameters()])
    held = {id(weight) for group in training.optimiser.param_groups for weight in group["params"]}
    assert held == {id(weight) for weight in training.model.parameters() if weight.requires_grad}


def test_clip_is_tuned_at_a_hundredth_of_the_rate(parts):
    training = start(parts.network, SCHEDULE, device=torch.device("cpu"))

    decayed, plain, clip = training.optimiser.param_groups

    assert decayed["weight_decay"] == SCHEDULE.weight_decay
    assert plain["weight_decay"] == clip["weight_decay"] == 0
    assert decayed["lr"] == plain["lr"] == pytest.approx(clip["lr"] / CLIP_RATE)
    assert clip["max_lr"] == pytest.approx(CLIP_RATE * SCHEDULE.learning_rate)


def test_a_network_without_clip_has_two_groups_and_all_its_weights():
    model = SovsNet(SovsNetConfig(EncoderConfig(stem=8, dims=(8, 8, 16, 16), depths=(1, 1, 1, 1), fused=16)))

    decayed, plain = parameter_groups(model, learning_rate=1.0, weight_decay=0.5)

    assert [id(w) for w in decayed["params"]] == [id(w) for w in model.parameters() if w.ndim >= 2]
    assert [id(w) for w in plain["params"]] == [id(w) for w in model.parameters() if w.ndim < 2]
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.5, 0.0)


@pytest.fixture
def bundle(trained, tmp_path):
    training, _, tower = trained
    recipe = Recipe(
        name="tiny-base",
        licence="MIT",
        description="CLIP of a test.",
        spacing_m=(5.0, 20.0),
        tile=64,
        overlap=16,
        real_share=0.5,
        fixed_share=0.5,
        cuts=1,
        schedule=SCHEDULE,
        yardstick=SCHEDULE,
        text=ClipRecipe(),
        scenes=read_recipe(MODELS / "sovs-base" / "recipe.toml").scenes,
    )
    write_bundle(tmp_path / "tiny-base", training.averaged.eval(), tower, recipe)
    return load_bundle(tmp_path / "tiny-base")


@torch.inference_mode()
def test_a_bundle_gives_back_the_logits_that_its_network_gave(trained, bundle):
    network, tower = copy.deepcopy(trained[0].averaged).half().float().eval(), trained[2]
    image, view, phrases = torch.randn(2, 2, 64, 96), make_view("VV", "VH", n=2), ["water", "city", "forest"]

    again = load_network(bundle)(image, words_of(load_tower(bundle), phrases), view)

    given = network(image, words_of(copy.deepcopy(tower).half().float(), phrases), view)
    torch.testing.assert_close(again, given, rtol=1e-4, atol=1e-4)
    assert bundle.network == network.config
    assert bundle.text == tower.config


def test_a_scene_is_mapped_with_a_base_bundle(bundle, tmp_path):
    db = 10 * np.log10(speckled_power((1, 96, 128)))
    scene = make_scene(tmp_path / "bay.tif", db, units=["dB"], descriptions=["VH"])

    result = map_scene(scene, classes="water, city", output=tmp_path / "maps", model=str(bundle.folder), device="cpu")

    assert sum(pixels for _, pixels in result.areas) == 96 * 128


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "clip"', 'kind = "resnet"', "encoder.kind"),
        ("stride = 16", "stride = 12", "4, 8, 16 or 32"),
        ("output_dim = 32", "output_dim = 64", "text.shared_dim, 32"),
        ("heads = 2", "heads = 3", "a divisor of"),
        ("quick_gelu = true", "quick_gelu = 1", "true or false"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(bundle, old, new, says):
    description = bundle.folder / "bundle.toml"
    description.write_text(description.read_text().replace(old, new, 1))

    with pytest.raises(BundleError, match=says):
        load_bundle(bundle.folder)


@pytest.mark.parametrize(
    ("model", "pretrained"),
    [
        ("tiny-clip", "nowhere/weights.bin"),
        ("tiny-clip", "no_such_weights"),
        ("ViT-B-16", ""),
        ("no-such-model", "weights"),
    ],
)
@pytest.mark.usefixtures("clip")
def test_weights_that_cannot_be_had_are_refused_with_what_to_type(model, pretrained):
    with pytest.raises(OptionError, match=r"hf download .* pretrained = "):
        load_clip(ClipRecipe(model, pretrained))


def test_a_model_that_is_not_a_plain_transformer_is_refused(tmp_path):
    shape = SHAPE | {"vision_cfg": SHAPE["vision_cfg"] | {"ls_init_value": 0.1}}
    (tmp_path / "scaled-clip.json").write_text(json.dumps(shape))
    open_clip.add_model_config(tmp_path / "scaled-clip.json")
    torch.save(open_clip.create_model("scaled-clip").state_dict(), tmp_path / "scaled.pt")

    with pytest.raises(OptionError, match="ViT-B-16"):
        load_clip(ClipRecipe("scaled-clip", str(tmp_path / "scaled.pt")))
