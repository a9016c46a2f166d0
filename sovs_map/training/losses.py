"""What training minimises."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def marginal_loss(logits: Tensor, right: Tensor) -> Tensor:
    """Return the mean negative log-likelihood that the class is one of those that may be true.

    A coarse label ("vegetation") allows several classes of the vocabulary; their probabilities add up. Pixels whose
    label allows none, or every class, teach nothing and are left out.

    Args:
        logits: ``(pixels, classes)``.
        right: which class may be true at which pixel, booleans ``(pixels, classes)``.

    Source:
        Partial-label maximum likelihood: Cour, Sapp and Taskar, JMLR 12, 2011.
    """
    useful = right.any(1) & ~right.all(1)
    if not useful.any():
        return logits.sum() * 0
    logits, right = logits[useful].float(), right[useful]
    return (logits.logsumexp(1) - logits.masked_fill(~right, -torch.inf).logsumexp(1)).mean()


def query_loss(logits: Tensor, sure: Tensor, wrong: Tensor) -> Tensor:
    """Return the mean focal cross-entropy of each class alone, present or not, over classes with the same weight.

    Args:
        logits: of the sigmoid, ``(pixels, classes)``.
        sure: which class is certainly true at which pixel, booleans ``(pixels, classes)``.
        wrong: which is certainly not; where a class is neither, nothing is said.

    Source:
        Focal loss with gamma 1: Lin et al. 2017, doi:10.1109/ICCV.2017.324
    """
    said = sure | wrong
    if not said.any():
        return logits.sum() * 0
    error = F.binary_cross_entropy_with_logits(logits, sure.float(), reduction="none")
    focal = (1 - torch.exp(-error)) * error * said
    return focal.sum() / said.sum()


def attribute_loss(looks: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean binary cross-entropy of attribute logits ``(pixels, 12)`` against attributes in [0, 1].

    The entropy of the wanted attributes is taken off, so that 0 is a perfect answer.
    """
    if not len(looks):
        return looks.sum() * 0
    least = -torch.xlogy(wanted, wanted) - torch.xlogy(1 - wanted, 1 - wanted)
    return (F.binary_cross_entropy_with_logits(looks, wanted, reduction="none") - least).mean()


def region_contrast(regions: Tensor, phrases: Tensor, fits: Tensor, *, scale: float = 10.0) -> Tensor:
    """Return how badly each region finds its phrases among many others (InfoNCE with several positives).

    Args:
        regions: unit mean vectors of regions, ``(regions, shared_dim)``.
        phrases: unit vectors of phrases, ``(phrases, shared_dim)``.
        fits: which phrase fits which region, booleans ``(regions, phrases)``; regions without any are left out.
        scale: inverse temperature.

    Source:
        van den Oord et al. 2018, arXiv:1807.03748; contrast did better than regression for aligning radar with
        text by 4 to 5 mIoU points in arXiv:2603.17528.
    """
    return marginal_loss(scale * regions @ phrases.T, fits)


def halve_labels(labels: Tensor) -> Tensor:
    """Return labels at stride 2, ``(n, h/2, w/2)``: what the four pixels agree on, else 0, unlabelled."""
    corners = torch.stack([labels[:, row::2, col::2] for row in (0, 1) for col in (0, 1)])
    agreed = (corners == corners[:1]).all(0)
    return torch.where(agreed, corners[0], 0)
