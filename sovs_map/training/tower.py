"""From phrases to the text tower of a bundle."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from sovs_map.network.text import TextTower, tokenize
from sovs_map.training.distillation import DistillationRecipe, Lesson, Lessons, distil, new_tower, read
from sovs_map.training.phrases import general_english, lexicon_phrases, training_entries
from sovs_map.training.projection import settle, start_sharpener
from sovs_map.training.sharpening import meanings_of
from sovs_map.training.teacher import kept_teacher_vectors
from sovs_map.training.understanding import leaf_entries

LOG = logging.getLogger(__name__)

EVERY = 100
"""Steps between lines of the log."""

GENERAL_EVERY = 8
"""One phrase of general English in so many takes part in settling the map."""


def make_tower(recipe: DistillationRecipe, runs: Path) -> TextTower:
    """Return the text tower, distilled and sharpened unless an earlier run did, its weights rounded to float16.

    Args:
        recipe: shape, phrases, steps, seed.
        runs: folder of ``tower.pt`` and of the teacher's vectors, ``teacher.pt``.
    """
    kept = runs / "tower.pt"
    if not kept.exists():
        tower = rounded(teach(recipe, runs / "teacher.pt"))
        partial = kept.with_suffix(".partial")
        torch.save(tower.state_dict(), partial)
        os.replace(partial, kept)
    tower = TextTower(recipe.config)
    tower.load_state_dict(torch.load(kept, weights_only=True))
    return tower.eval()


def teach(recipe: DistillationRecipe, teacher: Path) -> TextTower:
    """Return a tower that has learnt from its teacher and from the lexicon.

    Args:
        recipe: shape, phrases, steps, seed.
        teacher: file of the teacher's vectors, which gets those that it lacks.
    """
    lessons = prepare(recipe, teacher)
    leaf_phrases, leaf = _leaf_phrases()
    tower = new_tower(recipe, lessons)
    sharpener = start_sharpener(kept_teacher_vectors(leaf_phrases, teacher), leaf, recipe)
    for step, imitation, meaning in distil(tower, sharpener, lessons, recipe=recipe):
        if step % EVERY == 0 or step == recipe.steps - 1:
            LOG.info("text %d: imitation %.4f, meaning %.4f", step, imitation, meaning)
    settle_map(tower, lessons, recipe=recipe)
    return tower.eval()


def prepare(recipe: DistillationRecipe, teacher: Path) -> Lessons:
    """Return all phrases that a tower learns from, with the teacher's vectors of them."""
    entries = training_entries()
    return Lessons(
        general=_lesson(general_english(recipe.phrases, seed=recipe.seed).distilled, recipe, teacher),
        lexicon=_lesson(lexicon_phrases(), recipe, teacher),
        tied=_lesson([entry.phrase for entry in entries], recipe, teacher),
        meanings=meanings_of(entries),
    )


@torch.no_grad()
def settle_map(tower: TextTower, lessons: Lessons, *, recipe: DistillationRecipe) -> None:
    """Set a tower's centre and basis by its own sentences."""
    tower.eval()
    leaf_phrases, leaf = _leaf_phrases()
    sharpener = start_sharpener(tower.sentences(tokenize(leaf_phrases, context=recipe.config.context)), leaf, recipe)
    tied, general = lessons.tied.tokens, lessons.general.tokens[::GENERAL_EVERY]
    teacher = lessons.general.vectors[::GENERAL_EVERY]
    sentences, others = read(tower, tied), read(tower, general)
    with torch.enable_grad():
        settle(sharpener, sentences, lessons.meanings, others, teacher, recipe=recipe)
    tower.centre.copy_(sharpener.get_buffer("centre"))
    tower.basis.copy_(sharpener.basis)


def _leaf_phrases() -> tuple[list[str], Tensor]:
    taught = leaf_entries(held_out=False)
    return [entry.phrase for entry, _ in taught], torch.tensor([leaf for _, leaf in taught])


def rounded(tower: TextTower) -> TextTower:
    """Return a copy whose weights are what a bundle's float16 keeps."""
    copy = TextTower(tower.config)
    copy.load_state_dict({name: _rounded(value) for name, value in tower.state_dict().items()})
    return copy.eval()


def _rounded(value: Tensor) -> Tensor:
    return value.half().to(value.dtype) if value.is_floating_point() else value


def _lesson(phrases: Sequence[str], recipe: DistillationRecipe, teacher: Path) -> Lesson:
    return Lesson(tokenize(phrases, context=recipe.config.context), kept_teacher_vectors(phrases, teacher))
