"""Join the nodes of outlines to polygons in pixel coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.outputs.nodes import DOWN, LEFT, RIGHT, UP, Nodes

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Closed rings, grouped by region; the first ring of a region is its outer one, the others are holes."""

    row: Ints
    """Rows of the points, each ring ending where it starts, shape ``(points,)``."""

    col: Ints
    """Columns of the points, shape ``(points,)``."""

    ring_starts: Ints
    """Where each ring starts among the points, and the end, shape ``(rings + 1,)``."""

    region_starts: Ints
    """Where each region starts among the rings, and the end, shape ``(regions + 1,)``."""


def trace(nodes: Nodes, *, regions: int) -> Rings:
    """Return the outlines of regions, whose nodes must be complete.

    Every ring is simple: where two pixels of a region meet at a corner only, the outlines touch there and don't cross.

    Args:
        nodes: in any order; ``nodes.region`` is 0…regions - 1.
        regions: how many there are; each has nodes.
    """
    nodes = nodes.taken(np.argsort(_rank(nodes.region, nodes.row, nodes.col, nodes.leaves)))
    leaves = _leave_to_the_other_side(nodes)
    by_col = np.argsort(_rank(nodes.region, nodes.col, nodes.row, nodes.leaves))
    following = np.empty(len(leaves), np.int64)
    everything = np.arange(len(leaves))
    for order, directions in ((everything, (RIGHT, LEFT)), (by_col, (DOWN, UP))):
        for direction in directions:
            # Along a line the edges of one region in one direction are disjoint: the n-th start has the n-th end.
            starts, ends = order[leaves[order] == direction], order[nodes.arrives[order] == direction]
            following[starts] = ends
    points, ring_starts = _walk(following)
    owner = nodes.region[points[ring_starts[:-1]]]
    region_starts = np.searchsorted(owner, np.arange(regions + 1))
    return Rings(nodes.row[points], nodes.col[points], ring_starts, region_starts)


def _rank(region: Ints, line: Ints, along: Ints, leaves: NDArray[np.int8]) -> Ints:
    """Return one number a node that sorts by region, then line, then place along it; no two are equal."""
    lines, places = int(line.max(initial=0)) + 1, int(along.max(initial=0)) + 1
    return ((region * lines + line) * places + along) * 4 + leaves


def _leave_to_the_other_side(nodes: Nodes) -> NDArray[np.int8]:
    """Return where outlines go on: two passages of one region through one corner exchange their ways."""
    first = np.flatnonzero(
        (nodes.region[1:] == nodes.region[:-1]) & (nodes.row[1:] == nodes.row[:-1]) & (nodes.col[1:] == nodes.col[:-1])
    )
    leaves = nodes.leaves.copy()
    leaves[first], leaves[first + 1] = nodes.leaves[first + 1], nodes.leaves[first]
    return leaves


def _walk(following: Ints) -> tuple[Ints, Ints]:
    """Return the points of all rings, each closed, and where they start; rings begin at their smallest node."""
    successor = following.tolist()
    points: list[int] = []
    starts = [0]
    for first in range(len(successor)):
        node, after = first, successor[first]
        if after < 0:
            continue
        while after >= 0:
            points.append(node)
            successor[node] = -1  # passed
            node, after = after, successor[after]
        points.append(first)
        starts.append(len(points))
    return np.array(points, np.int64), np.array(starts, np.int64)
