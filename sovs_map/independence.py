"""Logits to one probability a phrase, each judged for itself: no phrase takes anything from another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.decision import CERTAIN, NO_SCORE, Decision, Layer, check_finite


@dataclass(frozen=True, slots=True)
class Judgement:
    """How logits become probabilities that a phrase is true of a pixel."""

    scale: float
    """Factor of a logit, learned with the network."""

    bias: float
    """Logit at which a phrase is as likely true as false is minus this over the scale; learned with the network."""

    biases: tuple[float, ...]
    """Added to the logits of each phrase, by the user."""


def independence(judgement: Judgement) -> Decision:
    """Return the decision that judges each phrase alone."""
    layers = (Layer("scores", len(judgement.biases), "uint8"),)
    return Decision(layers, partial(judge, judgement=judgement), str(judgement))


def judge(band: Band, valid: NDArray[np.bool_], *, judgement: Judgement) -> tuple[NDArray[np.uint8]]:
    """Return the probability that each phrase is true, by the logistic function of its logit.

    Args:
        band: blended logits ``(phrases, rows, cols)``.
        valid: where there is data, ``(rows, cols)``.
        judgement: scale and biases.

    Returns:
        Probabilities times 250, 255 without data, ``(phrases, rows, cols)``.

    Raises:
        BundleError: a logit is no number.

    Source:
        a learned scale and bias per pair of image and text: Zhai et al. 2023, doi:10.1109/ICCV51070.2023.01100
    """
    scale, bias = np.float32(judgement.scale), np.float32(judgement.bias)
    scores = np.empty((len(judgement.biases), *valid.shape), np.uint8)
    for plane, own, score in zip(band.values, judgement.biases, scores, strict=True):
        against = -scale * plane
        against -= scale * np.float32(own) + bias
        check_finite(against)
        with np.errstate(over="ignore"):  # e to the 90th is as good as infinity: the probability is 0
            odds = np.exp(against, out=against)
        odds += 1
        score[...] = np.rint(np.divide(np.float32(CERTAIN), odds, out=odds), out=odds)
    scores[:, ~valid] = NO_SCORE
    return (scores,)
