"""The nodes of region outlines: pixel corners where an outline turns, or where three or more regions meet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
"""Rows, columns and numbers of regions, of which there are many at once."""

RIGHT, DOWN, LEFT, UP = range(4)
"""Directions of an outline, which keeps its region on the right hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Passages of outlines through pixel corners, each array of shape ``(n,)``."""

    region: Places
    """Whose outline it is."""

    row: Places
    """Row of the corner, 0 at the top of the first pixel."""

    col: Places
    """Column of the corner, 0 at the left of the first pixel."""

    arrives: NDArray[np.int8]
    """Direction in which the outline comes."""

    leaves: NDArray[np.int8]
    """Direction in which it goes on; the same where it only meets others."""

    def with_region(self, region: NDArray[np.integer]) -> Nodes:
        """Return the same passages as outlines of other regions."""
        return replace(self, region=region.astype(np.int32))

    def taken(self, chosen: Ints | slice) -> Nodes:
        """Return some of the passages, or the same in another order."""
        return Nodes(self.region[chosen], self.row[chosen], self.col[chosen], self.arrives[chosen], self.leaves[chosen])

    def joined(self, other: Nodes) -> Nodes:
        """Return both together."""
        return Nodes(
            np.concatenate([self.region, other.region]),
            np.concatenate([self.row, other.row]),
            np.concatenate([self.col, other.col]),
            np.concatenate([self.arrives, other.arrives]),
            np.concatenate([self.leaves, other.leaves]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Nodes of a strip, and a pixel of the region that each belongs to."""

    nodes: Nodes
    """Nodes whose region isn't known yet; it is -1."""

    pixel: Ints
    """Flat index of the pixel in the labels that were searched, shape ``(n,)``."""


@dataclass(frozen=True, slots=True)
class _Quadrant:
    """One of the four pixels at a corner, and how an outline turns there."""

    down: int
    """1 below the corner, 0 above it."""

    right: int
    """1 right of the corner, 0 left of it."""

    tip: tuple[int, int]
    """Directions of arrival and leaving when only this pixel is of the region: the outline turns right."""

    notch: tuple[int, int]
    """Directions when all but the opposite pixel are of the region: the outline turns left."""

    level: tuple[int, int]
    """Directions when this pixel and its neighbour in the row are of the region, and both others are not."""

    upright: tuple[int, int]
    """Directions when this pixel and its neighbour in the column are of the region, and both others are not."""


_QUADRANTS = (
    _Quadrant(0, 0, tip=(DOWN, LEFT), notch=(LEFT, DOWN), level=(LEFT, LEFT), upright=(DOWN, DOWN)),
    _Quadrant(0, 1, tip=(LEFT, UP), notch=(UP, LEFT), level=(LEFT, LEFT), upright=(UP, UP)),
    _Quadrant(1, 1, tip=(UP, RIGHT), notch=(RIGHT, UP), level=(RIGHT, RIGHT), upright=(UP, UP)),
    _Quadrant(1, 0, tip=(RIGHT, DOWN), notch=(DOWN, RIGHT), level=(RIGHT, RIGHT), upright=(DOWN, DOWN)),
)


def find_nodes(labels: NDArray[np.integer], *, row: int) -> Found:
    """Return the nodes at the corners between the first row of labels and its last.

    Where two pixels of one label meet only at the corner each gets a turn of its own; `trace` joins them when they
    turn out to be of one region.

    Args:
        labels: shape ``(rows + 1, width)``; 0 belongs to no region. The first row is that above the strip.
        row: row of the corners above the strip, in raster coordinates.
    """
    padded = np.pad(labels, ((0, 0), (1, 1)))
    nw, ne, sw, se = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    straight = ((nw == ne) & (sw == se)) | ((nw == sw) & (ne == se))
    i, j = np.nonzero(~straight)
    block = np.stack([[nw[i, j], ne[i, j]], [sw[i, j], se[i, j]]])  # (2, 2, n)
    rows, cols, arrives, leaves, pixels = [], [], [], [], []
    for quadrant in _QUADRANTS:
        for chosen, (arrival, leaving) in _passages(block, quadrant):
            rows.append((i[chosen] + row).astype(np.int32))
            cols.append(j[chosen].astype(np.int32))
            arrives.append(np.full(len(chosen), arrival, np.int8))
            leaves.append(np.full(len(chosen), leaving, np.int8))
            pixels.append((i[chosen] + quadrant.down) * labels.shape[1] + j[chosen] + quadrant.right - 1)
    row_of, col_of = np.concatenate(rows), np.concatenate(cols)
    unknown = np.full(len(row_of), -1, np.int32)
    nodes = Nodes(unknown, row_of, col_of, np.concatenate(arrives), np.concatenate(leaves))
    return Found(nodes, np.concatenate(pixels).astype(np.int64))


def _passages(block: NDArray[np.integer], quadrant: _Quadrant) -> list[tuple[Ints, tuple[int, int]]]:
    """Return at which corners the outline of a quadrant's pixel passes, and how."""
    down, right = quadrant.down, quadrant.right
    own, across = block[down, right], block[1 - down, 1 - right]
    level, upright, opposite = own == block[down, 1 - right], own == block[1 - down, right], own == across
    inside = own > 0
    found = [
        (np.flatnonzero(inside & ~level & ~upright), quadrant.tip),
        (np.flatnonzero(inside & level & upright & ~opposite), quadrant.notch),
    ]
    # A pair of pixels sees the corner once, from its left or its upper pixel.
    if right == 0:
        found.append((np.flatnonzero(inside & level & ~upright & ~opposite), quadrant.level))
    if down == 0:
        found.append((np.flatnonzero(inside & ~level & upright & ~opposite), quadrant.upright))
    return found


def sort_by_region(nodes: Nodes) -> Nodes:
    """Return the nodes, those of a region together."""
    return nodes.taken(np.argsort(nodes.region, kind="stable"))


def in_order(nodes: Nodes) -> Nodes:
    """Return the nodes sorted by region, row, column and direction of leaving."""
    return nodes.taken(np.argsort(rank(nodes, nodes.row, nodes.col)))


def rank(nodes: Nodes, line: Places, along: Places) -> Ints:
    """Return one number a node that sorts by region, then line, then place along it; no two of an outline are equal."""
    lines, places = int(line.max(initial=0)) + 1, int(along.max(initial=0)) + 1
    number = nodes.region.astype(np.int64)
    for size, part in ((lines, line), (places, along), (4, nodes.leaves)):
        number *= size
        number += part
    return number
