"""The examination on simulated scenes that training has not seen: leaves, groups, changes of the input, water alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sovs_map.network.alignment import Words
from sovs_map.radiometry import reference_level_db
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.evaluation import Tiling, answer, calibration_error, confusion, intersection_over_union
from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.real import Fragment, coarsen
from sovs_map.training.simulated import make_scenes
from sovs_map.training.simulator.sensors import Sensors, draw_sensors
from sovs_map.training.simulator.surfaces import BANDS, CHANNELS
from sovs_map.training.vocabularies import Phrasebook

SEED = 90_210
"""Of the examination; the scenes of one band and polarisation take the next."""

GROUPS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("water", (1, 2)), ("wetland", (3, 4, 5)), ("woody", (6, 7, 8)), ("herbaceous", (9,)), ("cropland", (10,)),
    ("artificial", (11, 12, 14, 15, 16, 17)), ("bare", (18, 19, 20, 22)), ("snow or ice", (21,)),
)  # fmt: skip
"""The groups of the taxonomy's leaves; single buildings are not seen in pixels of 10 m."""

LEAVES = tuple(leaf for _, leaves in GROUPS for leaf in leaves)
"""What is asked for, by id."""

WATER_WORDS = ("water", "wetland", "land", "snow or ice")
"""What is asked for where only water counts, water first."""

WET = tuple(label for label, leaves in enumerate(LABEL_SETS) if leaves and leaves <= {1, 2})
"""Labels that are water for certain."""

DRY = tuple(label for label, leaves in enumerate(LABEL_SETS) if leaves and not leaves & {1, 2})
"""Labels that are anything else for certain, streets and houses of towns included."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """How large the examination is."""

    scenes: int = 48
    """Of mixed sensors and two polarisations."""

    water_scenes: int = 12
    """Of each band and each single polarisation."""

    side: int = 512
    """Of all scenes [pixels], an even number."""

    spacing_m: float = 10.0
    """Of their pixels [m]."""


@dataclass(frozen=True, slots=True)
class Change:
    """What another input of the same scenes costs."""

    name: str
    """What was changed."""

    miou: float
    """mIoU of the leaves."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The results."""

    plan: TrialPlan
    """How large it was."""

    leaf_names: tuple[str, ...]
    """What was asked for."""

    leaves: NDArray[np.float64]
    """IoU of each."""

    group_names: tuple[str, ...]
    """What they were joined to."""

    groups: NDArray[np.float64]
    """IoU of each."""

    calibration_error: float
    """Of the leaves' probabilities."""

    changes: tuple[Change, ...]
    """What other inputs cost."""

    water_bands: tuple[str, ...]
    """Bands of the rows of ``water``."""

    water_polarisations: tuple[str, ...]
    """Single polarisations of the columns of ``water``."""

    water: NDArray[np.float64]
    """IoU of water, flood included."""


def run_trial(model: nn.Module, book: Phrasebook, tiling: Tiling, plan: TrialPlan) -> Trial:
    """Return how good a network is on simulated scenes."""
    scenes = trial_scenes(plan)
    words, _ = leaf_words(book)
    answers = [answer(model, scene, words, tiling) for scene in scenes]
    guesses = [one.winner for one in answers]
    matrix = confusion(guesses, [scene.labels for scene in scenes], [(leaf,) for leaf in LEAVES])
    names = load_taxonomy().leaves
    return Trial(
        plan=plan,
        leaf_names=tuple(names[leaf - 1].name for leaf in LEAVES),
        leaves=intersection_over_union(matrix),
        group_names=tuple(name for name, _ in GROUPS),
        groups=intersection_over_union(join_groups(matrix)),
        calibration_error=_calibration(answers_of=[one.confidence for one in answers], guesses=guesses, scenes=scenes),
        changes=tuple(
            Change(name, leaf_miou(model, [change(scene) for scene in scenes], words, tiling))
            for name, change in CHANGES
        ),
        water_bands=BANDS,
        water_polarisations=CHANNELS,
        water=np.array(
            [
                [water_iou(model, book, tiling, plan, band=band, channel=channel) for channel in range(len(CHANNELS))]
                for band in range(len(BANDS))
            ]
        ),
    )


def trial_scenes(plan: TrialPlan, *, seed: int = SEED) -> tuple[Fragment, ...]:
    """Return the scenes of the examination, or others of their kind: random sensors of two polarisations."""
    chance = torch.Generator().manual_seed(seed)
    drawn = draw_sensors(chance, 20 * plan.scenes)
    two = (drawn.present.sum(1) == 2).nonzero()[: plan.scenes, 0]
    return make_scenes(seed, [pick(drawn, int(index)) for index in two], side=plan.side, spacing_m=plan.spacing_m)


