"""The words of one training step: a random cut through the taxonomy, under random names."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.network.alignment import Words
from sovs_map.taxonomy import Concept, Taxonomy

LABEL_SETS: tuple[frozenset[int], ...] = (
    frozenset(),  # 0 unlabelled
    *(frozenset({leaf}) for leaf in range(1, 23)),
    frozenset({7, 9}),  # 23 grass and shrub
    frozenset({18, 19, 20, 22}),  # 24 bare ground or sand
    frozenset({16, 17}),  # 25 paved
)
"""Leaves that a training label may stand for, by label index."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Classes of one step, which share no leaf, with the words that name them."""

    concepts: tuple[Concept, ...]
    """The classes, in random order."""

    prompts: tuple[tuple[str, ...], ...]
    """One to three words for each class."""


def draw_cut(draw: random.Random, taxonomy: Taxonomy, *, least: int = 3) -> Cut:
    """Return random classes of the taxonomy that share no leaf, some left out, each under random words."""
    order = list(taxonomy.concepts)
    draw.shuffle(order)
    if draw.random() < 0.5:
        order.sort(key=lambda concept: concept.is_leaf)  # nodes first, else leaves crowd them out
    chosen: list[Concept] = []
    covered: set[int] = set()
    for concept in order:
        keep = 0.35 if not concept.is_leaf else 0.9
        if not covered & concept.leaves and draw.random() < keep:
            chosen.append(concept)
            covered |= concept.leaves
    if len(chosen) < least:
        return draw_cut(draw, taxonomy, least=least)
    draw.shuffle(chosen)
    return Cut(tuple(chosen), tuple(draw_words(draw, concept) for concept in chosen))


def draw_words(draw: random.Random, concept: Concept) -> tuple[str, ...]:
    """Return one to three of the words that a concept may be prompted with."""
    words = concept.words
    return tuple(draw.sample(words, min(len(words), draw.choice((1, 1, 1, 2, 3)))))


def words_of(cut: Cut, vectors: dict[str, Tensor], *, noise: float) -> Words:
    """Return the cut as the network sees it; ``noise`` is the deviation added to unit vectors, then renormalised."""
    phrases = torch.stack([vectors[word.lower()] for prompts in cut.prompts for word in prompts])
    phrases = torch.nn.functional.normalize(
        phrases + noise * torch.randn_like(phrases) / phrases.shape[1] ** 0.5, dim=1
    )
    groups = torch.tensor([index for index, prompts in enumerate(cut.prompts) for _ in prompts])
    return Words(phrases=phrases, groups=groups, classes=len(cut.concepts))


def compatible(cut: Cut) -> Tensor:
    """Return which class may be true where which label is: booleans ``(labels, classes)``."""
    return torch.tensor([[bool(leaves & concept.leaves) for concept in cut.concepts] for leaves in LABEL_SETS])
