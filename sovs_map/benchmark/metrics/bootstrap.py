"""How much scores would change with other scenes.

Source:
    Percentile bootstrap: Efron and Tibshirani 1993, doi:10.1007/978-1-4899-4541-9; whole scenes are drawn, since pixels
    and tiles of one scene are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
"""Of scenes, with replacement."""

SEED = 22
"""Of all draws."""

LEVEL = 95.0
"""Share of the draws that lie in an interval [%]."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a score lies; NaN where scenes are too few to tell."""

    low: float
    """2.5 % of the draws are below."""

    high: float
    """2.5 % of the draws are above."""


def draw_scenes(scenes: int) -> NDArray[np.int64]:
    """Return how often each scene is in each draw, ``(DRAWS, scenes)``; the same for the same number of scenes."""
    return np.random.default_rng(SEED).multinomial(scenes, np.full(scenes, 1 / scenes), size=DRAWS)


def resample(sums: NDArray[np.int64], draws: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return sums over the scenes of each draw, ``(DRAWS, …)``, of sums of each scene ``(scenes, …)``."""
    flat = sums.reshape(len(sums), -1).astype(np.float64)  # exact up to 2^53, and far faster than whole numbers
    return np.rint(draws.astype(np.float64) @ flat).astype(np.int64).reshape(len(draws), *sums.shape[1:])


def interval_of(scores: NDArray[np.float64], *, scenes: int) -> Interval:
    """Return the interval of the scores of all draws ``(DRAWS,)``; NaN of a draw says nothing."""
    told = scores[~np.isnan(scores)]
    if scenes < 2 or not len(told):
        return Interval(float("nan"), float("nan"))
    rest = (100 - LEVEL) / 2
    low, high = np.percentile(told, [rest, 100 - rest])
    return Interval(float(low), float(high))
