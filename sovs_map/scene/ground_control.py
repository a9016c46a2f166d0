"""Ground control points, and the smooth surface through them that turns pixels into coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from sovs_map.surface import Surface, fit_surface, span_plane


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


def place_pixels(points: Sequence[GroundControl]) -> bool:
    """Tell whether the points are enough to place every pixel: three or more that don't lie on a line."""
    return span_plane(_pixels(points))


def fit_ground_control(points: Sequence[GroundControl], *, crs: str) -> Surface:
    """Return the surface from pixels ``(row, col)`` to coordinates ``(x, y)`` [CRS units].

    Longitudes are continued where they jump by a whole turn, so that a scene there is not torn apart; beyond the
    antimeridian the surface goes past 180 or -180 degrees.

    Args:
        points: such that `place_pixels` is true.
        crs: of the points, WKT.
    """
    return fit_surface(_pixels(points), _ground(points, crs=crs))


def fit_way_back(points: Sequence[GroundControl], *, crs: str) -> Surface:
    """Return the surface from coordinates ``(x, y)``, continued as by `fit_ground_control`, to pixels ``(row, col)``.

    Args:
        points: such that `place_pixels` is true.
        crs: of the points, WKT.

    Raises:
        SceneError: the points lie on a line on the ground.
    """
    return fit_surface(_ground(points, crs=crs), _pixels(points))


def _ground(points: Sequence[GroundControl], *, crs: str) -> NDArray[np.float64]:
    ground = np.array([(point.x, point.y) for point in points], np.float64)
    if CRS.from_wkt(crs).is_geographic:
        ground[:, 0] = _continued(ground[:, 0])
    return ground


def _continued(longitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitudes without a jump, unchanged where they really span more than half the earth."""
    near = longitudes - 360 * np.round((longitudes - longitudes[0]) / 360)
    return near if np.ptp(near) <= 180 else longitudes


def _pixels(points: Sequence[GroundControl]) -> NDArray[np.float64]:
    return np.array([(point.row, point.col) for point in points], np.float64).reshape(-1, 2)
