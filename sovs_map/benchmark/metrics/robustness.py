"""How much a score depends on the words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Robustness:
    """Scores of one class under several phrases, summed up."""

    mean: float
    """Over phrases."""

    worst: float
    """Of any phrase."""

    deviation: float
    """Between phrases."""


def robustness(scores: NDArray[np.float64]) -> Robustness:
    """Return the summary of a class's scores, one a phrase ``(phrases,)``; phrases without a score (NaN) are left out."""
    told = scores[~np.isnan(scores)]
    if not len(told):
        return Robustness(float("nan"), float("nan"), float("nan"))
    return Robustness(float(told.mean()), float(told.min()), float(told.std()))
