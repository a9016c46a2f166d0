"""The examination on simulated scenes: changes of the input, groups, handicaps, and the numbers of invented materials."""

import random
from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sovs_map.network.alignment import Words
from sovs_map.network.encoder import View
from sovs_map.training.evaluation import Tiling, answer, confusion
from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.pool import make_landscape
from sovs_map.training.real import Fragment
from sovs_map.training.simulated import picture
from sovs_map.training.simulator.compose import crop
from sovs_map.training.simulator.landscape import SLOTS, Landscape
from sovs_map.training.simulator.sensors import draw_sensors
from sovs_map.training.trial import (
    DRY,
    GROUPS,
    LEAVES,
    WET,
    TrialPlan,
    as_8_bits,
    join_groups,
    only_band,
    trial_scenes,
)
from sovs_map.training.unseen import Handicap, Unseen

CPU = torch.device("cpu")


def made_scene(seed=0):
    draw = np.random.default_rng(seed)
    db = draw.normal([[[-12.0]], [[-19.0]]], 3, (2, 64, 80)).astype(np.float32)
    labels = draw.integers(0, 23, (64, 80)).astype(np.uint8)
    return Fragment("made", db, labels, ("VV", "VH"), calibrated=True, spacing_m=10.0)


@given(st.integers(0, 2**32 - 1))
def test_joined_groups_are_those_of_joined_labels(seed):
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 24, (30, 30)).astype(np.uint8)
    guess = draw.integers(0, len(LEAVES), (30, 30))
    owner = np.array([index for index, (_, leaves) in enumerate(GROUPS) for _ in leaves])

    joined = join_groups(confusion([guess], [truth], [(leaf,) for leaf in LEAVES]))

    np.testing.assert_array_equal(joined, confusion([owner[guess]], [truth], [leaves for _, leaves in GROUPS]))


def test_every_label_is_wet_or_dry_or_tells_neither():
    neither = set(range(len(LABEL_SETS))) - {*WET, *DRY}

    assert not set(WET) & set(DRY)
    assert {1, 2} <= set(WET)
    assert set(range(3, 23)) <= set(DRY)
    assert all(
        not LABEL_SETS[label] or (LABEL_SETS[label] & {1, 2} and LABEL_SETS[label] - {1, 2}) for label in neither
    )


@pytest.mark.parametrize("index", [0, 1])
def test_one_band_of_a_scene_keeps_its_name_and_its_values(index):
    scene = made_scene()

    alone = only_band(scene, index)

    assert alone.polarisations == (("VV", "VH")[index],)
    np.testing.assert_array_equal(alone.db[0], scene.db[index])
    assert alone.labels is scene.labels


def test_8_bits_lose_the_gain_and_the_brightest_and_little_else():
    scene = made_scene()
    louder = Fragment(
        "louder", scene.db + np.float32(7), scene.labels, scene.polarisations, calibrated=True, spacing_m=10
    )

    told, again = as_8_bits(scene), as_8_bits(louder)

    assert not told.calibrated
    np.testing.assert_allclose(told.db, again.db, atol=0.2)
    top = np.quantile(scene.db, 0.99, axis=(1, 2), keepdims=True)
    middle = (scene.db < top) & (scene.db > top - 20)
    error = (told.db - scene.db) - np.median(told.db - scene.db, axis=(1, 2), keepdims=True)
    assert np.abs(error[middle]).max() < 0.6
    assert (told.db[scene.db > top + 0.1] <= told.db.max(axis=(1, 2)).max()).all()


def test_scenes_of_the_examination_are_of_two_polarisations_and_the_same_each_time():
    plan = TrialPlan(scenes=2, side=96)

    scenes, again = trial_scenes(plan), trial_scenes(plan)

    assert [len(scene.db) for scene in scenes] == [2, 2]
    assert all(scene.labels.shape == (96, 96) for scene in scenes)
    assert all(np.array_equal(one.db, other.db) for one, other in zip(scenes, again, strict=True))
    assert not any((scene.labels >= FIRST_MATERIAL).any() for scene in scenes)


class Flat(nn.Module):
    """Answers the same logits everywhere."""

    def __init__(self, logits):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits))

    def maps(self, image, words, view):  # noqa: ARG002 - takes SovsNet's place
        n, _, h, w = image.shape
        return self.logits[:, None, None].expand(n, -1, h // 2, w // 2)


def test_a_handicap_lowers_the_taught_classes_alone():
    words = Words(torch.eye(3), torch.zeros(3, 12), torch.arange(3), 3)
    view = View(torch.ones(1, 2, dtype=torch.int64), torch.ones(1, 2), torch.zeros(1, 3))
    model = Handicap(Flat([2.0, 1.5, 0.0]), taught=torch.tensor([1.0, 0.0, 1.0]), penalty=0.75)

    maps = model.maps(torch.zeros(1, 2, 32, 32), words, view)

    assert maps[0, :, 5, 5].tolist() == [1.25, 1.5, -0.75]
    found = answer(model, made_scene(), words, Tiling(64, 16))
    assert (found.winner == 1).all()
    expected = torch.tensor([1.25, 1.5, -0.75]).softmax(0)[1].item()
    np.testing.assert_allclose(found.confidence, expected, rtol=1e-5)


def test_the_harmonic_mean_is_of_taught_and_other_leaves():
    result = Unseen(("a", "b", "c"), (True, True, False), np.array([0.6, 0.2, 0.1]), 0.0)

    assert result.seen == pytest.approx(0.4)
    assert result.unseen == pytest.approx(0.1)
    assert result.harmonic == pytest.approx(0.16)


def test_invented_materials_are_numbered_over_the_batch_and_each_has_its_own_description():
    places = torch.tensor([100])
    first = torch.tensor([0])
    lands = [crop(make_landscape(3, index), first, places, places, 64) for index in range(3)]
    for index, slots in enumerate(((0, 3), (), (1,))):
        label = lands[index].label
        label[label >= FIRST_MATERIAL] = 0
        for slot in slots:
            label[0, 10 * slot : 10 * slot + 5] = FIRST_MATERIAL + slot
    whole = Landscape(**{one.name: torch.cat([getattr(land, one.name) for land in lands]) for one in fields(Landscape)})
    sensors = draw_sensors(torch.Generator().manual_seed(0), 3)

    batch = picture(torch.Generator().manual_seed(0), whole, sensors, random.Random(0))  # noqa: S311 - no secret

    assert len(batch.phrases) == len(batch.attributes) == 3
    assert whole.materials.shape[1] == SLOTS
    numbers = {place: int(batch.labels[place]) for place in ((0, 2, 0), (0, 32, 0), (2, 12, 0))}
    assert list(numbers.values()) == [FIRST_MATERIAL, FIRST_MATERIAL + 1, FIRST_MATERIAL + 2]
    assert (batch.labels[whole.label < FIRST_MATERIAL] == whole.label[whole.label < FIRST_MATERIAL]).all()