def pick(sensors: Sensors, index: int) -> Sensors:
    """Return one acquisition of several."""
    return Sensors(**{field.name: getattr(sensors, field.name)[index : index + 1] for field in fields(Sensors)})


def leaf_words(book: Phrasebook) -> tuple[Words, Tensor]:
    """Return the leaves of the examination by their names, and which is right where which label is."""
    names = load_taxonomy().leaves
    right = torch.zeros(FIRST_MATERIAL, len(LEAVES), dtype=torch.bool)
    right[list(LEAVES), range(len(LEAVES))] = True
    return book.words([[names[leaf - 1].name] for leaf in LEAVES]), right


def leaf_miou(model: nn.Module, scenes: Sequence[Fragment], words: Words, tiling: Tiling) -> float:
    """Return the mean IoU of the leaves over scenes."""
    guesses = [answer(model, scene, words, tiling).winner for scene in scenes]
    matrix = confusion(guesses, [scene.labels for scene in scenes], [(leaf,) for leaf in LEAVES])
    return float(np.nanmean(intersection_over_union(matrix)))


def join_groups(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the counts of the groups ``(8, 8)`` from those of the leaves."""
    group = np.array([index for index, (_, leaves) in enumerate(GROUPS) for _ in leaves])
    joined = np.zeros((len(GROUPS), len(GROUPS)), np.int64)
    np.add.at(joined, (group[:, None], group[None]), matrix)
    return joined


def water_iou(model: nn.Module, book: Phrasebook, tiling: Tiling, plan: TrialPlan, *, band: int, channel: int) -> float:
    """Return the IoU of water, flood included, against all else in scenes of one band and one polarisation."""
    made = water_scenes(plan, band=band, channel=channel)
    words = book.words([[word] for word in WATER_WORDS])
    dry = [np.minimum(answer(model, scene, words, tiling).winner, 1) for scene in made]
    return float(intersection_over_union(confusion(dry, [scene.labels for scene in made], [WET, DRY]))[0])


def water_scenes(plan: TrialPlan, *, band: int, channel: int) -> tuple[Fragment, ...]:
    """Return the scenes of one band and one polarisation: the same landscapes for all of them."""
    scenes = plan.water_scenes
    drawn = draw_sensors(torch.Generator().manual_seed(SEED + 1), scenes)
    alone = torch.zeros(scenes, len(CHANNELS), dtype=torch.bool)
    alone[:, channel] = True
    forced = replace(drawn, band=torch.full((scenes,), band), present=alone)
    sensors = [pick(forced, index) for index in range(scenes)]
    return make_scenes(SEED + 1, sensors, side=plan.side, spacing_m=plan.spacing_m)


def only_band(scene: Fragment, index: int) -> Fragment:
    """Return a scene with one of its polarisations."""
    return replace(scene, db=scene.db[index : index + 1], polarisations=(scene.polarisations[index],))


def as_8_bits(scene: Fragment) -> Fragment:
    """Return a scene as it comes back from an amplitude picture clipped at its 99 % quantile, in 8 bits."""
    amplitude = 10 ** (scene.db / 20)
    top = np.quantile(amplitude, 0.99, axis=(1, 2), keepdims=True)
    db = 20 * np.log10(np.clip(np.round(amplitude / top * 255), 1, 255))
    levels = np.array([reference_level_db(name) for name in scene.polarisations])[:, None, None]
    shifted = db - np.median(db, axis=(1, 2), keepdims=True) + levels
    return replace(scene, db=shifted.astype(np.float32), calibrated=False)


def _coarser(scene: Fragment) -> Fragment:
    db, labels = coarsen(scene.db, scene.labels)
    return replace(scene, db=db, labels=labels, spacing_m=2 * scene.spacing_m)


CHANGES: tuple[tuple[str, Callable[[Fragment], Fragment]], ...] = (
    ("first polarisation alone", lambda scene: only_band(scene, 0)),
    ("second polarisation alone", lambda scene: only_band(scene, 1)),
    ("8 bits instead of dB", as_8_bits),
    ("4 dB brighter", lambda scene: replace(scene, db=scene.db + np.float32(4))),
    ("4 dB darker", lambda scene: replace(scene, db=scene.db - np.float32(4))),
    ("twice the pixel spacing", _coarser),
)
"""What is changed."""


def _calibration(
    *, answers_of: Sequence[NDArray[np.float32]], guesses: Sequence[NDArray[np.int64]], scenes: Sequence[Fragment]
) -> float:
    lookup = np.full(256, -1)
    lookup[list(LEAVES)] = range(len(LEAVES))
    truth = [lookup[scene.labels] for scene in scenes]
    known = [one >= 0 for one in truth]
    confidence = np.concatenate([one[where] for one, where in zip(answers_of, known, strict=True)])
    correct = np.concatenate([(g == t)[where] for g, t, where in zip(guesses, truth, known, strict=True)])
    return calibration_error(confidence, correct)
