"""Sharpen the text tower on the lexicon: phrases of a leaf together, siblings apart, coarse words in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.taxonomy import Entry, load_taxonomy

LEAVES = 22
"""Leaves of the taxonomy."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What phrases mean, as leaves."""

    leaves: Tensor
    """Leaves of each phrase's concepts, ``(n, concepts, 22)``, 1 where a concept covers a leaf."""

    weights: Tensor
    """How much each concept counts, ``(n, concepts)``; a phrase's sum to 1, 0 where it has fewer concepts."""

    def __getitem__(self, chosen: Tensor) -> Meanings:
        """Return the meanings of some phrases."""
        return Meanings(self.leaves[chosen], self.weights[chosen])


def meanings_of(entries: Sequence[Entry]) -> Meanings:
    """Return the meanings of entries as tensors."""
    covered = {concept.name: [leaf - 1 for leaf in concept.leaves] for concept in load_taxonomy().concepts}
    most = max(len(entry.meaning) for entry in entries)
    leaves, weights = torch.zeros(len(entries), most, LEAVES), torch.zeros(len(entries), most)
    for row, entry in enumerate(entries):
        for column, (name, weight) in enumerate(entry.meaning):
            leaves[row, column, covered[name]] = 1
            weights[row, column] = weight
    return Meanings(leaves, weights / weights.sum(1, keepdim=True))


def sharpening_loss(logits: Tensor, meanings: Meanings) -> Tensor:
    """Return the mean marginal cross-entropy of phrases ``(n, 22)`` against what they mean.

    A coarse concept asks that one of its leaves is meant, whichever; several concepts count by their weights.

    Source:
        Marginal likelihood of coarse labels: engineering choice after hierarchical softmax.
    """
    chance = torch.einsum("nl,ncl->nc", logits.softmax(1), meanings.leaves).clamp(min=1e-9)
    return -(meanings.weights * chance.log()).sum(1).mean()


class Sharpener(nn.Module):
    """The linear map to the shared space while it is learnt, and a prototype of each leaf there."""

    def __init__(self, centre: Tensor, basis: Tensor, prototypes: Tensor, *, temperature: float) -> None:
        super().__init__()
        self.register_buffer("centre", centre.clone())
        self.basis = nn.Parameter(basis.clone())
        self.prototypes = nn.Parameter(prototypes.clone())
        self.temperature = temperature

    def shared(self, sentences: Tensor) -> Tensor:
        """Return unit vectors ``(n, shared_dim)`` of sentences ``(n, sentence_dim)``."""
        return F.normalize((sentences - self.get_buffer("centre")) @ self.basis, dim=1)

    def forward(self, sentences: Tensor) -> Tensor:
        """Return logits ``(n, 22)`` of sentences ``(n, sentence_dim)``."""
        return self.shared(sentences) @ F.normalize(self.prototypes, dim=1).T / self.temperature
