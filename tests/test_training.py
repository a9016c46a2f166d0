"""Training: physics of the simulator, losses by hand, and a loop that learns and resumes."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.chips import RealChips, SimulatedChips, collate, read_fragments
from sovs_map.training.evaluation import confusion, eight_cut, intersection_over_union
from sovs_map.training.ground import Ground, fractal, make_ground
from sovs_map.training.loop import Schedule, load_checkpoint, run, save_checkpoint, start
from sovs_map.training.losses import halve_labels, marginal_loss
from sovs_map.training.recipe import read_recipe
from sovs_map.training.sensing import clip_to_8_bits, observe, sentinel_1
from sovs_map.training.vocabularies import LABEL_SETS, compatible, draw_cut

DATA = Path(__file__).parents[2] / "shared" / "data" / "s1_los_angeles"
TINY = SovsNetConfig(EncoderConfig(stem=8, dims=(8, 8, 16, 16), depths=(1, 1, 1, 1), fused=16))


def flat_ground(leaf, side=200):
    shape = (side, side)
    relief = fractal(np.random.default_rng(0), shape, slope=2.0).astype(np.float32)
    return Ground(np.full(shape, leaf, np.uint8), np.zeros(shape, np.int32), relief, np.zeros(shape, bool))


def brightness(leaf):
    draw = np.random.default_rng(1)
    db = observe(draw, flat_ground(leaf), sentinel_1(draw))
    return 10 * np.log10((10 ** (db / 10)).mean((1, 2)))


def test_classes_are_ordered_as_radar_sees_them():
    levels = [brightness(leaf)[0] for leaf in (1, 17, 18, 9, 6, 11)]

    assert levels == sorted(levels)
    assert brightness(6)[0] - brightness(6)[1] == pytest.approx(5.6, abs=0.5)


def test_noise_adds_to_calm_water_in_power():
    assert brightness(1)[1] == pytest.approx(10 * np.log10(10**-2.7 + 10**-2.6), abs=0.3)


def test_speckle_of_even_ground_has_the_looks_asked_for():
    draw = np.random.default_rng(2)
    water = 10 ** (observe(draw, flat_ground(1), sentinel_1(draw))[0] / 10)
    signal, noise = 10**-2.0, 10**-2.6

    looks = (water.mean() / water.std()) ** 2

    assert looks == pytest.approx(4.4 * (signal + noise) ** 2 / (signal**2 + noise**2), rel=0.1)


def test_clipping_keeps_the_order_and_leaves_256_steps():
    db = np.random.default_rng(0).normal(-12, 5, (1, 100, 100)).astype(np.float32)

    clipped = clip_to_8_bits(db)

    assert len(np.unique(clipped)) <= 255
    assert (np.diff(clipped.ravel()[np.argsort(db.ravel())]) >= 0).all()


def test_landscapes_hold_water_woods_fields_and_towns_when_asked():
    leaf = make_ground(np.random.default_rng(0), (512, 512), everything=True).leaf

    assert {1, 10, 12} <= set(np.unique(leaf))
    assert leaf.min() >= 1
    assert leaf.max() <= 22


def test_cuts_share_no_leaf():
    for seed in range(200):
        cut = draw_cut(random.Random(seed), load_taxonomy())  # noqa: S311 - no secret
        leaves = [leaf for concept in cut.concepts for leaf in concept.leaves]

        assert len(leaves) == len(set(leaves))
        assert len(cut.concepts) >= 3
        assert all(set(words) <= set(c.words) for c, words in zip(cut.concepts, cut.prompts, strict=True))


def test_the_loss_of_a_coarse_label_is_that_of_its_classes_together():
    logits = torch.randn(1, 3, 1, 1)
    allowed = torch.tensor([[False, False, False], [True, True, False]])

    loss = marginal_loss(logits, torch.ones(1, 1, 1, dtype=torch.long), allowed, torch.ones(2))

    torch.testing.assert_close(loss, -torch.log(logits.softmax(1)[0, :2, 0, 0].sum()))


def test_unlabelled_pixels_teach_nothing():
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    allowed = compatible(eight_cut())[:, :3]

    marginal_loss(logits, torch.zeros(1, 2, 2, dtype=torch.long), allowed, torch.ones(len(LABEL_SETS))).backward()

    assert logits.grad.abs().sum() == 0


def test_halved_labels_are_those_that_four_pixels_share():
    labels = torch.tensor([[[1, 1, 2, 2], [1, 1, 2, 3]]])

    assert halve_labels(labels).tolist() == [[[1, 0]]]


def test_intersection_over_union_equals_counting():
    draw = np.random.default_rng(0)
    truth, guess = draw.integers(0, 4, (50, 50)).astype(np.uint8), draw.integers(0, 3, (50, 50))

    iou = intersection_over_union(confusion([guess], [truth], [(1,), (2,), (3,)]))

    known = truth > 0
    expected = [
        ((truth == i + 1) & (guess == i)).sum() / (((truth == i + 1) | (guess == i)) & known).sum() for i in range(3)
    ]
    np.testing.assert_allclose(iou, expected)


def training_of(steps, seed=0):
    torch.manual_seed(seed)
    schedule = Schedule(steps=steps, batch=4, learning_rate=5e-3)
    chips = SimulatedChips(np.random.default_rng(0), landscapes=2, side=64)
    generator = torch.Generator().manual_seed(0)
    words = dict.fromkeys(word.lower() for concept in load_taxonomy().concepts for word in concept.words)
    vectors = {word: torch.nn.functional.normalize(torch.randn(64, generator=generator), dim=0) for word in words}
    vectors |= {
        prompt.lower(): vectors["water"]
        for prompts in eight_cut().prompts
        for prompt in prompts
        if prompt not in vectors
    }
    training = start(SovsNet(TINY), schedule)
    return training, run(training, schedule, sources=(chips.draw,), cuts=lambda _: eight_cut(), vectors=vectors)


def test_a_minute_of_training_beats_chance_by_far():
    _, losses = training_of(100)

    values = list(losses)

    assert np.median(values[-30:]) < 0.75 * np.log(8)


def test_a_stopped_training_goes_on_to_the_same_bits(tmp_path):
    whole, losses = training_of(6)
    undisturbed = list(losses)
    first, losses = training_of(6)
    begun = [next(losses) for _ in range(3)]
    save_checkpoint(first, tmp_path / "checkpoint.pt")

    second, losses = training_of(6, seed=99)
    load_checkpoint(second, tmp_path / "checkpoint.pt")

    assert begun + list(losses) == undisturbed
    for ours, theirs in zip(second.averaged.state_dict().values(), whole.averaged.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_the_shipped_recipe_can_be_read():
    recipe = read_recipe(Path(__file__).parents[1] / "models" / "sovs-tiny" / "recipe.toml")

    assert recipe.side % 32 == 0
    assert recipe.schedule.steps > 0


@pytest.mark.skipif(not DATA.exists(), reason="the real data lies beside the repository, and is not here")
def test_real_chips_have_their_median_at_the_reference_level():
    fragments = read_fragments(DATA, split="val")
    chips = RealChips(fragments, side=64)

    batch = collate([chips.draw(np.random.default_rng(seed)) for seed in range(6)])

    assert len(fragments) == 6
    assert all(abs(np.median(fragment.db) + 18) < 0.01 for fragment in fragments)
    assert batch.image.shape == (6, 1, 64, 64)
    assert batch.labels.max() < len(LABEL_SETS)
