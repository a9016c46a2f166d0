"""Ground control points, and the smooth surface through them that turns pixels into coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroundControl:
    """One pixel whose coordinates are known."""

    row: float
    """Row, 0 at the top of the first pixel."""

    col: float
    """Column, 0 at the left of the first pixel."""

    x: float
    """Coordinate [CRS units]."""

    y: float
    """Coordinate [CRS units]."""

    z: float
    """Height [m]."""


@dataclass(frozen=True, slots=True, eq=False)
class GroundMapping:
    """A fitted surface from pixels to coordinates: a polynomial, or a thin-plate spline. Holds arrays only."""

    order: int
    """Order of the polynomial part; 1 beside a spline."""

    knots: Array
    """Pixels where the spline bends, normalised row and column, shape ``(k, 2)``; k is 0 for a polynomial."""

    weights: Array
    """One row a knot, then one a polynomial term; columns x and y, shape ``(k + terms, 2)``."""

    centre: Array
    """Row and column that normalisation takes to 0, shape ``(2,)``."""

    extent: float
    """Pixels that normalisation takes to 1."""

    residual_x: float
    """RMS of the leave-one-out residual along x [CRS units]; NaN when no point can be left out."""

    residual_y: float
    """RMS of the leave-one-out residual along y [CRS units]; NaN when no point can be left out."""

    @property
    def is_spline(self) -> bool:
        """Tell whether this is a thin-plate spline."""
        return len(self.knots) > 0

    def coordinates(self, rows: ArrayLike, cols: ArrayLike) -> tuple[Array, Array]:
        """Return the coordinates of pixels.

        Args:
            rows: row, 0 at the top of the first pixel, shape ``(n,)``.
            cols: column, 0 at the left of the first pixel, shape ``(n,)``.

        Returns:
            x and y [CRS units], each of shape ``(n,)``.
        """
        pixels = (np.stack([np.asarray(rows, np.float64), np.asarray(cols, np.float64)], axis=-1)) - self.centre
        pixels /= self.extent
        parts = [_design(part, self.knots, self.order) @ self.weights for part in _pieces(pixels)]
        found = np.concatenate(parts) if parts else np.empty((0, 2))
        return found[:, 0], found[:, 1]


def fit_ground_control(points: Sequence[GroundControl]) -> GroundMapping:
    """Return the surface that predicts ground control points best when each is left out in turn.

    The candidates are the polynomial of the highest order up to 3 that the points determine, and, from ten points
    on, the thin-plate spline, which also wins a draw.

    Args:
        points: at least three that don't lie on a line.
    """
    polynomial = fit_polynomial(points)
    if len(points) < 10:
        return polynomial
    spline = fit_spline(points)
    worse = np.hypot(spline.residual_x, spline.residual_y) > np.hypot(polynomial.residual_x, polynomial.residual_y)
    return polynomial if worse else spline


def _highest_order(pixels: Array) -> int:
    """Return the highest order up to 3 that the points determine with one to spare, at least 1."""
    centre, extent = _normalisation(pixels)
    for order in (3, 2):
        design = _terms((pixels - centre) / extent, order)
        if len(pixels) > design.shape[1] and np.linalg.matrix_rank(design, tol=1e-6) == design.shape[1]:
            return order
    return 1


def fit_polynomial(points: Sequence[GroundControl]) -> GroundMapping:
    """Return the least-squares polynomial of the highest order up to 3 that the points determine."""
    pixels, coordinates = _arrays(points)
    order = _highest_order(pixels)
    centre, extent = _normalisation(pixels)
    design = _terms((pixels - centre) / extent, order)
    inverse = np.asarray(np.linalg.pinv(design), np.float64)
    weights = inverse @ coordinates
    leverage = np.einsum("ij,ji->i", design, inverse)
    free = 1.0 - leverage
    residual = coordinates - design @ weights
    left_out = residual / free[:, None] if np.all(free > 1e-9) else np.full_like(residual, np.nan)
    x, y = _rms(left_out)
    return GroundMapping(order, np.empty((0, 2)), weights, centre, extent, x, y)


def fit_spline(points: Sequence[GroundControl]) -> GroundMapping:
    """Return the thin-plate spline through the points.

    Source:
        F. L. Bookstein, IEEE TPAMI 11(6), 1989, doi:10.1109/34.24792; the leave-one-out residual without refitting
        is from S. Rippa, Adv. Comput. Math. 11, 1999, doi:10.1023/A:1018975909870.
    """
    pixels, coordinates = _arrays(points)
    centre, extent = _normalisation(pixels)
    knots = (pixels - centre) / extent
    terms = _terms(knots, 1)
    count, extra = terms.shape
    system = np.zeros((count + extra, count + extra))
    system[:count] = _design(knots, knots, 1)
    system[count:, :count] = terms.T
    # Two points on one pixel, or all on a line, leave the system singular; the pseudo-inverse averages them.
    inverse = np.linalg.pinv(system, rcond=1e-13)
    weights = inverse @ np.concatenate([coordinates, np.zeros((extra, 2))])
    x, y = _rms(weights[:count] / np.diag(inverse)[:count, None])
    return GroundMapping(1, knots, weights, centre, extent, x, y)


def _arrays(points: Sequence[GroundControl]) -> tuple[Array, Array]:
    """Return pixels and coordinates, each of shape ``(n, 2)``."""
    pixels = np.array([(point.row, point.col) for point in points], np.float64)
    return pixels, np.array([(point.x, point.y) for point in points], np.float64)


def _design(pixels: Array, knots: Array, order: int) -> Array:
    """Return what multiplies the weights, shape ``(n, k + terms)``."""
    squared = ((pixels[:, None] - knots[None]) ** 2).sum(axis=-1)
    bends = 0.5 * squared * np.log(np.maximum(squared, 1e-300))
    return np.concatenate([bends, _terms(pixels, order)], axis=1)


def _terms(pixels: Array, order: int) -> Array:
    powers = [(i, total - i) for total in range(order + 1) for i in range(total + 1)]
    return np.stack([pixels[:, 0] ** i * pixels[:, 1] ** j for i, j in powers], axis=1)


def _normalisation(pixels: Array) -> tuple[Array, float]:
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return (low + high) / 2, max(float((high - low).max()) / 2, 1.0)


def _pieces(pixels: Array) -> list[Array]:
    """Return the pixels in pieces small enough for a distance table."""
    return [pixels[start : start + 65536] for start in range(0, len(pixels), 65536)]


def _rms(residual: Array) -> tuple[float, float]:
    mean = np.sqrt((residual**2).mean(axis=0))
    return float(mean[0]), float(mean[1])
