"""Pixels counted by what is true and what was answered, and the scores that are made of the counts.

Truth may be coarser than what is asked, so a table says which answers are right where what is true. An answer that is
right is a hit of what is true; any other is a miss of it, and a false alarm of everything that it would have been right
for. Where each truth has one right answer of its own, all scores are the usual ones. Counts may have further axes in
front, which are images, scenes or draws.

Source:
    Everingham et al. 2015, doi:10.1007/s11263-014-0733-5, for the intersection over union of one matrix over all images.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sovs_map.training.evaluation import harmonic_mean

Counts = NDArray[np.int64]
"""Pixels ``(…, truths, classes)``."""

Right = NDArray[np.bool_]
"""Which class is right where what is true ``(truths, classes)``."""

Numbers = NDArray[np.floating[Any]] | NDArray[np.int64]
"""Counts, or sums of them with weights."""

Rates = NDArray[np.float64]
"""Scores; NaN where there is nothing to tell."""


def count_pixels(
    truth: NDArray[np.integer[Any]], winner: NDArray[np.integer[Any]], *, shape: tuple[int, int]
) -> Counts:
    """Return the counts of one image.

    Args:
        truth: what is true, from 0; -1 where nothing is counted.
        winner: the class that was answered, from 0, of the same shape.
        shape: how many truths and classes there are.
    """
    told = truth >= 0
    flat = truth[told].astype(np.int64) * shape[1] + winner[told]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)


def hits_of(counts: Numbers, right: Right) -> Numbers:
    """Return how many pixels of each truth were answered right, ``(…, truths)``."""
    hits: Numbers = (counts * right).sum(-1)
    return hits


def alarms_of(counts: Numbers, right: Right) -> Numbers:
    """Return how many pixels elsewhere got an answer that would be right for each truth, ``(…, truths)``."""
    alarms: Numbers = (counts * ~right).sum(-2) @ right.T
    return alarms


def intersections_over_unions(counts: Numbers, right: Right) -> Rates:
    """Return the IoU of each truth ``(…, truths)``; NaN where it is neither true nor answered anywhere."""
    return _share(hits_of(counts, right), counts.sum(-1) + alarms_of(counts, right))


def mean_iou(counts: Numbers, right: Right, *, among: NDArray[np.bool_]) -> Rates:
    """Return the mean IoU of the truths ``among`` that there are, ``(…,)``; those that are absent are left out."""
    return _mean(intersections_over_unions(counts, right), (counts.sum(-1) > 0) & among)


def mean_iou_with_absent(counts: Numbers, right: Right, *, among: NDArray[np.bool_]) -> Rates:
    """Return the mean IoU of the truths ``among`` that there are or were answered: 0 for those that are absent."""
    rates = intersections_over_unions(counts, right)
    return _mean(np.nan_to_num(rates), ~np.isnan(rates) & among)


def frequency_weighted_iou(counts: Numbers, right: Right, *, among: NDArray[np.bool_]) -> Rates:
    """Return the mean IoU of the truths ``among``, each weighed by its pixels, ``(…,)``."""
    pixels = counts.sum(-1) * among
    rates = np.nan_to_num(intersections_over_unions(counts, right))
    return _share((pixels * rates).sum(-1), pixels.sum(-1))


def mean_accuracy(counts: Numbers, right: Right, *, among: NDArray[np.bool_]) -> Rates:
    """Return the mean share of pixels that were answered right of the truths ``among`` that there are, ``(…,)``."""
    pixels = counts.sum(-1)
    return _mean(np.nan_to_num(_share(hits_of(counts, right), pixels)), (pixels > 0) & among)


def overall_accuracy(counts: Numbers, right: Right) -> Rates:
    """Return the share of pixels that were answered right, ``(…,)``: of coarse truths, too, so it is hierarchical."""
    return _share(hits_of(counts, right).sum(-1), counts.sum((-2, -1)))


def harmonic_means(seen: Rates, unseen: Rates) -> Rates:
    """Return the harmonic mean of each two scores, ``(…,)``; NaN where either is."""
    means: Rates = np.vectorize(harmonic_mean, otypes=[np.float64])(seen, unseen)
    return means


def _share(part: Numbers, whole: Numbers) -> Rates:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _mean(values: Rates, where: NDArray[np.bool_]) -> Rates:
    return _share(np.where(where, values, 0).sum(-1), where.sum(-1))
