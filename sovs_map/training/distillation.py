"""Teach the small text tower what a sentence encoder knows, and what the lexicon says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.text import TextConfig, TextTower
from sovs_map.training.sharpening import Meanings, Sharpener, sharpening_loss

PARTS = 3
"""Parts of a batch that the transformer reads one by one, each as long as its longest phrase."""


@dataclass(frozen=True, slots=True)
class DistillationRecipe:
    """How the tower learns from its teacher and from the lexicon."""

    config: TextConfig = field(default_factory=TextConfig)
    """The shape of the tower."""

    phrases: int = 90_000
    """Phrases of general English, those kept for tests included."""

    steps: int = 3_000
    """Optimiser steps."""

    batch: int = 256
    """Phrases a step."""

    lexicon_share: float = 0.3
    """Share of a batch that is of the lexicon."""

    learning_rate: float = 2e-3
    """Peak of a one-cycle schedule, AdamW."""

    sharpening: float = 0.1
    """Weight of the lexicon's meanings beside the teacher's vectors."""

    temperature: float = 0.1
    """Of the cosines to leaves."""

    breadth: float = 1.0
    """Weight of the teacher's cosines of general English beside ``sharpening`` while the map settles."""

    settling: int = 400
    """Steps in which the map to the shared space settles on the finished sentences."""

    seed: int = 0
    """Of phrases, initial weights and order."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Phrases and the teacher's vectors of them."""

    tokens: Tensor
    """``(n, context)``."""

    vectors: Tensor
    """Unit vectors ``(n, sentence_dim)``."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that the tower learns from."""

    general: Lesson
    """General English."""

    lexicon: Lesson
    """Every phrase of the lexicon, held out or not; only the teacher's vectors are learnt."""

    tied: Lesson
    """The phrases whose meanings may be learnt."""

    meanings: Meanings
    """Of the tied phrases."""


def new_tower(recipe: DistillationRecipe, lessons: Lessons) -> TextTower:
    """Return a tower to be taught; it seeds the chance that teaching draws from as well."""
    torch.manual_seed(recipe.seed)
    tower = TextTower(recipe.config)
    start_from_words(tower, lessons.general)
    return tower


def distil(
    tower: TextTower, sharpener: Sharpener, lessons: Lessons, *, recipe: DistillationRecipe
) -> Iterator[tuple[int, float, float]]:
    """Teach a tower, in place, its teacher's vectors and what phrases mean; yield step and both losses.

    Args:
        tower: a new tower.
        sharpener: map and prototypes, learnt as well.
        lessons: phrases, vectors, meanings.
        recipe: steps, batch, rates.
    """
    optimiser = torch.optim.AdamW(
        [*tower.parameters(), *sharpener.parameters()], lr=recipe.learning_rate, weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, recipe.steps, pct_start=0.1)
    third = round(recipe.batch * recipe.lexicon_share / 3)
    for step in range(recipe.steps):
        ours = torch.randint(len(lessons.tied.tokens), (2 * third,))
        tied = _some(lessons.tied, ours)
        known, other = _draw(lessons.lexicon, third), _draw(lessons.general, recipe.batch - 3 * third)
        sentences = read(tower, torch.cat([tied.tokens, known.tokens, other.tokens]))
        imitation = distillation_loss(sentences, torch.cat([tied.vectors, known.vectors, other.vectors]))
        meaning = sharpening_loss(sharpener(sentences[: 2 * third]), lessons.meanings[ours])
        optimiser.zero_grad()
        (imitation + recipe.sharpening * meaning).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        yield step, imitation.item(), meaning.item()


def _draw(lesson: Lesson, count: int) -> Lesson:
    return _some(lesson, torch.randint(len(lesson.tokens), (count,)))


def _some(lesson: Lesson, chosen: Tensor) -> Lesson:
    return Lesson(lesson.tokens[chosen], lesson.vectors[chosen])


def read(tower: TextTower, tokens: Tensor) -> Tensor:
    """Return the sentences of tokens; short phrases are read without the padding that long ones would give them."""
    length = (tokens != 0).sum(1)
    order = length.argsort(stable=True)
    parts = []
    for part in order.chunk(PARTS):
        longest = int(length[part].max())
        parts.append(tower.sentences(tokens[part, :longest]))
    return torch.cat(parts)[order.argsort()]


def distillation_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Return how far unit vectors ``(n, d)`` are from the teacher's, each alone and pair by pair."""
    alone = 1 - (student * teacher).sum(-1)
    pairs = F.mse_loss(student @ student.T, teacher @ teacher.T)
    return alone.mean() + 4 * pairs


@torch.no_grad()
def start_from_words(tower: TextTower, lesson: Lesson) -> None:
    """Start each token's features at the teacher's vector of that word, cut to the tower's width."""
    single = lesson.tokens[:, 3] == 0  # start mark, one token, end mark
    vectors = lesson.vectors[single] - lesson.vectors.mean(0)
    _, _, axes = torch.pca_lowrank(vectors, q=tower.config.width, niter=4)
    features = vectors @ axes
    table = tower.transformer.token_embedding.weight
    table[lesson.tokens[single, 1]] = features / features.std() * table.std() * 2
