"""Where a scene lies on the earth, and how large its pixels are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pyproj import CRS, Geod, Transformer

from sovs_map.errors import SceneError
from sovs_map.scene.ground_control import GroundControl, fit_ground_control
from sovs_map.surface import evaluate

DISTORTION = 0.01
"""How much a projection may stretch lengths before they are measured on the ellipsoid."""

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""The transform of pixel coordinates."""


@dataclass(frozen=True, slots=True)
class Georeference:
    """The way from pixels to coordinates: an affine transform, or ground control points, or neither."""

    crs: str | None
    """WKT; None when unknown, and then coordinates are pixels unless the file brought a transform without a CRS."""

    transform: tuple[float, ...]
    """Affine a, b, c, d, e, f, so that x = a·col + b·row + c; the identity for ground control points or none."""

    gcps: tuple[GroundControl, ...]
    """Ground control points in ``crs``; empty unless they are all there is."""

    @property
    def is_pixels(self) -> bool:
        """Tell whether coordinates are nothing but pixels."""
        return self.crs is None and self.transform == IDENTITY


def places_pixels(transform: tuple[float, ...]) -> bool:
    """Tell whether an affine transform gives each pixel coordinates that differ from its neighbours'."""
    a, b, c, d, e, f = transform
    sides = math.hypot(a, d), math.hypot(b, e)
    far = max(abs(c), abs(f))
    # Double precision tells 2 to the 53rd places apart; a pixel needs some of them.
    return all(map(math.isfinite, (*transform, a * e - b * d))) and a * e != b * d and min(sides) > far * 2**-48


def affine_georeference(
    label: str, crs: str | None, transform: tuple[float, ...]
) -> tuple[Georeference, tuple[str, ...]]:
    """Return where pixels lie by a transform, and remarks on what is unusual.

    Args:
        label: how messages call the source.
        crs: WKT, None when unknown.
        transform: affine a, b, c, d, e, f.

    Raises:
        SceneError: the transform places no pixels.
    """
    if transform == IDENTITY:
        return Georeference(None, IDENTITY, ()), ("georeference: none; the map comes in pixel coordinates",)
    if not places_pixels(transform):
        raise SceneError(
            f"{label}: the geotransform {transform} places no pixels: it is not finite, squeezes them, or they are too small for their "
            "coordinates. Repair it with: gdal_edit.py -a_ullr LEFT TOP RIGHT BOTTOM FILE, or drop it with: "
            "gdal_edit.py -unsetgt FILE"
        )
    if crs is None:
        remark = "georeference: a transform without a CRS; coordinates are kept, lengths in metres are unknown"
        return Georeference(None, transform, ()), (remark,)
    return Georeference(crs, transform, ()), ()


def metres_per_unit(crs: str, x: float, y: float) -> tuple[float, float] | None:
    """Return the length on the ground of one CRS unit at a point.

    Measured on the ellipsoid, so that degrees and the stretched metres of a Mercator map both come out right. Where a
    projection is true within 1 % (UTM) the unit itself is returned, so that every part of a scene has one spacing.

    Args:
        crs: WKT.
        x: coordinate [CRS units].
        y: coordinate [CRS units].

    Returns:
        Metres along x and along y, or None when the CRS isn't tied to the earth.

    Raises:
        SceneError: the point lies outside the CRS.
    """
    system = CRS.from_wkt(crs)
    if not (system.is_geographic or system.is_projected):
        return None
    step = 1e-4 if system.is_geographic else 1.0
    to_degrees = Transformer.from_crs(system, system.geodetic_crs or "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform((x, x + step, x), (y, y, y + step))
    geod = system.get_geod() or Geod(ellps="WGS84")
    along_x = geod.inv(lon[0], lat[0], lon[1], lat[1])[2] / step
    along_y = geod.inv(lon[0], lat[0], lon[2], lat[2])[2] / step
    if not (math.isfinite(along_x) and math.isfinite(along_y)):
        raise SceneError(
            f"the scene's centre lies at x {x:.10g}, y {y:.10g}, which is no place in its coordinate system, {system.name}. "
            "Assign the system that the coordinates belong to: gdal_edit.py -a_srs EPSG:N FILE"
        )
    unit = system.axis_info[0].unit_conversion_factor
    if system.is_projected and max(abs(along_x / unit - 1), abs(along_y / unit - 1)) < DISTORTION:
        return unit, unit
    return along_x, along_y


def spacing_m(georeference: Georeference, *, height: int, width: int) -> float | None:
    """Return the pixel spacing at the scene's centre: the geometric mean of both axes [m], None when unknown."""
    sides = pixel_sides_m(georeference, height=height, width=width)
    return None if sides is None else math.sqrt(sides[0] * sides[1])


def pixel_sides_m(georeference: Georeference, *, height: int, width: int) -> tuple[float, float] | None:
    """Return how long a pixel at the scene's centre is along its row and along its column [m], None when unknown."""
    if georeference.crs is None:
        return None
    row, col = height / 2, width / 2
    pixels = ((row, col), (row, col + 1), (row + 1, col))
    (x, y), (x_col, y_col), (x_row, y_row) = _coordinates(georeference, georeference.crs, pixels)
    unit = metres_per_unit(georeference.crs, x, y)
    if unit is None:
        return None
    along_row = math.hypot((x_col - x) * unit[0], (y_col - y) * unit[1])
    along_col = math.hypot((x_row - x) * unit[0], (y_row - y) * unit[1])
    return along_row, along_col


def residual_m(points: tuple[GroundControl, ...], *, crs: str) -> float | None:
    """Return how far ground control points lie from the surface fitted without them: RMS over all [m].

    Args:
        points: at least three that don't lie on a line.
        crs: of the points, WKT.

    Returns:
        The leave-one-out residual [m]; NaN when there are too few points to leave one out, None when the CRS isn't
        tied to the earth.
    """
    middle = points[len(points) // 2]
    unit = metres_per_unit(crs, middle.x, middle.y)
    if unit is None:
        return None
    x, y = fit_ground_control(points, crs=crs).residual
    return math.hypot(x * unit[0], y * unit[1])


def _coordinates(
    georeference: Georeference, crs: str, pixels: tuple[tuple[float, float], ...]
) -> list[tuple[float, float]]:
    if georeference.gcps:
        found = evaluate(fit_ground_control(georeference.gcps, crs=crs), np.array(pixels))
        return [(x, y) for x, y in found.tolist()]
    a, b, c, d, e, f = georeference.transform
    return [(a * col + b * row + c, d * col + e * row + f) for row, col in pixels]
