"""From phrases to physical attributes: a logistic map of their vectors, fitted to the lexicon."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.text import TextTower, encode
from sovs_map.taxonomy import Entry, load_lexicon


def fit_attributes(tower: TextTower, *, ridge: float = 1e-3) -> None:
    """Set the tower's map from vectors to attributes so that it fits the phrases of the lexicon that may be taught.

    Args:
        tower: a trained tower; its ``attribute_weights`` and ``attribute_biases`` are replaced.
        ridge: of the squared weights, beside the mean cross-entropy.
    """
    vectors, wanted = _pairs(tower, held_out=False)
    weights = torch.zeros(vectors.shape[1], wanted.shape[1], requires_grad=True)
    biases = torch.logit(wanted.mean(0).clamp(0.01, 0.99)).requires_grad_()
    optimiser = torch.optim.LBFGS([weights, biases], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(vectors @ weights + biases, wanted)
        total: Tensor = loss + ridge * weights.square().mean()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        tower.attribute_weights.copy_(weights)
        tower.attribute_biases.copy_(biases)


def attribute_error(tower: TextTower) -> Tensor:
    """Return the mean absolute error of each attribute over the held-out phrases of the lexicon, ``(attributes,)``."""
    vectors, wanted = _pairs(tower, held_out=True)
    return (tower.attributes(vectors) - wanted).abs().mean(0)


def _pairs(tower: TextTower, *, held_out: bool) -> tuple[Tensor, Tensor]:
    chosen: list[Entry] = [entry for entry in load_lexicon() if entry.is_held_out == held_out]
    vectors = encode(tower, [entry.phrase for entry in chosen])
    return vectors.clone(), torch.tensor([entry.attributes for entry in chosen])
