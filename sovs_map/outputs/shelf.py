"""Nodes of regions that go on below a strip, put into a file, so that memory does not follow what is open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import BufferedIOBase

import numpy as np
from numpy.typing import NDArray

from sovs_map.outputs.nodes import Nodes, Places

Ints = NDArray[np.int64]

_RECORD = np.dtype([("row", "<i4"), ("col", "<i4"), ("turn", "u1")])
"""A node in the file; its turn is four times the direction of arrival plus that of leaving."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """A file of nodes, and whose they are, each array of shape ``(n,)``, sorted by region."""

    file: BufferedIOBase
    """Open for reading and writing; what was put there once stays until the file is closed."""

    region: Places
    """Region of each stretch of nodes."""

    start: Ints
    """Where the stretch begins in the file [nodes]."""

    length: Ints
    """How long it is [nodes]."""

    def sizes(self, count: int) -> Ints:
        """Return how many nodes each of the first regions has here, shape ``(count,)``."""
        return np.bincount(self.region, weights=self.length, minlength=count)[:count].astype(np.int64)

    def renumbered(self, number: Ints) -> Shelf:
        """Return the same nodes under the regions' new numbers."""
        return _sorted(self.file, number[self.region], self.start, self.length)

    def joined(self, nodes: Nodes) -> Shelf:
        """Return the shelf with more nodes, those of a region together."""
        records = np.empty(len(nodes.region), _RECORD)
        records["row"], records["col"], records["turn"] = nodes.row, nodes.col, nodes.arrives * 4 + nodes.leaves
        begin = self.file.seek(0, os.SEEK_END) // _RECORD.itemsize
        self.file.write(records.view(np.uint8).data)
        leads = np.flatnonzero(np.diff(nodes.region, prepend=-1))
        return _sorted(
            self.file,
            np.concatenate([self.region, nodes.region[leads]]),
            np.concatenate([self.start, begin + leads]),
            np.concatenate([self.length, np.diff(leads, append=len(records))]),
        )

    def without(self, count: int) -> Shelf:
        """Return the shelf without the first regions; the next one becomes 0."""
        kept = slice(int(np.searchsorted(self.region, count)), None)
        return Shelf(self.file, self.region[kept] - count, self.start[kept], self.length[kept])

    def read(self, first: int, stop: int) -> Nodes:
        """Return the nodes of the regions from ``first`` to before ``stop``."""
        chosen = slice(*np.searchsorted(self.region, (first, stop)).tolist())
        lengths = self.length[chosen]
        records = np.empty(int(lengths.sum()), _RECORD)
        target, size, filled = records.view(np.uint8).data, _RECORD.itemsize, 0
        for start, length in zip(self.start[chosen].tolist(), lengths.tolist(), strict=True):
            self.file.seek(start * size)
            self.file.readinto(target[filled : filled + length * size])
            filled += length * size
        arrives, leaves = (part.astype(np.int8) for part in np.divmod(records["turn"], 4))
        region = np.repeat(self.region[chosen], lengths)
        return Nodes(region, records["row"].copy(), records["col"].copy(), arrives, leaves)


def _sorted(file: BufferedIOBase, region: NDArray[np.integer], start: Ints, length: Ints) -> Shelf:
    order = np.argsort(region, kind="stable")
    return Shelf(file, region[order].astype(np.int32), start[order], length[order])


def empty_shelf(file: BufferedIOBase) -> Shelf:
    """Return a shelf of no nodes over an empty file."""
    nothing = np.empty(0, np.int64)
    return Shelf(file, np.empty(0, np.int32), nothing, nothing)
