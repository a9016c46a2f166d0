"""How far answers are from the truth in the taxonomy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.metrics.counts import Numbers, Rates, Right
from sovs_map.taxonomy import load_taxonomy


def steps_up(truths: Sequence[frozenset[int]], classes: Sequence[frozenset[int]], right: Right) -> NDArray[np.int64]:
    """Return how many steps one has to go up from a truth until its node holds the answer, ``(truths, classes)``.

    None where the answer is right; one where both reach into a group of the taxonomy; else two, to the root.

    Args:
        truths: leaves of each.
        classes: leaves of each; none for what is no land cover.
        right: which class is right where what is true.
    """
    groups = [leaf.group for leaf in load_taxonomy().leaves]
    near = [[_groups(true, groups) & _groups(said, groups) for said in classes] for true in truths]
    return np.where(right, 0, np.where(np.array([[bool(one) for one in row] for row in near]), 1, 2))


def tree_distance(counts: Numbers, steps: NDArray[np.int64]) -> Rates:
    """Return the mean of the steps over pixels ``(…,)``; NaN without any."""
    pixels = np.asarray(counts.sum((-2, -1)), np.float64)
    walked = (counts * steps).sum((-2, -1))
    return np.divide(walked, pixels, out=np.full(pixels.shape, np.nan), where=pixels > 0)


def _groups(leaves: frozenset[int], groups: Sequence[str]) -> set[str]:
    return {groups[leaf - 1] for leaf in leaves}
