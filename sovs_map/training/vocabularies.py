"""The words of one training step: a random cut through the taxonomy under random names, or invented materials."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.alignment import Words
from sovs_map.network.text import TextTower, encode_alone
from sovs_map.training.labels import BOTH, FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.syllabus import Lesson, Syllabus

NAME_SHARE = 0.3
"""How often a concept is called by its own name; else by any of its words."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Classes of one step, with the words that name them, and where each is right."""

    prompts: tuple[tuple[str, ...], ...]
    """One to three words for each class."""

    right: Tensor
    """Which class may be true where which label is: booleans ``(labels, classes)``."""

    sure: Tensor
    """Which class is certainly true where which label is: booleans ``(labels, classes)``."""

    wrong: Tensor
    """Which class is certainly not true where which label is: booleans ``(labels, classes)``."""


class Phrasebook:
    """Vectors of phrases by the text tower, each computed once and alone: a resumed training gets the same bits."""

    def __init__(self, tower: TextTower) -> None:
        self.tower = tower
        self.known: dict[str, Tensor] = {}

    def vectors(self, phrases: Sequence[str]) -> Tensor:
        """Return unit vectors ``(n, shared_dim)`` of phrases."""
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self.known]
        if new:
            self.known.update(zip(new, encode_alone(self.tower, new).clone(), strict=True))
        return torch.stack([self.known[phrase] for phrase in phrases])

    def words(self, prompts: Sequence[Sequence[str]], *, noise: float = 0.0) -> Words:
        """Return classes as the network sees them.

        Args:
            prompts: the phrases of each class.
            noise: length of the random vector added to each unit vector before it is made a unit vector again.
        """
        phrases = self.vectors([phrase for some in prompts for phrase in some])
        if noise:
            phrases = F.normalize(phrases + noise * torch.randn_like(phrases) / phrases.shape[1] ** 0.5, dim=1)
        groups = torch.tensor([index for index, some in enumerate(prompts) for _ in some])
        return Words(phrases, self.tower.attributes(phrases), groups, len(prompts))


def draw_cut(draw: random.Random, syllabus: Syllabus, *, least: int = 3) -> Cut:
    """Return random classes of the syllabus that share no leaf, some left out, each under random words."""
    order = list(syllabus.lessons)
    draw.shuffle(order)
    if draw.random() < 0.5:
        order.sort(key=lambda lesson: lesson.concept.is_leaf)  # nodes first, else leaves crowd them out
    chosen: list[Lesson] = []
    covered: set[int] = set()
    for lesson in order:
        keep = 0.9 if lesson.concept.is_leaf else 0.35
        if not covered & lesson.leaves and draw.random() < keep:
            chosen.append(lesson)
            covered |= lesson.leaves
    if len(chosen) < least:
        return draw_cut(draw, syllabus, least=least)
    draw.shuffle(chosen)
    return cut_of(chosen, [draw_words(draw, lesson) for lesson in chosen], unseen=syllabus.unseen)


def leaf_cut(draw: random.Random, syllabus: Syllabus) -> Cut:
    """Return all leaves of the syllabus as classes, each under random words: the finest question there is."""
    leaves = [lesson for lesson in syllabus.lessons if lesson.concept.is_leaf]
    return cut_of(leaves, [draw_words(draw, lesson) for lesson in leaves], unseen=syllabus.unseen)


def draw_words(draw: random.Random, lesson: Lesson) -> tuple[str, ...]:
    """Return one to three of the words that a concept may be called by."""
    if draw.random() < NAME_SHARE:
        return (lesson.words[0],)
    return tuple(draw.sample(lesson.words, min(len(lesson.words), draw.choice((1, 1, 1, 2, 3)))))


def cut_of(lessons: Sequence[Lesson], prompts: Sequence[tuple[str, ...]], *, unseen: frozenset[int]) -> Cut:
    """Return the cut of these classes; labels that hold a leaf of ``unseen`` are right nowhere, and wrong nowhere."""
    leaves = [lesson.leaves for lesson in lessons]
    known = [bool(label) and not label & unseen for label in LABEL_SETS]
    right = [[some and bool(label & leaf) for leaf in leaves] for label, some in zip(LABEL_SETS, known, strict=True)]
    wrong = [[some and not label & leaf for leaf in leaves] for label, some in zip(LABEL_SETS, known, strict=True)]
    sure = [
        [some and (label <= leaf or (index in BOTH and bool(label & leaf))) for leaf in leaves]
        for index, (label, some) in enumerate(zip(LABEL_SETS, known, strict=True))
    ]
    return Cut(tuple(prompts), torch.tensor(right), torch.tensor(sure), torch.tensor(wrong))


def material_cut(phrases: Sequence[str], *, most: int = 12) -> Cut:
    """Return the descriptions of a batch's invented materials as classes; label FIRST_MATERIAL + i has phrase i."""
    classes = list(dict.fromkeys(phrases))[:most]
    right = torch.zeros(FIRST_MATERIAL + len(phrases), len(classes), dtype=torch.bool)
    for index, phrase in enumerate(phrases):
        if phrase in classes:
            right[FIRST_MATERIAL + index, classes.index(phrase)] = True
    return Cut(tuple((phrase,) for phrase in classes), right, right, right.any(1, keepdim=True) & ~right)


def widen(facts: Tensor, labels: int) -> Tensor:
    """Return facts about labels ``(some, …)`` as ``(labels, …)``, False or 0 for the labels that they say nothing of."""
    return F.pad(facts, (*(0, 0) * (facts.ndim - 1), 0, labels - len(facts)))
