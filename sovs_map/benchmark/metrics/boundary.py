"""Whether edges lie where they should.

Source:
    Boundary F1: Csurka et al. 2013, doi:10.5244/C.27.32, with its tolerance of 0.75 % of the image's diagonal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Tally = NDArray[np.int64]
"""Pixels ``(…, 4)``: true edges, those of them that were found, answered edges, those of them that are right."""


def tolerance(height: int, width: int) -> float:
    """Return how far an edge may be off in an image [pixels]."""
    return max(2.0, 0.0075 * float(np.hypot(height, width)))


def tally_edges(
    truth: NDArray[np.bool_], answer: NDArray[np.bool_], counted: NDArray[np.bool_], *, within: float
) -> Tally:
    """Return the tally of one class of one image.

    A pixel is an edge when one of its four neighbours is not of the class, and both are counted; the image's rim and
    what is not counted make no edges.

    Args:
        truth: where the class is, ``(row, col)``.
        answer: where it was answered, ``(row, col)``.
        counted: which pixels count, ``(row, col)``.
        within: how far apart edges may be that are the same [pixels].
    """
    true, said = _edges(truth, counted), _edges(answer, counted)
    return np.array([true.sum(), _near(true, said, within), said.sum(), _near(said, true, within)], np.int64)


def boundary_f1(tally: NDArray[np.floating] | Tally) -> NDArray[np.float64]:
    """Return the harmonic mean of the shares of true edges found and of answered edges that are right, ``(…,)``.

    NaN where there is no true edge; 0 where there is none answered.
    """
    true, found, said, right = np.moveaxis(np.asarray(tally, np.float64), -1, 0)
    recall = np.divide(found, true, out=np.full(true.shape, np.nan), where=true > 0)
    precision = np.divide(right, said, out=np.zeros(said.shape), where=said > 0)
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.where(np.isnan(both), np.nan, 0.0), where=both > 0)


def _edges(mask: NDArray[np.bool_], counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    edges = np.zeros_like(mask)
    for axis in (0, 1):
        first, second = (np.s_[:-1], np.s_[1:]) if axis == 0 else (np.s_[:, :-1], np.s_[:, 1:])
        change = (mask[first] != mask[second]) & counted[first] & counted[second]
        edges[first] |= change
        edges[second] |= change
    return edges & mask


def _near(edges: NDArray[np.bool_], others: NDArray[np.bool_], within: float) -> int:
    """Return how many edge pixels have another one's edge within a distance."""
    if not edges.any() or not others.any():
        return 0
    return int((ndimage.distance_transform_edt(~others)[edges] <= within).sum())
