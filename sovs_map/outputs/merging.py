"""Which small regions merge into which neighbour: a question about sizes and borders, not about pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """Regions and which of them share an edge."""

    label: Ints
    """Label of each region, shape ``(n,)``."""

    pixels: Ints
    """Size of each region, shape ``(n,)``."""

    first: Ints
    """First pixel of each region, which settles draws, shape ``(n,)``."""

    one: Ints
    """One side of each shared border, shape ``(borders,)``."""

    other: Ints
    """The other side, shape ``(borders,)``."""


def merged_labels(regions: Neighbourhood, *, min_pixels: int) -> Ints:
    """Return the label of each region once no region that has a neighbour is smaller than ``min_pixels``.

    Rounds: each small region joins its largest neighbour (the earlier one when two are equal), and what is joined
    takes the label of its largest member. Neighbours of one label then count as one region. The rounds end, since
    each leaves fewer regions.

    Args:
        regions: regions of different labels that share an edge.
        min_pixels: smallest size that stays.

    Returns:
        Labels, shape ``(n,)``.
    """
    place = np.arange(len(regions.label))
    while True:
        small, neighbour = _targets(regions, min_pixels)
        if not len(small):
            return regions.label[place]
        regions, moved = joined_regions(regions, small, neighbour)
        place = moved[place]


def _targets(regions: Neighbourhood, min_pixels: int) -> tuple[Ints, Ints]:
    """Return the small regions that have neighbours, and the largest neighbour of each."""
    source = np.concatenate([regions.one, regions.other])
    target = np.concatenate([regions.other, regions.one])
    is_small = regions.pixels[source] < min_pixels
    source, target = source[is_small], target[is_small]
    order = np.lexsort((regions.first[target], -regions.pixels[target], source))
    source, target = source[order], target[order]
    leads = np.diff(source, prepend=-1) != 0
    return source[leads], target[leads]


def joined_regions(regions: Neighbourhood, one: Ints, other: Ints) -> tuple[Neighbourhood, Ints]:
    """Return regions after pairs became one, and where each went; the largest member gives the label."""
    member, count = _components(one, other, len(regions.label))
    label = _label_of_largest(regions, member)
    alike = label[member[regions.one]] == label[member[regions.other]]
    more, _ = _components(member[regions.one[alike]], member[regions.other[alike]], count)
    member = more[member]
    label = _label_of_largest(regions, member)
    count = len(label)
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, member, regions.first)
    pixels = np.bincount(member, weights=regions.pixels, minlength=count).astype(np.int64)
    one, other = unique_pairs(member[regions.one], member[regions.other])
    return Neighbourhood(label, pixels, first, one, other), member


def _label_of_largest(regions: Neighbourhood, member: Ints) -> Ints:
    order = np.lexsort((regions.first, -regions.pixels, member))
    leads = np.diff(member[order], prepend=-1) != 0
    return regions.label[order[leads]]


def _components(one: Ints, other: Ints, count: int) -> tuple[Ints, int]:
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(count, count))
    found, member = connected_components(graph, directed=False)
    return member.astype(np.int64), int(found)


def unique_pairs(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Return each pair of different regions once, the smaller number first."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    keys = np.sort((low << 32 | high)[low != high])
    keys = keys[np.diff(keys, prepend=-1) != 0]
    return keys >> 32, keys & 0xFFFFFFFF
