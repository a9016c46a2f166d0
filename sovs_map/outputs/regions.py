"""Find the connected regions of a label raster strip by strip, whole across every seam."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from io import BufferedIOBase

import numpy as np
from numpy.typing import NDArray

from sovs_map.outputs.counting import NO_CONFIDENCE
from sovs_map.outputs.grouping import groups
from sovs_map.outputs.nodes import Nodes, find_nodes, in_order, sort_by_region
from sovs_map.outputs.runs import Above, Runs, connect, find_runs
from sovs_map.outputs.shelf import Shelf, empty_shelf

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Facts of regions, one entry a region, each array of shape ``(n,)``."""

    label: Ints
    """Class of the region, 1…N."""

    pixels: Ints
    """Pixels."""

    certainty: Ints
    """Sum of the stored confidence of its pixels that have one."""

    measured: Ints
    """Pixels that have a confidence."""

    first: Ints
    """Smallest ``row × width + column`` of its pixels."""

    last_row: Ints
    """Last row that it reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """Regions that are complete, and the nodes of their outlines."""

    regions: Regions
    """In the order of their last row, then of their first pixel."""

    nodes: Nodes
    """Nodes of all of them, sorted as by `in_order`; ``nodes.region`` counts the regions."""


def find_regions(
    strips: Iterable[tuple[NDArray[np.integer], NDArray[np.uint8]]], *, width: int, file: BufferedIOBase, most: int
) -> Iterator[Outlines]:
    """Yield the 4-connected regions of labels as soon as they are complete.

    A region that reaches a strip's last row stays open and goes on in the next strip, so regions and their order do
    not depend on the height of the strips. Nodes of open regions wait in a file: memory follows the strip and the
    largest region.

    Args:
        strips: from top to bottom, labels (0 belongs to no region) and confidence (255 is missing), each of shape
            ``(rows, width)`` with at least one row.
        width: columns of the raster.
        file: empty, open for reading and writing.
        most: how many nodes are yielded at once, unless one region alone has more.
    """
    above = np.full(width, -1, np.int64)  # the open region of each pixel of the row above; -1 is none
    opened, shelf = _none(), empty_shelf(file)
    row = 0
    bottom = (np.zeros((1, width), np.uint16), np.full((1, width), NO_CONFIDENCE, np.uint8))
    for labels, confidence in _then(strips, bottom):
        label_above = np.append(opened.label, 0)[above]
        runs = find_runs(labels)
        member = connect(Above(above, label_above), labels, runs, regions=len(opened.label))
        merged = _merge(opened, _as_regions(runs, labels, confidence, row), member)
        of_open, of_run = member[: len(opened.label)], member[len(opened.label) :]

        last = runs.at(np.arange(width) + (len(labels) - 1) * width)
        below = np.where(labels[-1] > 0, of_run[last], -1)
        order, complete = _complete_first(merged, below)
        number = np.full(len(merged.label) + 1, -1, np.int64)  # the last one stands for no region
        number[order] = np.arange(len(order))
        regions = _take(merged, order)

        here = find_nodes(np.vstack([label_above.astype(labels.dtype), labels]), row=row)
        carried = np.append(of_open, -1)[above[np.minimum(here.pixel, width - 1)]]
        region = np.where(here.pixel < width, carried, of_run[runs.at(here.pixel - width)])
        nodes = sort_by_region(here.nodes.with_region(number[region]))
        shelf = shelf.renumbered(number[of_open])
        yield from _complete(_take(regions, slice(complete)), shelf, nodes, most=most)

        begun = nodes.taken(slice(int(np.searchsorted(nodes.region, complete)), None))
        shelf = shelf.joined(begun).without(complete)
        above, opened = np.maximum(number[below] - complete, -1), _take(regions, slice(complete, None))
        row += len(labels)


def _then(
    strips: Iterable[tuple[NDArray[np.integer], NDArray[np.uint8]]], last: tuple[NDArray[np.integer], NDArray[np.uint8]]
) -> Iterator[tuple[NDArray[np.integer], NDArray[np.uint8]]]:
    yield from strips
    yield last


def _as_regions(runs: Runs, labels: NDArray[np.integer], confidence: NDArray[np.uint8], row: int) -> Regions:
    """Return runs as small regions."""
    width = labels.shape[1]
    unmeasured = runs.at(np.flatnonzero((confidence == NO_CONFIDENCE) & (labels > 0)))
    missing = np.bincount(unmeasured, minlength=len(runs.start))
    return Regions(
        label=runs.label.astype(np.int64),
        pixels=runs.pixels,
        certainty=np.add.reduceat(confidence.ravel().astype(np.int32), runs.start) - NO_CONFIDENCE * missing,
        measured=runs.pixels - missing,
        first=runs.start + row * width,
        last_row=runs.start // width + row,
    )


def _merge(opened: Regions, runs: Regions, member: Ints) -> Regions:
    """Return the regions that open regions and runs make up together."""
    count = int(member.max()) + 1
    parts = Regions(*(np.concatenate([getattr(opened, f.name), getattr(runs, f.name)]) for f in fields(Regions)))
    label, last_row = np.zeros(count, np.int64), np.full(count, -1, np.int64)
    first = np.full(count, np.iinfo(np.int64).max)
    label[member] = parts.label
    np.minimum.at(first, member, parts.first)
    np.maximum.at(last_row, member, parts.last_row)
    pixels, certainty, measured = (
        np.bincount(member, weights=part, minlength=count).astype(np.int64)
        for part in (parts.pixels, parts.certainty, parts.measured)
    )
    return Regions(label, pixels, certainty, measured, first, last_row)


def _complete_first(regions: Regions, below: Ints) -> tuple[Ints, int]:
    """Return complete regions by last row and first pixel, then those that go on below, and how many are complete."""
    is_open = np.zeros(len(regions.label), np.bool_)
    is_open[below[below >= 0]] = True
    complete = np.flatnonzero(~is_open & (regions.label > 0))
    complete = complete[np.lexsort((regions.first[complete], regions.last_row[complete]))]
    return np.concatenate([complete, np.flatnonzero(is_open)]), len(complete)


def _complete(regions: Regions, shelf: Shelf, nodes: Nodes, *, most: int) -> Iterator[Outlines]:
    """Yield regions with their nodes from the shelf and from the strip, as many at once as may be."""
    count = len(regions.label)
    sizes = shelf.sizes(count) + np.bincount(nodes.region, minlength=count)[:count]
    for part in groups(sizes, most=most):
        yield Outlines(_take(regions, part), _between(shelf, nodes, part.start, part.stop))


def _between(shelf: Shelf, nodes: Nodes, first: int, stop: int) -> Nodes:
    """Return the nodes of the regions from ``first``, which becomes 0, to before ``stop``."""
    here = nodes.taken(slice(*np.searchsorted(nodes.region, (first, stop)).tolist()))
    both = shelf.read(first, stop).joined(here)
    return in_order(both.with_region(both.region - first))


def _take(regions: Regions, chosen: Ints | slice) -> Regions:
    return Regions(*(getattr(regions, f.name)[chosen] for f in fields(Regions)))


def _none() -> Regions:
    return Regions(*(np.empty(0, np.int64) for _ in fields(Regions)))
