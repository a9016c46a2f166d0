"""Whether a picture's score for a class tells that the class is in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

TOP = 0.99
"""Quantile of a class's probabilities in a picture that is the picture's score: a hundredth of it must be the class."""


def picture_scores(probabilities: NDArray[np.float32], counted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the score of each class of one picture, ``(classes,)``.

    Args:
        probabilities: ``(classes, row, col)``.
        counted: which pixels count, ``(row, col)``; at least one.
    """
    pixels = int(counted.sum())
    place = min(int(TOP * pixels), pixels - 1)
    return np.array([np.partition(one[counted], place)[place] for one in probabilities], np.float32)


def area_under_curve(scores: NDArray[np.floating], present: NDArray[np.bool_]) -> float:
    """Return how often a picture with the class scores above one without, ties half; NaN where all are of one kind.

    Source:
        Mann and Whitney 1947, doi:10.1214/aoms/1177730491; equal to the area under the ROC curve, Hanley and McNeil
        1982, doi:10.1148/radiology.143.1.7063747
    """
    there, away = int(present.sum()), int((~present).sum())
    if not there or not away:
        return float("nan")
    ranks = stats.rankdata(scores)
    return float((ranks[present].sum() - there * (there + 1) / 2) / (there * away))
