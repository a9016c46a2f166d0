"""Runs of equal labels along the rows of a strip, and which of them touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs of one strip, each array of shape ``(runs,)``."""

    start: Ints
    """Flat index of the first pixel."""

    pixels: Ints
    """Length."""

    label: NDArray[np.integer]
    """Label; 0 belongs to no region."""

    begins: NDArray[np.bool_]
    """Where a run begins, of the strip's shape."""

    def at(self, pixel: Ints) -> Ints:
        """Return the run of each pixel, given by its flat index."""
        return np.searchsorted(self.start, pixel, side="right") - 1


@dataclass(frozen=True, slots=True, eq=False)
class Above:
    """The row above a strip."""

    region: Ints
    """Region of each pixel, counted from 0, or -1 for none, shape ``(width,)``."""

    label: NDArray[np.integer]
    """Label of each pixel, 0 where it has no region, shape ``(width,)``."""


def find_runs(labels: NDArray[np.integer]) -> Runs:
    """Return the runs of a strip, row by row.

    Args:
        labels: shape ``(rows, width)``.
    """
    begins = np.ones(labels.shape, np.bool_)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=begins[:, 1:])
    start = np.flatnonzero(begins)
    return Runs(start, np.diff(start, append=labels.size), labels.ravel()[start], begins)


def connect(above: Above, labels: NDArray[np.integer], runs: Runs, *, regions: int) -> Ints:
    """Return the 4-connected component of each region above and of each run, shape ``(regions + runs,)``.

    Args:
        above: the row above, whose regions are 0…regions - 1.
        labels: the strip.
        runs: its runs.
        regions: how many regions the row above knows.
    """
    entering = np.flatnonzero((above.label == labels[0]) & (above.label > 0))
    touching = (labels[:-1] == labels[1:]) & (labels[1:] > 0) & (runs.begins[:-1] | runs.begins[1:])
    upper = np.flatnonzero(touching)
    source = np.concatenate([above.region[entering], regions + runs.at(upper)])
    target = regions + np.concatenate([runs.at(entering), runs.at(upper + labels.shape[1])])
    count = regions + len(runs.start)
    graph = coo_array((np.ones(len(source), np.bool_), (source, target)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def borders(labels: NDArray[np.integer], runs: Runs) -> tuple[Ints, Ints]:
    """Return pairs of runs of different labels that share an edge, each pair at least once."""
    width = labels.shape[1]
    beside = np.flatnonzero((runs.start[1:] % width != 0) & (runs.label[1:] > 0) & (runs.label[:-1] > 0))
    differing = (labels[:-1] != labels[1:]) & (labels[1:] > 0) & (labels[:-1] > 0)
    upper = np.flatnonzero(differing & (runs.begins[:-1] | runs.begins[1:]))
    one = np.concatenate([beside, runs.at(upper)])
    other = np.concatenate([beside + 1, runs.at(upper + width)])
    return one, other
