"""Areas on the ground, of pixels and of polygons, by one rule.

The rule: without coordinate system there is no area. Where the map projection keeps areas within 1 % at the raster's
centre (UTM, Lambert, equal-area grids), the area is the planar one, which is what a GIS computes and what pixel count
times pixel size gives. Elsewhere (degrees, Web Mercator, control points) it is the area on the ellipsoid, and
edges are straight in the coordinate system, as they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Proj, Transformer

from sovs_map.outputs.grid import Grid, metres_per_unit, read_crs
from sovs_map.outputs.grouping import groups
from sovs_map.outputs.placement import STEP, Placement, coordinates, place

Array = NDArray[np.float64]

DISTORTION = 0.01
"""How much a projection may stretch areas before planar areas are not believed."""

STRAY = 1e-3
"""How far a geodesic may stray from the straight edge that it stands for [pixels], on average along the edge."""

POINTS = 500_000
"""Points of rings that are measured at once, unless one ring alone has more."""


@dataclass(frozen=True, slots=True, eq=False)
class CellAreas:
    """The area of each pixel, which changes slowly over the raster."""

    constant: float | None
    """Area of every pixel [m²], or None where it changes."""

    rows: Array
    """Rows of the nodes, shape ``(r,)``."""

    cols: Array
    """Columns of the nodes, shape ``(c,)``."""

    nodes: Array
    """Area of a pixel centred at each node [m²], shape ``(r, c)``."""


def planar_factor(placement: Placement) -> float | None:
    """Return square metres in a square CRS unit where planar areas hold by the rule, else None."""
    crs = read_crs(placement.grid)
    if crs is None or not crs.is_projected or placement.nodes is not None:
        return None
    return metres_per_unit(crs) ** 2 if abs(_stretch(placement, crs) - 1) <= DISTORTION else None


def square_unit_m2(placement: Placement) -> float | None:
    """Return what a square CRS unit at the raster's centre covers [m²], or None without coordinate system."""
    crs = read_crs(placement.grid)
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return None
    if crs.is_geographic:
        _, lat = coordinates(placement, *_centre(placement))
        return float(_square_degree(_geod(crs), lat)[0])
    return planar_factor(placement) or metres_per_unit(crs) ** 2 / _stretch(placement, crs)


def polygon_areas(polygons: NDArray[np.object_], *, placement: Placement) -> Array | None:
    """Return the area of each polygon [m²], shape ``(n,)``, or None without coordinate system."""
    crs = read_crs(placement.grid)
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return None
    factor = planar_factor(placement)
    if factor is not None:
        return np.asarray(shapely.area(polygons), np.float64) * factor
    rings, owner = shapely.get_rings(polygons, return_index=True)
    found, longest = np.empty(len(rings)), _longest_edge(placement, crs)
    for part in groups(shapely.get_num_coordinates(rings), most=POINTS):
        found[part] = _on_ellipsoid(rings[part], crs, longest=longest)
    first = np.diff(owner, prepend=-1) != 0
    signed = np.where(first, found, -found)
    return np.bincount(owner, weights=signed, minlength=len(polygons)).astype(np.float64)


def _on_ellipsoid(rings: NDArray[np.object_], crs: CRS, *, longest: float) -> Array:
    """Return the area inside each ring [m²], with geodesics no longer than ``longest`` [CRS units] for its edges."""
    may_be_long = shapely.length(rings) > 2 * longest  # a closed ring is at least twice as long as its longest edge
    rings = rings.copy()
    rings[may_be_long] = shapely.segmentize(rings[may_be_long], longest)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    lon, lat = _to_degrees(crs).transform(points[:, 0], points[:, 1])
    geod, bounds = _geod(crs), np.searchsorted(ring, np.arange(len(rings) + 1))
    return np.array([abs(geod.polygon_area_perimeter(lon[a:b], lat[a:b])[0]) for a, b in pairwise(bounds)])


