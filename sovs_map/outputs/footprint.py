"""The outline of a raster in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.outputs.placement import Placement, coordinates, place

Array = NDArray[np.float64]

SIDE_POINTS = 8
"""Points on each side of the outline, so that curved sides are followed."""

TURN = 10.0
"""Points of projected outlines that lie further apart in longitude [degrees] get others between them."""

HALVINGS = 12
"""How often the way between two points is halved for that; where the pole lies on it, it would never end."""

DIGITS = 9
"""Decimals of coordinates [degrees], so that parts which touch do so exactly."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where a raster lies."""

    geometry: shapely.Geometry
    """Valid polygon in degrees, or several of them on both sides of the antimeridian."""

    bbox: tuple[float, float, float, float]
    """West, south, east, north [degrees]; west is greater than east across the antimeridian (RFC 7946, 5.2)."""


def find_footprint(grid: Grid) -> Footprint | None:
    """Return the outline of a grid, or None without coordinate system or without area."""
    crs = read_crs(grid)
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return None
    placement = place(grid)
    lon, lat = _ring(placement, crs)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    lon = np.unwrap(lon, period=360)
    if abs(lon[-1] - lon[0]) > 180:
        middle = _degrees(placement, crs, np.array([grid.height / 2]), np.array([grid.width / 2]))
        lon, lat = _closed_along_pole(lon, lat, *middle)
    lon -= 360 * np.floor((round(lon.min(), DIGITS) + 180) / 360)
    geometry = _geometry(lon, lat)
    if geometry.is_empty:
        return None
    west, south, east, north = shapely.bounds(geometry)
    if round(lon.max(), DIGITS) > 180 and round(np.ptp(lon), DIGITS) < 360:
        west, east = lon.min(), lon.max() - 360
    return Footprint(geometry, (_rounded(west), _rounded(south), _rounded(east), _rounded(north)))


def _ring(placement: Placement, crs: CRS) -> tuple[Array, Array]:
    """Return longitude and latitude [degrees] of points around the raster, the first of them again at the end.

    What is straight on the map turns fast near a pole, so there the points lie denser.
    """
    places = np.linspace(0, 4, 4 * SIDE_POINTS + 1)
    lon, lat = _degrees(placement, crs, *_border(placement.grid, places))
    for _ in range(HALVINGS if crs.is_projected else 0):
        between = (places[1:] + places[:-1])[np.abs((np.diff(lon) + 180) % 360 - 180) > TURN] / 2
        if not len(between):
            break
        places = np.sort(np.append(places, between))
        lon, lat = _degrees(placement, crs, *_border(placement.grid, places))
    return _parted_at_pole(lon, lat) if crs.is_projected else (lon, lat)


def _border(grid: Grid, places: Array) -> tuple[Array, Array]:
    """Return rows and columns of places on the border: 0 is the first corner, 1 the next, 4 the first again."""
    down, right = (0, 0, 1, 1, 0), (0, 1, 1, 0, 0)
    return np.interp(places, range(5), down) * grid.height, np.interp(places, range(5), right) * grid.width


def _degrees(placement: Placement, crs: CRS, rows: Array, cols: Array) -> tuple[Array, Array]:
    """Return longitude and latitude of pixel positions [degrees]; NaN where there is no earth."""
    x, y = coordinates(placement, rows, cols)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)


def _parted_at_pole(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Return a ring with each point at a pole replaced by two, at the longitudes from where and to where it goes."""
    lon, lat = lon[:-1], lat[:-1]
    poles = np.flatnonzero(np.abs(lat) > 90 - 1e-7)
    lon, lat = np.insert(lon, poles, lon[poles - 1]), np.insert(lat, poles, lat[poles])
    second = poles + np.arange(1, len(poles) + 1)
    lon[second] = lon[(second + 1) % len(lon)]
    return np.append(lon, lon[0]), np.append(lat, lat[0])


def _closed_along_pole(lon: Array, lat: Array, middle_lon: Array, middle_lat: Array) -> tuple[Array, Array]:
    """Return a ring around the earth's axis that goes back along the pole on whose side the middle lies."""
    lon = np.append(lon, [lon[-1], lon[0]])
    north, south = np.append(lat, [90.0, 90.0]), np.append(lat, [-90.0, -90.0])
    near = middle_lon + np.array([-1e-6, 0.0, 1e-6])  # the ring may begin at the middle's very longitude
    places = near - 360 * np.floor((near - lon.min()) / 360)
    is_north = shapely.intersects_xy(_valid(lon, north), places, np.repeat(middle_lat, 3)).any()
    return lon, north if is_north else south


def _geometry(lon: Array, lat: Array) -> shapely.Geometry:
    """Return the polygons inside a ring of continuous longitudes from -180, with what is east of 180 put west."""
    outline = _valid(lon, lat)
    home = shapely.intersection(outline, shapely.box(-180, -90, 180, 90))
    away = shapely.intersection(outline, shapely.box(180, -90, 540, 90))
    parts = shapely.get_parts([home, shapely.transform(away, lambda xy: xy - [360, 0])])
    parts = parts[shapely.get_dimensions(parts) == 2]  # a line is left where the antimeridian is a side
    return shapely.orient_polygons(shapely.union_all(parts, grid_size=10.0**-DIGITS))


def _valid(lon: Array, lat: Array) -> shapely.Geometry:
    ring = shapely.Polygon(np.round(np.column_stack([lon, lat]), DIGITS))
    return shapely.make_valid(ring, method="structure", keep_collapsed=False)


def _rounded(degrees: float) -> float:
    return round(float(degrees), 7)
