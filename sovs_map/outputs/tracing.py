"""Join the nodes of outlines to polygons in pixel coordinates."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.outputs.nodes import DOWN, LEFT, RIGHT, UP, Nodes, Places, rank

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Closed rings, grouped by region; the first ring of a region is its outer one, the others are holes."""

    row: Places
    """Rows of the points, each ring ending where it starts, shape ``(points,)``."""

    col: Places
    """Columns of the points, shape ``(points,)``."""

    ring_starts: Ints
    """Where each ring starts among the points, and the end, shape ``(rings + 1,)``."""

    region_starts: Ints
    """Where each region starts among the rings, and the end, shape ``(regions + 1,)``."""


def trace(nodes: Nodes, *, regions: int, clockwise: bool) -> Rings:
    """Return the outlines of regions, whose nodes must be complete.

    Every ring is simple: where two pixels of a region meet at a corner only, the outlines touch there and don't cross.

    Args:
        nodes: sorted by region, row, column and direction of leaving, see `in_order`; regions are 0…regions - 1.
        regions: how many there are; each has nodes.
        clockwise: whether outer rings turn from rows to columns, holes the other way; else it is the reverse.
    """
    following = _following(nodes)
    points, ring_starts = _walk(_inverse(following) if clockwise else following)
    owner = nodes.region[points[ring_starts[:-1]]]
    region_starts = np.searchsorted(owner, np.arange(regions + 1))
    return Rings(nodes.row[points], nodes.col[points], ring_starts, region_starts)


def _following(nodes: Nodes) -> Places:
    """Return the node to which the outline goes on from each, from columns to rows around a region."""
    leaves = _leave_to_the_other_side(nodes)
    by_row = np.arange(len(leaves), dtype=np.int32)
    by_col = np.argsort(rank(nodes, nodes.col, nodes.row)).astype(np.int32)
    following = np.empty_like(by_row)
    for order, directions in ((by_row, (RIGHT, LEFT)), (by_col, (DOWN, UP))):
        for direction in directions:
            # Along a line the edges of one region in one direction are disjoint: the n-th start has the n-th end.
            starts, ends = order[leaves[order] == direction], order[nodes.arrives[order] == direction]
            following[starts] = ends
    return following


def _inverse(following: Places) -> Places:
    """Return the node from which the outline comes to each."""
    before = np.empty_like(following)
    before[following] = np.arange(len(following), dtype=np.int32)
    return before


def _leave_to_the_other_side(nodes: Nodes) -> NDArray[np.int8]:
    """Return where outlines go on: two passages of one region through one corner exchange their ways."""
    first = np.flatnonzero(
        (nodes.region[1:] == nodes.region[:-1]) & (nodes.row[1:] == nodes.row[:-1]) & (nodes.col[1:] == nodes.col[:-1])
    )
    leaves = nodes.leaves.copy()
    leaves[first], leaves[first + 1] = nodes.leaves[first + 1], nodes.leaves[first]
    return leaves


def _walk(following: Places) -> tuple[Places, Ints]:
    """Return the points of all rings, each closed, and where they start; rings begin at their smallest node."""
    successor = array("i", following.tobytes())  # a list would hold an object for each of the numbers
    points, starts = array("i"), [0]
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
    return np.frombuffer(points, np.int32), np.array(starts, np.int64)