def cell_areas(placement: Placement) -> CellAreas | None:
    """Return the area of every pixel, or None without coordinate system."""
    grid, crs = placement.grid, read_crs(placement.grid)
    empty = np.empty(0)
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return None
    factor = planar_factor(placement)
    if factor is not None:
        return CellAreas(abs(grid.determinant) * factor, empty, empty, np.empty((0, 0)))
    rows, cols = _nodes(grid.height), _nodes(grid.width)
    down, right = np.meshgrid(rows, cols, indexing="ij")
    sides = [coordinates(placement, down + i, right + j) for i, j in ((-0.5, 0), (0.5, 0), (0, -0.5), (0, 0.5))]
    to_degrees = _to_degrees(crs)
    lon, lat = np.moveaxis(np.array([to_degrees.transform(x, y) for x, y in sides]), 1, 0)  # each (4, r, c)
    lon = np.unwrap(lon, axis=0, period=360)
    determinant = (lon[1] - lon[0]) * (lat[3] - lat[2]) - (lon[3] - lon[2]) * (lat[1] - lat[0])
    return CellAreas(None, rows, cols, np.abs(determinant) * _square_degree(_geod(crs), lat.mean(axis=0)))


def middle_cell_area(grid: Grid) -> float | None:
    """Return the area of the pixel in the middle of a raster [m²], or None without coordinate system."""
    areas = cell_areas(place(grid))
    return None if areas is None else float(row_areas(areas, grid.height // 2, grid.width)[grid.width // 2])


def row_areas(areas: CellAreas, row: int, width: int) -> Array:
    """Return the area of the pixels of one row [m²], shape ``(width,)``."""
    if areas.constant is not None:
        return np.full(width, areas.constant)
    i = int(np.clip(np.searchsorted(areas.rows, row + 0.5) - 1, 0, len(areas.rows) - 2))
    share = (row + 0.5 - areas.rows[i]) / (areas.rows[i + 1] - areas.rows[i])
    return np.interp(np.arange(width) + 0.5, areas.cols, areas.nodes[i] * (1 - share) + areas.nodes[i + 1] * share)


def _nodes(length: int) -> Array:
    return np.linspace(0, length, length // STEP + 2)


def _centre(placement: Placement) -> tuple[Array, Array]:
    return np.array([placement.grid.height / 2]), np.array([placement.grid.width / 2])


def _stretch(placement: Placement, crs: CRS) -> float:
    """Return area on the map by area on the ground at the raster's centre; 1 where that is not on the earth."""
    lon, lat = _to_degrees(crs).transform(*coordinates(placement, *_centre(placement)))
    if not np.isfinite([lon, lat]).all():
        return 1.0
    return float(Proj(crs).get_factors(float(lon[0]), float(lat[0])).areal_scale)


def _longest_edge(placement: Placement, crs: CRS) -> float:
    """Return how long an edge may be for a geodesic to stand for it [CRS units], never less than a pixel.

    Source:
        a parallel leaves the chord of L radians of longitude by L² sin(2 lat) / 24 on average; in Web Mercator,
        where pixels shrink with cos(lat), by at most L² / 12 of them
    """
    row, col = _centre(placement)
    x, y = coordinates(placement, row + np.array([0, 0, 1]), col + np.array([0, 1, 0]))
    sides = np.hypot(x[1:] - x[0], y[1:] - y[0])
    radius = np.degrees(1.0) if crs.is_geographic else _geod(crs).a / metres_per_unit(crs)
    return float(max(sides.max(), np.sqrt(12 * STRAY * sides.min() * radius)))


def _to_degrees(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs, crs.geodetic_crs or CRS("EPSG:4326"), always_xy=True)


def _geod(crs: CRS) -> Geod:
    return crs.get_geod() or Geod(ellps="WGS84")


def _square_degree(geod: Geod, lat: Array) -> Array:
    """Return the area of a square degree [m²] at a latitude [degrees].

    Source:
        product of the meridian's and the prime vertical's radius; J. P. Snyder, USGS Prof. Paper 1395, 1987, p. 24
    """
    sine = np.sin(np.radians(lat))
    meridian_times_vertical = geod.a**2 * (1 - geod.es) / (1 - geod.es * sine**2) ** 2
    return meridian_times_vertical * np.cos(np.radians(lat)) * np.radians(1.0) ** 2
