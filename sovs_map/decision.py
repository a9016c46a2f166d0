"""Logits to labels and probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.errors import BundleError
from sovs_map.window import Window

CERTAIN = 250
"""How a probability of 1 is stored."""

NO_SCORE = 255
"""How a probability is stored where there is no data."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How logits become labels."""

    thresholds: tuple[float, ...]
    """Least probability of each class where it wins."""

    unknown: float
    """Least probability of any class."""

    dtype: str
    """Of labels."""

    nodata: int
    """Label of pixels without data."""

    all_scores: bool
    """Whether the probabilities of all classes are kept."""

    @property
    def layers(self) -> int:
        """Return how many probabilities are kept."""
        return 1 + (len(self.thresholds) if self.all_scores else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Labels and probabilities of some rows."""

    window: Window
    """Where they lie, in scene coordinates."""

    labels: NDArray[np.generic]
    """1 … classes, 0 unknown, or nodata; shape ``(rows, cols)``."""

    scores: NDArray[np.uint8]
    """Probability of the winning class, then of each if all are kept, times 250; 255 without data."""


def decide(band: Band, *, valid: NDArray[np.bool_], rule: Rule) -> Decided:
    """Return the most probable class of each pixel, by softmax over the classes.

    Args:
        band: blended logits ``(classes, rows, cols)``.
        valid: where there is data, ``(rows, cols)``.
        rule: thresholds and codes.

    Raises:
        BundleError: a logit is no number, so that no class can win.
    """
    logits = band.values
    best, winner = logits[0].copy(), np.ones(valid.shape, rule.dtype)
    for index in range(1, len(logits)):
        np.copyto(winner, index + 1, where=logits[index] > best)
        np.maximum(best, logits[index], out=best)  # passes NaN on
    if not np.isfinite(best).all():
        raise BundleError(
            "the network answered with numbers that are none: its weights are broken; choose another --model"
        )
    total = np.zeros_like(best)
    for plane in logits:
        total += np.exp(plane - best)
    probability = 1 / total
    least = np.maximum(np.array(rule.thresholds, np.float32), np.float32(rule.unknown))
    if least.any():
        winner[probability < least[winner.astype(np.intp) - 1]] = 0
    winner[~valid] = rule.nodata
    scores = np.empty((rule.layers, *valid.shape), np.uint8)
    scores[0] = np.rint(probability * CERTAIN)
    for index in range(rule.layers - 1):
        scores[index + 1] = np.rint(np.exp(logits[index] - best) / total * CERTAIN)
    scores[:, ~valid] = NO_SCORE
    return Decided(band.window, winner, scores)
