"""Find out how good a trained network is, and write its card."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sovs_map.network.alignment import Words
from sovs_map.network.sovs_net import SovsNet
from sovs_map.network.text import TextTower
from sovs_map.taxonomy import load_lexicon
from sovs_map.training.card import PAIRS, Findings, Scores, write_card
from sovs_map.training.closed_set import ClosedSet
from sovs_map.training.distillation import DistillationRecipe
from sovs_map.training.evaluation import Tiling, answer, confusion, intersection_over_union
from sovs_map.training.loop import Training
from sovs_map.training.phrases import general_english
from sovs_map.training.real import Fragment
from sovs_map.training.recipe import Recipe
from sovs_map.training.scene_set import SceneSet, class_labels, group_labels, names, regroup
from sovs_map.training.syllabus import SURE
from sovs_map.training.teacher import kept_teacher_vectors
from sovs_map.training.trial import run_trial
from sovs_map.training.understanding import Agreement, agreement, draw_pairs, understanding
from sovs_map.training.vocabularies import Phrasebook

SYNONYM_DRAWS = 5
"""How often the names of the classes are replaced by held-out synonyms."""

PROTOCOLS = ("unseen.md", "ablation.md")
"""Sections of the card that `benchmarks/protocols.py` writes beside the checkpoints."""


def find_out(
    folder: Path,
    recipe: Recipe,
    training: Training,
    book: Phrasebook,
    *,
    closed: ClosedSet,
    trees: Sequence[NDArray[np.uint8]],
    fragments: Sequence[Fragment],
    val: Sequence[Fragment],
    runs: Path,
) -> None:
    """Score a network and its yardsticks and write the card beside the weights."""
    network = training.averaged
    assert isinstance(network, SovsNet)  # noqa: S101 - as trained
    tiling = Tiling(recipe.tile, recipe.overlap)
    scenes = recipe.scenes
    classes, groups = book.words([[name] for name in names(scenes)]), book.words([[name] for name, _ in scenes.groups])
    findings = Findings(
        scores=(
            _scores("SOVS-Net", answers(network, val, classes, tiling), val, scenes),
            _scores("closed set", answers(closed, val, classes, tiling), val, scenes),
            _forest_scores(trees, val, scenes),
        ),
        group_words=score(answers(network, val, groups, tiling), val, group_labels(scenes)),
        synonyms=synonym_scores(network, val, book, tiling, scenes),
        trial=run_trial(network, book, tiling, recipe.trial),
        understanding=understanding(book.tower),
        agreement=_agreement(recipe.text, book.tower, runs) if isinstance(recipe.text, DistillationRecipe) else None,
        cpu_seconds=training.cpu_seconds,
        temperatures=(float(network.temperatures[0]), float(network.temperatures[1])),
        protocols=tuple((runs / name).read_text(encoding="utf-8") for name in PROTOCOLS if (runs / name).exists()),
    )
    write_card(folder, recipe, findings, fragments, val)


def answers(model: nn.Module, scenes: Sequence[Fragment], words: Words, tiling: Tiling) -> list[NDArray[np.int64]]:
    """Return the winning class of each pixel of each scene."""
    return [answer(model, scene, words, tiling).winner for scene in scenes]


def score(
    predicted: Sequence[NDArray[np.int64]], truth: Sequence[Fragment], labels: Sequence[tuple[int, ...]]
) -> NDArray[np.float64]:
    """Return the IoU of each class, from one confusion matrix over all scenes."""
    return intersection_over_union(confusion(predicted, [scene.labels for scene in truth], labels))


def synonym_scores(
    network: SovsNet, val: Sequence[Fragment], book: Phrasebook, tiling: Tiling, scenes: SceneSet
) -> tuple[float, ...]:
    """Return the mIoU of the classes, each called by a held-out phrase of its concept; one a draw, by seed."""
    concepts = [one.concepts[0] for one in scenes.classes]
    named: dict[str, list[str]] = {concept: [] for concept in concepts}
    for entry in load_lexicon():
        if entry.is_held_out and entry.concept in named and all(weight <= SURE for _, weight in entry.meaning[1:]):
            named[entry.concept].append(entry.phrase)
    found = []
    for seed in range(SYNONYM_DRAWS):
        draw = random.Random(seed)  # noqa: S311 - no secret
        prompts = [[draw.choice(named[concept])] for concept in concepts]
        guesses = answers(network, val, book.words(prompts), tiling)
        found.append(float(np.nanmean(score(guesses, val, class_labels(scenes)))))
    return tuple(found)


def _agreement(recipe: DistillationRecipe, tower: TextTower, runs: Path) -> Agreement:
    phrases = general_english(recipe.phrases, seed=recipe.seed).kept
    teacher = kept_teacher_vectors(phrases, runs / "teacher.pt")
    return agreement(tower, phrases, teacher, draw_pairs(teacher, count=PAIRS, related=0.0, seed=0))


def _scores(name: str, guesses: Sequence[NDArray[np.int64]], val: Sequence[Fragment], scenes: SceneSet) -> Scores:
    joined = [regroup(guess, scenes) for guess in guesses]
    return Scores(name, score(guesses, val, class_labels(scenes)), score(joined, val, group_labels(scenes)))


def _forest_scores(trees: Sequence[NDArray[np.uint8]], val: Sequence[Fragment], scenes: SceneSet) -> Scores:
    lookup = np.zeros(256, np.int64)
    lookup[[one.label for one in scenes.classes]] = range(len(scenes.classes))
    return _scores("random forest", [lookup[labels] for labels in trees], val, scenes)
