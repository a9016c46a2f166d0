"""The part of a scene that is wanted: a window, and inside it an outline in pixels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from sovs_map.window import Window

_CROSSINGS = 1 << 22
"""About how many crossings of outline and rows are held at once."""


@dataclass(frozen=True, slots=True)
class Area:
    """The part of a scene that is wanted. A pixel belongs to it when its centre does."""

    window: Window
    """The smallest window that holds every pixel of the area, inside the scene."""

    outline: shapely.MultiPolygon | None
    """In pixels of the scene, (col, row), 0 at the corner of the first one; None where the window is all of the area.

    What any of its polygons encloses belongs to the area, by the even-odd rule: they may overlap and cross themselves.
    """

    @property
    def identity(self) -> str:
        """Return the SHA-256 of what the area is: equal for equal areas, different after any change."""
        outline = b"" if self.outline is None else shapely.to_wkb(self.outline, byte_order=1)
        return hashlib.sha256(repr(self.window).encode() + outline).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Runs of pixels whose centres lie inside polygons; runs of different polygons may overlap."""

    row: NDArray[np.int64]
    """Row of each, shape ``(n,)``."""

    col: NDArray[np.int64]
    """First column of each."""

    end: NDArray[np.int64]
    """Column behind the last one of each."""


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Edges of polygons, the end that lies higher up first, so that polygons with a common edge meet without a gap."""

    top: NDArray[np.float64]
    """(col, row) of the upper ends, shape ``(n, 2)``."""

    bottom: NDArray[np.float64]
    """(col, row) of the lower ends, shape ``(n, 2)``."""

    polygon: NDArray[np.int64]
    """Number of the polygon of each, shape ``(n,)``."""


def outside(area: Area, window: Window) -> NDArray[np.bool_]:
    """Return which pixels of a window don't belong to an area.

    The answer for a pixel depends on that pixel and the area alone, never on the window.

    Args:
        area: the part of a scene that is wanted.
        window: any window, in scene coordinates.

    Returns:
        Shape ``(row, col)``.
    """
    shared = (window & area.window).relative_to(window)
    missing = np.ones((window.height, window.width), bool)
    if shared.is_empty:
        return missing
    missing[shared.slices] = False if area.outline is None else ~_filled(area.outline, window & area.window)
    return missing


def spans(outline: shapely.MultiPolygon, window: Window) -> Spans:
    """Return the runs of pixels of a window whose centres lie inside polygons, by the even-odd rule for each."""
    edges = _edges_touching(outline, window)
    found: list[Spans] = []
    waiting = [window]
    while waiting:
        part = waiting.pop()
        first, counts = _rows_crossed(edges, part)
        if counts.sum() > _CROSSINGS and part.height > 1:
            half = part.height // 2
            waiting += [
                Window(part.row, part.col, half, part.width),
                Window(part.row + half, part.col, part.height - half, part.width),
            ]
            continue
        found.append(_paired(edges, part, first, counts))
    return Spans(
        np.concatenate([one.row for one in found]),
        np.concatenate([one.col for one in found]),
        np.concatenate([one.end for one in found]),
    )


def _filled(outline: shapely.MultiPolygon, window: Window) -> NDArray[np.bool_]:
    found = spans(outline, window)
    steps = np.zeros((window.height, window.width + 1), np.int32)
    np.add.at(steps, (found.row - window.row, found.col - window.col), 1)
    np.add.at(steps, (found.row - window.row, found.end - window.col), -1)
    return np.cumsum(steps[:, :-1], axis=1, dtype=np.int32) > 0


def _edges_touching(outline: shapely.MultiPolygon, window: Window) -> _Edges:
    """Return the edges of an outline that the rows of a window meet, and that decide something there."""
    rings, polygon = shapely.get_rings(shapely.get_parts(outline), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    begins = np.flatnonzero(ring[1:] == ring[:-1])
    start, stop, owner = points[begins], points[begins + 1], polygon[ring[begins]]
    down = (start[:, 1] <= stop[:, 1])[:, None]
    top, bottom = np.where(down, start, stop), np.where(down, stop, start)
    met = (bottom[:, 1] > window.row) & (top[:, 1] < window.bottom) & (bottom[:, 1] > top[:, 1])
    return _Edges(top[met], bottom[met], owner[met].astype(np.int64))


def _rows_crossed(edges: _Edges, window: Window) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of a window whose middle each edge crosses, and how many it crosses."""
    first, behind = (
        np.clip(np.ceil(rows - 0.5), window.row, window.bottom).astype(np.int64)
        for rows in (edges.top[:, 1], edges.bottom[:, 1])
    )
    return first, behind - first


def _paired(edges: _Edges, window: Window, first: NDArray[np.int64], counts: NDArray[np.int64]) -> Spans:
    """Return the runs between each odd crossing of a row and the even one that follows."""
    edge = np.repeat(np.arange(len(counts)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    (left, upper), (right, lower) = edges.top[edge].T, edges.bottom[edge].T
    crossing = left + (row + 0.5 - upper) * ((right - left) / (lower - upper))
    col = np.clip(np.ceil(crossing - 0.5), window.col, window.right).astype(np.int64)
    wide, high = window.width + 1, window.height
    key = (edges.polygon[edge] * high + (row - window.row)) * wide + (col - window.col)
    key.sort()
    rows, cols = np.divmod(key, wide)
    row, col, end = rows[::2] % high + window.row, cols[::2] + window.col, cols[1::2] + window.col
    some = col < end
    return Spans(row[some], col[some], end[some])
