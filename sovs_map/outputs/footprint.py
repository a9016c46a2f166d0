"""The outline of a raster in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.outputs.placement import coordinates, place

SIDE_POINTS = 8
"""Points on each side of the outline, so that curved sides are followed."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where a raster lies."""

    geometry: shapely.Geometry
    """Polygon in degrees, or two of them on both sides of the antimeridian."""

    bbox: tuple[float, float, float, float]
    """West, south, east, north [degrees]; west is greater than east across the antimeridian (RFC 7946, 5.2)."""


def find_footprint(grid: Grid) -> Footprint | None:
    """Return the outline of a grid, or None without coordinate system."""
    crs = read_crs(grid)
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return None
    rows, cols = _border(grid)
    x, y = coordinates(place(grid), rows, cols)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    lon = np.unwrap(lon, period=360)
    lon -= 360 * np.floor((lon.min() + 180) / 360)
    outline = shapely.orient_polygons(shapely.Polygon(np.column_stack([lon, lat])))
    west, south, east, north = (round(float(value), 7) for value in shapely.bounds(outline))
    if east <= 180:
        return Footprint(outline, (west, south, east, north))
    left = shapely.intersection(outline, shapely.box(-180, -90, 180, 90))
    right = shapely.transform(shapely.intersection(outline, shapely.box(180, -90, 540, 90)), lambda xy: xy - [360, 0])
    return Footprint(shapely.MultiPolygon([left, right]), (west, south, round(east - 360, 7), north))


def _border(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows and columns of points around the raster."""
    share = np.arange(SIDE_POINTS) / SIDE_POINTS
    none, full = np.zeros(SIDE_POINTS), np.ones(SIDE_POINTS)
    rows = np.concatenate([none, share, full, 1 - share]) * grid.height
    cols = np.concatenate([share, full, 1 - share, none]) * grid.width
    return rows, cols
