"""Logits to labels: the classes compete for each pixel, and one wins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.decision import CERTAIN, NO_SCORE, Decision, Layer, check_finite


@dataclass(frozen=True, slots=True)
class Rule:
    """How logits become labels."""

    thresholds: tuple[float, ...]
    """Least probability of each class where it wins."""

    biases: tuple[float, ...]
    """Added to the logits of each class."""

    unknown: float
    """Least probability of any class."""

    dtype: str
    """Of labels."""

    nodata: int
    """Label of pixels without data."""

    all_scores: bool
    """Whether the probabilities of all classes are kept."""

    @property
    def probabilities(self) -> int:
        """Return how many probabilities are kept."""
        return 1 + (len(self.thresholds) if self.all_scores else 0)


def competition(rule: Rule) -> Decision:
    """Return the decision that gives each pixel its most probable class."""
    layers = (Layer("scores", rule.probabilities, "uint8"), Layer("labels", 1, rule.dtype))
    return Decision(layers, partial(compete, rule=rule), str(rule))


def compete(
    band: Band, valid: NDArray[np.bool_], *, rule: Rule
) -> tuple[NDArray[np.uint8], NDArray[np.uint8 | np.uint16]]:
    """Return probabilities and the most probable class of each pixel, by softmax over the classes.

    Args:
        band: blended logits ``(classes, rows, cols)``.
        valid: where there is data, ``(rows, cols)``.
        rule: biases, thresholds and codes.

    Returns:
        Probability of the winning class, then of each if all are kept, times 250, 255 without data,
        ``(probabilities, rows, cols)``; labels 1 … classes, 0 unknown, or nodata, ``(1, rows, cols)``.

    Raises:
        BundleError: a logit is no number, so that no class can win.
    """
    logits = [plane + np.float32(bias) if bias else plane for plane, bias in zip(band.values, rule.biases, strict=True)]
    best, winner = logits[0].copy(), np.ones(valid.shape, rule.dtype)
    for index in range(1, len(logits)):
        np.copyto(winner, index + 1, where=logits[index] > best)
        np.maximum(best, logits[index], out=best)  # passes NaN on
    check_finite(best)
    total = np.zeros_like(best)
    for plane in logits:
        total += np.exp(plane - best)
    probability = 1 / total
    least = np.maximum(np.array(rule.thresholds, np.float32), np.float32(rule.unknown))
    if least.any():
        winner[probability < least[winner.astype(np.intp) - 1]] = 0
    winner[~valid] = rule.nodata
    scores = np.empty((rule.probabilities, *valid.shape), np.uint8)
    scores[0] = np.rint(probability * CERTAIN)
    for index in range(rule.probabilities - 1):
        scores[index + 1] = np.rint(np.exp(logits[index] - best) / total * CERTAIN)
    scores[:, ~valid] = NO_SCORE
    return scores, winner[None]
