"""Smooth surfaces through control points: a polynomial of order 3, or a spline, whichever predicts better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.errors import SceneError

Array = NDArray[np.float64]

SPLINE_POINTS = 10
"""From this many control points on a thin-plate spline is tried."""

_PIECE = 1 << 14
"""Points whose distances to all knots are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A smooth map from the plane to the plane: a polynomial, plus a bend at each knot for a spline."""

    centre: Array
    """What normalisation takes to 0, shape ``(2,)``."""

    extent: float
    """What normalisation takes to 1."""

    order: int
    """Order of the polynomial part; 1 beside a spline."""

    knots: Array
    """Normalised points where a spline bends, shape ``(k, 2)``; k is 0 for a polynomial."""

    weights: Array
    """One row a knot, then one a polynomial term, shape ``(k + terms, 2)``."""

    left_out: Array
    """How far each point lies from the surface fitted without it, shape ``(n, 2)``, in units of the values; NaN when
    there are too few points to leave one out."""

    @property
    def residual(self) -> Array:
        """Return the root mean square of `left_out`, shape ``(2,)``, in units of the values."""
        return np.asarray(np.sqrt((self.left_out**2).mean(axis=0)))


def evaluate(surface: Surface, points: Array) -> Array:
    """Return the values of a surface.

    Args:
        surface: fitted surface.
        points: shape ``(n, 2)``.

    Returns:
        Shape ``(n, 2)``.
    """
    normal = (points - surface.centre) / surface.extent
    pieces = [normal[start : start + _PIECE] for start in range(0, len(normal), _PIECE)]
    parts = [_design(piece, surface.knots, surface.order) @ surface.weights for piece in pieces]
    return np.concatenate(parts) if parts else np.empty((0, 2))


def fit_surface(points: Array, values: Array) -> Surface:
    """Return the surface that predicts each point best when it is left out of the fit.

    Args:
        points: shape ``(n, 2)``; at least three, not on one line.
        values: what the surface shall be there, shape ``(n, 2)``.

    Raises:
        SceneError: the points are too few or lie on a line.
    """
    points, first = np.unique(points, axis=0, return_index=True)
    values = values[first]
    if not span_plane(points):
        raise SceneError(
            f"the scene has {len(points)} usable ground control point(s); at least 3 that don't lie on a line are "
            "needed to place its pixels. Map it without --crs, or add points with gdal_translate -gcp"
        )
    polynomial = _fit_polynomial(points, values)
    if len(points) < SPLINE_POINTS:
        return polynomial
    spline = _fit_spline(points, values)
    return polynomial if _square(polynomial) < _square(spline) else spline


def span_plane(points: Array) -> bool:
    """Tell whether points ``(n, 2)`` are at least three that don't lie on one line."""
    return len(points) >= 3 and bool(np.linalg.matrix_rank(points - points.mean(axis=0), tol=1e-9) == 2)


def _fit_polynomial(points: Array, values: Array) -> Surface:
    """Return the least-squares polynomial of the highest order up to 3 that the points determine with one to spare."""
    centre, extent = _normalisation(points)
    normal = (points - centre) / extent
    order = next((order for order in (3, 2) if _determines(normal, order)), 1)
    design = _terms(normal, order)
    inverse = np.linalg.pinv(design)
    weights = inverse @ values
    free = 1.0 - np.einsum("ij,ji->i", design, inverse)
    left_out = (values - design @ weights) / free[:, None] if free.min() > 1e-9 else np.full_like(values, np.nan)
    return Surface(centre, extent, order, np.empty((0, 2)), weights, left_out)


def _fit_spline(points: Array, values: Array) -> Surface:
    """Return the thin-plate spline through the points.

    Source:
        F. L. Bookstein, IEEE TPAMI 11(6), 1989, doi:10.1109/34.24792; leaving a point out without refitting:
        S. Rippa, Adv. Comput. Math. 11, 1999, doi:10.1023/A:1018975909870
    """
    centre, extent = _normalisation(points)
    knots = (points - centre) / extent
    count = len(knots)
    system = np.zeros((count + 3, count + 3))
    system[:count] = _design(knots, knots, 1)
    system[count:, :count] = _terms(knots, 1).T
    inverse = np.linalg.pinv(system, rcond=1e-14)
    weights = inverse @ np.concatenate([values, np.zeros((3, 2))])
    return Surface(centre, extent, 1, knots, weights, weights[:count] / np.diag(inverse)[:count, None])


def _determines(normal: Array, order: int) -> bool:
    design = _terms(normal, order)
    terms = design.shape[1]
    return len(normal) > terms and bool(np.linalg.matrix_rank(design, tol=1e-6) == terms)


def _design(normal: Array, knots: Array, order: int) -> Array:
    """Return what multiplies the weights, shape ``(n, k + terms)``."""
    squared = ((normal[:, None] - knots[None]) ** 2).sum(axis=-1)  # (n, k)
    bends = squared * np.log(np.maximum(squared, 1e-300))
    return np.concatenate([bends, _terms(normal, order)], axis=1)


def _terms(normal: Array, order: int) -> Array:
    powers = [(i, total - i) for total in range(order + 1) for i in range(total + 1)]
    return np.stack([normal[:, 0] ** i * normal[:, 1] ** j for i, j in powers], axis=1)


def _normalisation(points: Array) -> tuple[Array, float]:
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, float((high - low).max()) / 2


def _square(surface: Surface) -> float:
    return float((surface.left_out**2).sum())
