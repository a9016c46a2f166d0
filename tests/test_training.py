"""Training: losses by hand, vocabularies without contradiction, and a loop that learns and resumes."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from sovs_map.network.alignment import Words
from sovs_map.network.encoder import EncoderConfig, View
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextConfig, TextTower, encode, encode_alone, tokenize
from sovs_map.taxonomy import load_lexicon, phrases_of
from sovs_map.training.batch import Batch, join
from sovs_map.training.calibration import fit_temperatures
from sovs_map.training.evaluation import (
    Tiling,
    answer,
    calibration_error,
    confusion,
    harmonic_mean,
    intersection_over_union,
)
from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.loop import Schedule, load_checkpoint, run, save_checkpoint, start
from sovs_map.training.losses import attribute_loss, halve_labels, marginal_loss, query_loss, region_contrast
from sovs_map.training.mixing import mixed_cuts, real_chips
from sovs_map.training.objective import Emphasis, attribute_targets, objective_for, region_means
from sovs_map.training.progress import draw_curve, log_line
from sovs_map.training.real import Fragment, RealChips, coarsen
from sovs_map.training.recipe import read_recipe
from sovs_map.training.scene_set import closed_cut, read_scenes, regroup
from sovs_map.training.simulated import Pool, SimulatedChips
from sovs_map.training.syllabus import UNSEEN, every_word, full_syllabus, names_only, without_leaves
from sovs_map.training.vocabularies import Phrasebook, cut_of, draw_cut, material_cut

DATA = Path(__file__).parents[2] / "shared" / "data"
MODELS = Path(__file__).parents[1] / "models"
TINY = SovsNetConfig(EncoderConfig(stem=8, dims=(8, 8, 16, 16), depths=(1, 1, 1, 1), fused=16))

SYLLABUS = names_only(full_syllabus())
FIXED = [SYLLABUS.lesson(name) for name in ("any water", "vegetation", "cropland", "impervious", "bare")]


@pytest.fixture(scope="module")
def book():
    torch.manual_seed(0)
    return Phrasebook(TextTower(TextConfig(width=48, heads=3, layers=1)).eval())


def test_the_loss_of_a_coarse_label_is_that_of_its_classes_together():
    logits = torch.randn(1, 3)

    loss = marginal_loss(logits, torch.tensor([[True, True, False]]))

    torch.testing.assert_close(loss, -torch.log(logits.softmax(1)[0, :2].sum()))


@pytest.mark.parametrize("allowed", [[False, False, False], [True, True, True]])
def test_pixels_that_allow_no_class_or_every_class_teach_nothing(allowed):
    logits = torch.randn(4, 3, requires_grad=True)

    marginal_loss(logits, torch.tensor([allowed] * 4)).backward()

    assert logits.grad.abs().sum() == 0


def test_the_query_loss_says_nothing_where_a_class_is_neither_right_nor_wrong():
    logits = torch.tensor([[0.3, -2.0]], requires_grad=True)

    loss = query_loss(logits, torch.tensor([[True, False]]), torch.tensor([[False, False]]))
    loss.backward()

    error = -F.logsigmoid(torch.tensor(0.3))
    torch.testing.assert_close(loss.detach(), (1 - torch.exp(-error)) * error)
    assert logits.grad[0, 1] == 0


def test_a_perfect_answer_has_no_attribute_loss():
    wanted = torch.rand(20, 12)

    torch.testing.assert_close(attribute_loss(torch.logit(wanted), wanted), torch.tensor(0.0), atol=1e-6, rtol=0)
    assert attribute_loss(torch.logit(wanted) + 1, wanted) > 0.01


def test_region_contrast_is_least_where_each_region_lies_on_its_phrase():
    phrases = torch.eye(4)
    fits = torch.eye(4, dtype=torch.bool)

    assert region_contrast(phrases, phrases, fits) < 1e-3 < region_contrast(phrases.roll(1, 0), phrases, fits)


def test_region_means_are_those_of_their_pixels():
    vectors, labels = torch.randn(2, 5, 8, 8), torch.zeros(2, 8, 8, dtype=torch.int64)
    labels[0, :4], labels[1, :, :4] = 3, 7

    means, label = region_means(vectors, labels)

    assert label.tolist() == [3, 7]
    torch.testing.assert_close(means[0], F.normalize(vectors[0, :, :4].flatten(1).mean(1), dim=0))
    torch.testing.assert_close(means[1], F.normalize(vectors[1, :, :, :4].flatten(1).mean(1), dim=0))


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


@given(st.integers(0, 2**32 - 1))
def test_confidence_that_equals_the_rate_of_success_has_no_calibration_error(seed):
    draw = np.random.default_rng(seed)
    confidence = np.repeat(draw.uniform(0.1, 1, 15), 4000).astype(np.float32)

    correct = draw.random(confidence.size) < confidence

    assert calibration_error(confidence, correct) < 0.02
    assert calibration_error(confidence, np.zeros_like(correct)) == pytest.approx(confidence.mean(), abs=1e-4)


def test_the_harmonic_mean_is_that_of_rates():
    assert harmonic_mean(0.5, 0.25) == pytest.approx(1 / 3)
    assert harmonic_mean(0.0, 0.0) == 0


@given(st.integers(0, 2**32 - 1))
def test_no_class_of_a_cut_is_right_and_wrong_at_once_and_no_leaf_comes_twice(seed):
    cut = draw_cut(random.Random(seed), full_syllabus())  # noqa: S311 - no secret

    assert not (cut.right & cut.wrong).any()
    assert not (cut.sure & ~cut.right).any()
    assert (cut.sure[1:23] == cut.right[1:23]).all()
    assert (cut.right[1:23].sum(1) <= 1).all()
    assert len(cut.prompts) >= 3
    assert ((cut.right | cut.wrong)[1:23]).all()


def test_a_coarse_label_is_sure_of_a_class_that_holds_it_and_unsure_of_one_that_it_holds():
    syllabus = names_only(full_syllabus())
    vegetation, trees = syllabus.lesson("vegetation"), syllabus.lesson("tree cover")
    shrub_or_grass, house = LABEL_SETS.index(frozenset({7, 9})), LABEL_SETS.index(frozenset({12, 13}))

    cut = cut_of([vegetation], [("vegetation",)], unseen=frozenset())
    assert cut.sure[shrub_or_grass].tolist() == [True]
    cut = cut_of([syllabus.lesson("grassland"), trees], [("grassland",), ("trees",)], unseen=frozenset())
    assert (cut.right[shrub_or_grass].tolist(), cut.sure[shrub_or_grass].tolist()) == ([True, False], [False, False])
    cut = cut_of([syllabus.lesson("building")], [("building",)], unseen=frozenset())
    assert cut.sure[house].tolist() == [True]


def test_no_phrase_of_an_unseen_leaf_is_ever_taught():
    taught = set(every_word(without_leaves(full_syllabus(), UNSEEN)))

    assert not taught & set(phrases_of(UNSEEN))
    assert len(taught) > 2_000


def test_pixels_of_unseen_leaves_are_right_nowhere_and_wrong_nowhere():
    cut = draw_cut(random.Random(0), without_leaves(full_syllabus(), UNSEEN))  # noqa: S311 - no secret

    for index, label in enumerate(LABEL_SETS):
        if label & UNSEEN:
            assert not cut.right[index].any()
            assert not cut.wrong[index].any()
            assert attribute_targets(UNSEEN)[index].isnan().all()


def test_held_out_phrases_are_never_taught():
    held_out = {entry.phrase for entry in load_lexicon() if entry.is_held_out}

    assert not held_out & set(every_word(full_syllabus()))


def test_the_syllabus_of_names_calls_each_concept_one_name():
    assert all(len(lesson.words) == 1 for lesson in names_only(full_syllabus()).lessons)


def test_materials_of_one_description_are_one_class():
    cut = material_cut(["dark smooth", "bright points", "dark smooth"])

    assert cut.prompts == (("dark smooth",), ("bright points",))
    assert cut.right[FIRST_MATERIAL:].tolist() == [[True, False], [False, True], [True, False]]
    assert not cut.right[:FIRST_MATERIAL].any()
    assert not cut.wrong[:FIRST_MATERIAL].any()


def test_vocabularies_are_the_fixed_classes_as_often_as_told():
    draw, chance = mixed_cuts(full_syllabus(), FIXED, share=0.5), random.Random(0)  # noqa: S311 - no secret
    words = [{word for lesson in FIXED for word in lesson.words}] * len(FIXED)

    cuts = [draw(chance) for _ in range(200)]

    fixed = [
        cut
        for cut in cuts
        if len(cut.prompts) == len(FIXED) and all(set(p) <= w for p, w in zip(cut.prompts, words, strict=True))
    ]
    assert 70 < len(fixed) < 130
    assert all(cut.right[1].tolist() == [True, False, False, False, False] for cut in fixed)


def test_without_fixed_classes_every_vocabulary_is_a_random_cut():
    cut = mixed_cuts(full_syllabus(), (), share=1.0)(random.Random(0))  # noqa: S311 - no secret

    assert len(cut.prompts) >= 3


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
    objective = objective_for(SYLLABUS, book, cuts=cuts, count=1, emphasis=Emphasis(query=0, contrast=0))
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
    objective = objective_for(SYLLABUS, book, cuts=cuts, count=1, emphasis=Emphasis())
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
