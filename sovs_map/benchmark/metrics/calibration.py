"""Whether probabilities mean what they say, from tallies of how often what was how probable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVELS = 1000
"""Steps between probabilities 0 and 1 that are told apart; maps keep 250."""

BINS = 15
"""Of equal mass."""

Tally = NDArray[np.int64]
"""Pixels, and those of them where it was true, by probability: ``(…, LEVELS + 1, 2)``."""


def tally_probabilities(probability: NDArray[np.float32], true: NDArray[np.bool_]) -> Tally:
    """Return how often each probability was given, and how often what it was given for was true.

    Args:
        probability: any shape, 0 to 1; it is rounded to a level.
        true: of the same shape.
    """
    level = np.rint(probability.ravel() * LEVELS).astype(np.int64)
    kinds = level * 2 + true.ravel()
    false, right = np.bincount(kinds, minlength=2 * (LEVELS + 1)).reshape(LEVELS + 1, 2).T
    return np.stack([false + right, right], axis=-1)


def calibration_error(tally: Tally, *, bins: int = BINS) -> NDArray[np.float64]:
    """Return how far probabilities are from frequencies, on average over bins of equal mass, ``(…,)``.

    Pixels of one level that lie in two bins are shared in proportion, so the order of pixels does not matter.

    Source:
        Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html; bins of equal mass: Nixon et al. 2019,
        arXiv:1904.01685, who also take classes one by one.
    """
    flat = tally.reshape(-1, *tally.shape[-2:])
    errors = np.array([_error(pixels, right, bins) for pixels, right in np.moveaxis(flat, -1, 1)])
    return errors.reshape(tally.shape[:-2])


def reliability(tally: Tally, *, bins: int = BINS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean probability and frequency of each bin of one tally ``(LEVELS + 1, 2)``, ``(bins,)`` each."""
    said, right = _in_bins(tally[:, 0], tally[:, 1], bins)
    mass = max(float(tally[:, 0].sum()), 1.0) / bins
    return said / mass, right / mass


def _error(pixels: NDArray[np.int64], right: NDArray[np.int64], bins: int) -> float:
    total = float(pixels.sum())
    if not total:
        return float("nan")
    said, was = _in_bins(pixels, right, bins)
    return float(np.abs(said - was).sum() / total)


def _in_bins(
    pixels: NDArray[np.int64], right: NDArray[np.int64], bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sums of probability and of truths in each bin."""
    held = pixels > 0
    probability = np.flatnonzero(held) / LEVELS
    mass = np.concatenate([[0], np.cumsum(pixels[held])])
    edges = np.linspace(0, mass[-1], bins + 1)
    said, was = (
        np.diff(np.interp(edges, mass, np.concatenate([[0], np.cumsum(part)])))
        for part in (pixels[held] * probability, right[held])
    )
    return said, was


def squared_error(probability: NDArray[np.float32], true: NDArray[np.bool_]) -> float:
    """Return the sum over pixels of the squared differences of one class's probability and truth.

    Summed over classes and divided by pixels it is the Brier score.

    Args:
        probability: any shape.
        true: of the same shape.

    Source:
        Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, in its form for several classes.
    """
    return float(np.square(probability.astype(np.float64) - true).sum())
