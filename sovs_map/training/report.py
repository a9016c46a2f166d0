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
from sovs_map.training.evaluation import Tiling, answer
from sovs_map.training.loop import Training
from sovs_map.training.los_angeles import EIGHT, EIGHT_CONCEPTS, FIVE, Classes, regroup, score
from sovs_map.training.phrases import general_english
from sovs_map.training.real import Fragment
from sovs_map.training.recipe import Recipe
from sovs_map.training.syllabus import SURE
from sovs_map.training.teacher import kept_teacher_vectors
from sovs_map.training.trial import run_trial
from sovs_map.training.understanding import Agreement, agreement, draw_pairs, understanding
from sovs_map.training.vocabularies import Phrasebook

SYNONYM_DRAWS = 5
"""How often the names of the eight classes are replaced by held-out synonyms."""

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
    findings = Findings(
        scores=(
            _scores("SOVS-Net", network, book.words([[name] for name, _ in EIGHT]), val, tiling),
            _scores("closed set", closed, book.words([[name] for name, _ in EIGHT]), val, tiling),
            _forest_scores(trees, val),
        ),
        five_words=score(answers(network, val, book.words([[name] for name, _ in FIVE]), tiling), val, FIVE),
        synonyms=synonym_scores(network, val, book, tiling),
        trial=run_trial(network, book, tiling),
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


def synonym_scores(network: SovsNet, val: Sequence[Fragment], book: Phrasebook, tiling: Tiling) -> tuple[float, ...]:
    """Return the mIoU of the eight classes, each called by a held-out phrase of its concept; one a draw, by seed."""
    named: dict[str, list[str]] = {name: [] for name in EIGHT_CONCEPTS}
    for entry in load_lexicon():
        if entry.is_held_out and entry.concept in named and all(weight <= SURE for _, weight in entry.meaning[1:]):
            named[entry.concept].append(entry.phrase)
    found = []
    for seed in range(SYNONYM_DRAWS):
        draw = random.Random(seed)  # noqa: S311 - no secret
        prompts = [[draw.choice(named[name])] for name in EIGHT_CONCEPTS]
        found.append(float(np.nanmean(score(answers(network, val, book.words(prompts), tiling), val, EIGHT))))
    return tuple(found)


def _agreement(recipe: DistillationRecipe, tower: TextTower, runs: Path) -> Agreement:
    phrases = general_english(recipe.phrases, seed=recipe.seed).kept
    teacher = kept_teacher_vectors(phrases, runs / "teacher.pt")
    return agreement(tower, phrases, teacher, draw_pairs(teacher, count=PAIRS, related=0.0, seed=0))


def _scores(name: str, model: nn.Module, words: Words, val: Sequence[Fragment], tiling: Tiling) -> Scores:
    guesses = answers(model, val, words, tiling)
    joined = [regroup(guess, asked=EIGHT, groups=FIVE) for guess in guesses]
    return Scores(name, score(guesses, val, EIGHT), score(joined, val, FIVE))


def _forest_scores(trees: Sequence[NDArray[np.uint8]], val: Sequence[Fragment]) -> Scores:
    eight, five = ([_as_classes(labels, classes) for labels in trees] for classes in (EIGHT, FIVE))
    return Scores("random forest", score(eight, val, EIGHT), score(five, val, FIVE))


def _as_classes(labels: NDArray[np.uint8], classes: Classes) -> NDArray[np.int64]:
    lookup = np.zeros(256, np.int64)
    for index, (_, members) in enumerate(classes):
        lookup[list(members)] = index
    return lookup[labels]
