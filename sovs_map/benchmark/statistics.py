"""How many pixels classes and leaves have, and which are frequent or rare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.entry import Entry
from sovs_map.taxonomy import load_taxonomy

HEAD, MEDIUM, TAIL = "head", "medium", "tail"
"""Frequent, less frequent and rare classes."""

SHARES = (0.80, 0.95)
"""Cumulated share of pixels at which head and medium end: 80 % and the next 15 %."""


def class_pixels(data_set: DataSet, entries: Sequence[Entry]) -> NDArray[np.int64]:
    """Return the pixels of each class of a data set, shape ``(classes,)``."""
    total = np.zeros(len(data_set.classes) + 1, np.int64)
    for entry in entries:
        if entry.pixels:
            total += np.array(entry.pixels, np.int64)
    return total[1:]


def leaf_pixels(data_set: DataSet, pixels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pixels that are of each leaf for certain, and those that may be, both of shape ``(leaves,)``.

    Args:
        data_set: whose classes they are.
        pixels: of each class, shape ``(classes,)``.
    """
    certain = np.zeros(len(load_taxonomy().leaves), np.int64)
    possible = np.zeros_like(certain)
    for one, count in zip(data_set.classes, pixels, strict=True):
        for leaf in one.leaves:
            (certain if len(one.leaves) == 1 else possible)[leaf - 1] += count
    return certain, possible


def frequencies(pixels: NDArray[np.int64]) -> tuple[str, ...]:
    """Return for each class whether it is of the head, medium or tail; empty for one without pixels.

    Classes are taken from the most frequent down: the head has the first 80 % of all pixels, the medium the next 15 %.
    A class belongs to where its first pixel lies, so that the most frequent one always is of the head.

    Args:
        pixels: of each class, of the split that is learnt from, shape ``(classes,)``.
    """
    order = np.argsort(-pixels, kind="stable")
    total = max(int(pixels.sum()), 1)
    before = np.cumsum(pixels[order]) - pixels[order]
    place = np.searchsorted(SHARES, before / total, side="right")
    names = np.full(len(pixels), "", object)
    names[order] = np.array((HEAD, MEDIUM, TAIL), object)[place]
    names[pixels == 0] = ""
    return tuple(names.tolist())
