"""Closed lines, all in one array: cut to a rectangle, and carried into other coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROUNDS = 10
"""An edge is cut into at most four to this power; only one that is torn apart needs all of them."""

_QUARTERS = np.array([0.25, 0.5, 0.75])[None, :, None]


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Closed lines, each from its first point over the others and back to the first."""

    points: Array
    """x and y of all, shape ``(n, 2)``."""

    ring: NDArray[np.int64]
    """Number of the ring of each point, never less than before, shape ``(n,)``."""

    polygon: NDArray[np.int64]
    """Number of the polygon of each ring."""


def rings_of(polygons: shapely.MultiPolygon) -> Rings:
    """Return the rings of polygons: shells and holes."""
    rings, polygon = shapely.get_rings(shapely.get_parts(polygons), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.flatnonzero(ring != np.append(ring[1:], -1))
    return Rings(np.delete(points, last, axis=0), np.delete(ring, last).astype(np.int64), polygon.astype(np.int64))


def to_polygons(rings: Rings) -> shapely.MultiPolygon:
    """Return polygons with these rings; a ring of fewer than three points is nothing."""
    enough = np.bincount(rings.ring, minlength=len(rings.polygon)) >= 3
    kept = enough[rings.ring]
    number = np.cumsum(enough) - 1
    if not kept.any():
        return shapely.MultiPolygon()
    lines = shapely.linearrings(rings.points[kept], indices=number[rings.ring[kept]])
    _, polygon = np.unique(rings.polygon[enough], return_inverse=True)
    return shapely.multipolygons(shapely.polygons(lines, indices=polygon))


def cut(rings: Rings, bounds: tuple[float, float, float, float]) -> Rings:
    """Return what of rings lies in a rectangle; inside it, they enclose by the even-odd rule what they did.

    Args:
        rings: any; they may cross themselves.
        bounds: left, bottom, right, top.

    Source:
        I. E. Sutherland, G. W. Hodgman, Comm. ACM 17(1), 1974, doi:10.1145/360767.360802
    """
    left, bottom, right, top = bounds
    for axis, limit, sign in ((0, left, 1), (1, bottom, 1), (0, right, -1), (1, top, -1)):
        rings = _cut_half(rings, axis=axis, limit=limit, sign=sign)
    return rings


def refined(rings: Rings, carry: Callable[[Array], Array], *, tolerance: float) -> Rings:
    """Return rings in other coordinates, with more points where a straight edge becomes a curve.

    Args:
        rings: any.
        carry: from coordinates ``(n, 2)`` to others.
        tolerance: how far a new edge may lie from the curve, in the other coordinates.

    Returns:
        Not finite where ``carry`` has no answer.
    """
    carried = carry(rings.points)
    for _ in range(_ROUNDS):
        following = _following(rings.ring)
        between = rings.points[:, None] + _QUARTERS * (rings.points[following] - rings.points)[:, None]
        curve = carry(between.reshape(-1, 2)).reshape(between.shape)
        line = carried[:, None] + _QUARTERS * (carried[following] - carried)[:, None]
        bent = (np.abs(curve - line) > tolerance).any(axis=(1, 2))
        if not bent.any():
            break
        chosen = np.column_stack([np.ones_like(bent), bent, bent, bent])
        points = np.concatenate([rings.points[:, None], between], axis=1)[chosen]
        carried = np.concatenate([carried[:, None], curve], axis=1)[chosen]
        rings = Rings(points, np.repeat(rings.ring, chosen.sum(axis=1)), rings.polygon)
    return Rings(carried, rings.ring, rings.polygon)


def _cut_half(rings: Rings, *, axis: int, limit: float, sign: int) -> Rings:
    """Return what of rings lies at or above a limit of x or y for sign 1, at or below it for sign -1."""
    if not len(rings.points):
        return rings
    following = _following(rings.ring)
    height = sign * (rings.points[:, axis] - limit)
    inside = height >= 0
    crossing = inside != inside[following]
    share = np.divide(height, height - height[following], out=np.zeros_like(height), where=crossing)
    met = rings.points + share[:, None] * (rings.points[following] - rings.points)
    met[:, axis] = limit
    chosen = np.column_stack([inside, crossing])
    points = np.stack([rings.points, met], axis=1)[chosen]
    return Rings(points, np.repeat(rings.ring, chosen.sum(axis=1)), rings.polygon)


def _following(ring: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each point the position of the next one of its ring."""
    following = np.arange(1, len(ring) + 1)
    last = np.flatnonzero(ring != np.append(ring[1:], -1))
    following[last] = np.concatenate([[0], last[:-1] + 1])
    return following
