"""Training: chips, and a loop that learns and resumes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sovs_map.network.alignment import Words
from sovs_map.network.encoder import EncoderConfig, View
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextConfig, TextTower, encode, encode_alone, tokenize
from sovs_map.taxonomy import load_lexicon
from sovs_map.training.batch import Batch, join
from sovs_map.training.calibration import fit_temperatures
from sovs_map.training.evaluation import (
    Tiling,
    answer,
    confusion,
    intersection_over_union,
)
from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.loop import Schedule, load_checkpoint, run, save_checkpoint, start
from sovs_map.training.mixing import mixed_cuts, real_chips
from sovs_map.training.objective import Emphasis, objective_for
from sovs_map.training.pool import Pool
from sovs_map.training.progress import draw_curve, log_line
from sovs_map.training.real import Fragment, RealChips, coarsen
from sovs_map.training.recipe import read_recipe
from sovs_map.training.scene_set import closed_cut, read_scenes, regroup
from sovs_map.training.simulated import SimulatedChips
from sovs_map.training.syllabus import full_syllabus, names_only
from sovs_map.training.vocabularies import Phrasebook

DATA = Path(__file__).parents[2] / "shared" / "data"
MODELS = Path(__file__).parents[1] / "models"
TINY = SovsNetConfig(EncoderConfig(stem=8, dims=(8, 8, 16, 16), depths=(1, 1, 1, 1), fused=16))

SYLLABUS = names_only(full_syllabus())
LABELLED = 40_000
FIXED = [SYLLABUS.lesson(name) for name in ("any water", "vegetation", "cropland", "impervious", "bare")]


@pytest.fixture(scope="module")
def book():
    torch.manual_seed(0)
    return Phrasebook(TextTower(TextConfig(width=48, heads=3, layers=1)).eval())


def test_groups_of_classes_are_those_that_hold_their_labels():
    scenes = read_recipe(MODELS / "sovs-tiny" / "recipe.toml").scenes

    assert regroup(np.arange(8), scenes).tolist() == [0, 1, 1, 2, 3, 3, 4, 4]


def test_coarser_pixels_hold_the_mean_power_and_labels_that_agree():
    db = np.full((1, 4, 4), -10, np.float32)
    db[0, 0, 0] = 0
    labels = np.ones((4, 4), np.uint8)
    labels[3, 3] = 2

    coarse, kept = coarsen(db, labels)

    assert coarse[0, 0, 0] == pytest.approx(10 * np.log10((1 + 3 * 0.1) / 4))
    assert kept.tolist() == [[1, 1], [1, 0]]


def training_of(steps, book, seed=0):
    torch.manual_seed(seed)
    schedule = Schedule(steps=steps, sides=(64, 96), pixels=4 * 64**2, learning_rate=5e-3, warm=1000)
    chips = SimulatedChips(Pool(size=2, refresh=50), device=torch.device("cpu"))
    cuts = mixed_cuts(SYLLABUS, FIXED, share=1)
    objective = objective_for(
        SYLLABUS, book, cuts=cuts, count=1, emphasis=Emphasis(query=0, contrast=0), labelled=LABELLED
    )
    training = start(SovsNet(TINY), schedule, device=torch.device("cpu"))

    def draw(chance, step, side):
        return chips.draw(chance, step, count=max(1, schedule.pixels // side**2), side=side)

    return training, run(training, schedule, draw=draw, objective=objective)


def parcels(seed):
    """Return a scene of square parcels of five leaves, one for each class of FIXED, each 6 dB brighter, with speckle."""
    draw = np.random.default_rng(seed)
    which = draw.integers(0, 5, (8, 8)).repeat(32, 0).repeat(32, 1)
    power = 10 ** ((6.0 * which - 26) / 10) * draw.gamma(4, 1 / 4, (1, 256, 256))
    labels = np.array([1, 6, 10, 16, 18], np.uint8)[which]
    return Fragment("parcels", (10 * np.log10(power)).astype(np.float32), labels, ("VV",), True, 10.0)


def test_a_minute_of_training_beats_chance_by_far(book):
    schedule = Schedule(steps=150, sides=(64, 96), pixels=4 * 64**2, learning_rate=5e-3, warm=50)
    cuts = mixed_cuts(SYLLABUS, FIXED, share=1)
    objective = objective_for(SYLLABUS, book, cuts=cuts, count=1, emphasis=Emphasis(), labelled=LABELLED)
    torch.manual_seed(0)
    training = start(SovsNet(TINY), schedule, device=torch.device("cpu"))

    for _ in run(training, schedule, draw=real_chips(RealChips([parcels(0)]), pixels=4 * 64**2), objective=objective):
        pass

    words = book.words([lesson.words[:1] for lesson in FIXED])
    guess = answer(training.averaged.eval(), parcels(1), words, Tiling(96, 32)).winner
    iou = intersection_over_union(confusion([guess], [parcels(1).labels], [(1,), (6,), (10,), (16,), (18,)]))
    assert iou.min() > 0.5
    assert iou.mean() > 0.7


def test_a_stopped_training_goes_on_to_the_same_bits(tmp_path, book):
    whole, losses = training_of(6, Phrasebook(book.tower))
    undisturbed = list(losses)
    first, losses = training_of(6, Phrasebook(book.tower))
    begun = [next(losses) for _ in range(3)]
    save_checkpoint(first, tmp_path / "checkpoint.pt")

    second, losses = training_of(6, Phrasebook(book.tower), seed=99)
    load_checkpoint(second, tmp_path / "checkpoint.pt")

    assert begun + list(losses) == undisturbed
    for ours, theirs in zip(second.averaged.state_dict().values(), whole.averaged.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_a_vector_of_a_phrase_does_not_depend_on_what_is_asked_with_it(book):
    phrases = [entry.phrase for entry in load_lexicon()[:40]]

    together = Phrasebook(book.tower).vectors(phrases)

    alone = Phrasebook(book.tower)
    assert all(
        torch.equal(alone.vectors([phrase])[0], vector) for phrase, vector in zip(phrases, together, strict=True)
    )


def test_a_phrase_with_a_token_of_number_0_is_read_to_its_end(book):
    phrases = ["lake!(", "sea"]
    assert (tokenize(phrases[:1], context=16)[0, :4] == 0).any()

    torch.testing.assert_close(encode(book.tower, phrases), encode_alone(book.tower, phrases))


def test_joined_batches_keep_their_materials_apart():
    chips = SimulatedChips(Pool(size=6, refresh=1), device=torch.device("cpu"))
    batches = [chips.draw(np.random.default_rng(seed), 0, count=4, side=64) for seed in range(3)]

    batch = join(batches)

    assert len(batch.phrases) == sum(len(one.phrases) for one in batches)
    assert batch.labels.max() < FIRST_MATERIAL + len(batch.phrases)
    for index, start_at in enumerate(np.cumsum([0, *(len(one.phrases) for one in batches[:-1])])):
        part = batch.labels[4 * index : 4 * index + 4]
        named = part[part >= FIRST_MATERIAL]
        assert named.numel() == 0 or (named - FIRST_MATERIAL >= int(start_at)).all()
    assert (batch.image[(batch.view.present == 0)] == 0).all()


def test_temperatures_undo_what_made_probabilities_too_sure():
    chance = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(4, 3, 96, 96, generator=chance)
    truth = torch.multinomial(logits.softmax(1).permute(0, 2, 3, 1).reshape(-1, 3), 1, generator=chance)
    labels = (truth.reshape(4, 96, 96) + 1).repeat_interleave(2, 1).repeat_interleave(2, 2)
    view = View(torch.ones(4, 3), torch.ones(4, 3), torch.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 1.0]] * 2))
    model = SovsNet(TINY)
    model.maps = lambda _image, _words, seen: (
        logits
        * torch.where(seen.conditions[:, 2] > 0.5, 3.0, 1.5)[:, None, None, None]
        / model.temperatures[(seen.conditions[:, 2] > 0.5).long()][:, None, None, None]
    )
    right = torch.zeros(FIRST_MATERIAL, 3, dtype=torch.bool)
    right[[1, 2, 3], [0, 1, 2]] = True

    fit_temperatures(model, [Batch(logits, view, labels)], Words(logits, logits, labels, 3), right)

    assert model.temperatures.tolist() == pytest.approx([1.5, 3.0], rel=0.06)


def test_the_log_becomes_a_curve(tmp_path):
    for step in (100, 200):
        log_line(tmp_path / "log.jsonl", step=step, loss=1 / step, seconds=1.0)

    draw_curve(tmp_path / "log.jsonl", tmp_path / "curve.png")

    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["sovs-tiny", "sovs-base"])
def test_the_shipped_recipe_can_be_read(name):
    recipe = read_recipe(MODELS / name / "recipe.toml")

    assert all(side % 32 == 0 for side in recipe.schedule.sides)
    assert recipe.schedule.steps > recipe.schedule.warm
    assert replace(recipe, name="other").name == "other"


@pytest.mark.skipif(
    not (DATA / "s1_los_angeles").exists(), reason="the real data lies beside the repository, and is not here"
)
def test_real_chips_have_their_median_at_the_reference_level():
    scenes = read_recipe(MODELS / "sovs-tiny" / "recipe.toml").scenes
    fragments = read_scenes(scenes, DATA, split="val")

    batch = RealChips(fragments).draw(np.random.default_rng(0), count=6, side=64)

    assert len(fragments) == 6
    assert all(abs(np.median(fragment.db) + 18) < 0.01 for fragment in fragments)
    assert {one.label for one in scenes.classes} == set(np.unique([f.labels for f in fragments])) - {0}
    assert batch.image.shape == (6, 1, 64, 64)
    assert batch.labels.max() < len(LABEL_SETS)
    assert closed_cut(scenes).right.sum(1).max() == 1
