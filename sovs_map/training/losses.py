"""What training minimises."""

from __future__ import annotations

import torch
from torch import Tensor


def marginal_loss(logits: Tensor, labels: Tensor, compatible: Tensor, weights: Tensor) -> Tensor:
    """Return the mean negative log-likelihood that the class is one of those the label allows.

    A coarse label ("vegetation") allows several classes of the vocabulary; their probabilities add up. Pixels whose
    label allows none, or every class, teach nothing and are left out.

    Args:
        logits: ``(n, classes, h, w)``.
        labels: label indices ``(n, h, w)``.
        compatible: which class may be true where which label is, booleans ``(labels, classes)``.
        weights: weight of a pixel by its label, ``(labels,)``.

    Source:
        Partial-label maximum likelihood: Cour, Sapp and Taskar, JMLR 12, 2011.
    """
    useful = compatible.any(1) & ~compatible.all(1)
    chosen = useful[labels]
    flat = logits.permute(0, 2, 3, 1)[chosen]  # (pixels, classes)
    label = labels[chosen]
    if label.numel() == 0:
        return logits.sum() * 0
    allowed = flat.masked_fill(~compatible[label], -torch.inf).logsumexp(1)
    loss = flat.logsumexp(1) - allowed
    weight = weights[label]
    return (loss * weight).sum() / weight.sum()


def halve_labels(labels: Tensor) -> Tensor:
    """Return labels at stride 2, ``(n, h/2, w/2)``: what the four pixels agree on, else 0, unlabelled."""
    corners = torch.stack([labels[:, row::2, col::2] for row in (0, 1) for col in (0, 1)])
    agreed = (corners == corners[:1]).all(0)
    return torch.where(agreed, corners[0], 0)
