"""Measure what the text tower understands: held-out words of the lexicon, and general English."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.text import TextTower, encode, tokenize
from sovs_map.taxonomy import Entry, load_lexicon, load_taxonomy

GROUPS: tuple[tuple[int, ...], ...] = (
    (1, 2), (3, 4, 5), (6, 7, 8), (9,), (10,), (11, 12, 13, 14, 15, 16, 17), (18, 19, 20, 22), (21,),
)  # fmt: skip
"""Leaves of water, wetland, woody, herbaceous, cropland, artificial, bare, snow."""

NEAREST = 10
"""Related pairs are a phrase and one of so many nearest ones."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """How well a tower finds the leaf and group of phrases that it was not taught."""

    phrases: int
    """Held-out phrases of one meaning, a leaf."""

    leaf: float
    """Share whose leaf is nearest of 22, a leaf being the mean of its training phrases."""

    group: float
    """Share whose nearest leaf is of their group of eight."""

    leaf_by_name: float
    """As ``leaf``, a leaf being its name alone."""

    group_by_name: float
    """As ``group``, a leaf being its name alone."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike a tower and its teacher rank pairs of phrases: Spearman's coefficient of the cosines."""

    sentences: float
    """In the space of sentences."""

    shared: float
    """In the space that pixels and phrases share; it is made for land cover, not for this."""


def leaf_entries(*, held_out: bool) -> tuple[tuple[Entry, int], ...]:
    """Return entries whose only meaning is a leaf, with that leaf's index, 0 to 21."""
    index = {leaf.name: number for number, leaf in enumerate(load_taxonomy().leaves)}
    return tuple(
        (entry, index[entry.concept])
        for entry in load_lexicon()
        if entry.is_held_out == held_out and len(entry.meaning) == 1 and entry.concept in index
    )


def understanding(tower: TextTower) -> Understanding:
    """Return how well a tower finds leaf and group of the lexicon's held-out phrases."""
    taught, asked = leaf_entries(held_out=False), leaf_entries(held_out=True)
    questions, answers = encode(tower, [entry.phrase for entry, _ in asked]), torch.tensor([leaf for _, leaf in asked])
    vectors, owner = encode(tower, [entry.phrase for entry, _ in taught]), torch.tensor([leaf for _, leaf in taught])
    names = encode(tower, [leaf.name for leaf in load_taxonomy().leaves])
    leaf, group = found(questions, answers, leaf_means(vectors, owner))
    leaf_by_name, group_by_name = found(questions, answers, names)
    return Understanding(len(asked), leaf, group, leaf_by_name, group_by_name)


def leaf_means(vectors: Tensor, leaf: Tensor) -> Tensor:
    """Return unit vectors ``(leaves, d)``: the mean direction of the vectors ``(n, d)`` of each leaf."""
    return F.normalize(torch.stack([vectors[leaf == number].mean(0) for number in range(int(leaf.max()) + 1)]), dim=1)


def found(questions: Tensor, answers: Tensor, leaves: Tensor) -> tuple[float, float]:
    """Return the shares of phrases ``(n, d)`` whose nearest of the leaves ``(22, d)`` is right, and in the right group."""
    group = torch.tensor([next(g for g, ids in enumerate(GROUPS) if leaf + 1 in ids) for leaf in range(len(leaves))])
    nearest = (questions @ leaves.T).argmax(1)
    right, near = nearest == answers, group[nearest] == group[answers]
    return right.float().mean().item(), near.float().mean().item()


def draw_pairs(teacher: Tensor, *, count: int, related: float, seed: int) -> Tensor:
    """Return rows ``(count, 2)`` of pairs of phrases, two different ones each.

    Args:
        teacher: unit vectors ``(n, d)`` of the phrases.
        count: pairs in all.
        related: share of pairs whose second phrase is one of the ``NEAREST`` of the first; the rest is random.
        seed: of the draw.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    pairs = [draw.sample(range(len(teacher)), 2) for _ in range(count)]
    for pair in pairs[: round(count * related)]:
        likeness = teacher @ teacher[pair[0]]
        likeness[pair[0]] = -2
        pair[1] = int(likeness.topk(NEAREST).indices[draw.randrange(NEAREST)])
    return torch.tensor(pairs)


def agreement(tower: TextTower, phrases: Sequence[str], teacher: Tensor, pairs: Tensor) -> Agreement:
    """Return how alike tower and teacher rank pairs of phrases.

    Args:
        tower: what is asked.
        phrases: ``n`` phrases.
        teacher: the teacher's unit vectors ``(n, sentence_dim)`` of them.
        pairs: rows of phrases, ``(m, 2)``.
    """
    with torch.inference_mode():
        sentences = tower.eval().sentences(tokenize(phrases, context=tower.config.context))
        wanted = _cosines(teacher, pairs)
        return Agreement(
            spearman(_cosines(sentences, pairs), wanted),
            spearman(_cosines(tower.project(sentences), pairs), wanted),
        )


def spearman(one: Tensor, other: Tensor) -> float:
    """Return Spearman's rank correlation of values ``(n,)``."""
    from scipy.stats import spearmanr  # noqa: PLC0415 - only measures need it

    return float(spearmanr(one.numpy(), other.numpy()).statistic)


def _cosines(vectors: Tensor, pairs: Tensor) -> Tensor:
    return (vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(1)
