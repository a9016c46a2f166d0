"""Simplify polygons along the edges that they share, so that no gaps and no overlaps appear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from sovs_map.errors import OptionError
from sovs_map.outputs.areas import planar_factor, polygon_areas
from sovs_map.outputs.grid import Grid, metres_per_unit, read_crs
from sovs_map.outputs.placement import coordinates, place
from sovs_map.outputs.vector_file import Features, join_features


def check_simplify(tolerance_m: float, *, grid: Grid) -> None:
    """Refuse a tolerance in metres where nothing says how long a metre is.

    Raises:
        OptionError: it is negative, or the raster has no coordinate system.
    """
    if not tolerance_m >= 0:
        raise OptionError(f"--simplify is {tolerance_m}; it is a tolerance in metres, 0 or more")
    crs = read_crs(grid)
    if tolerance_m > 0 and (crs is None or not (crs.is_projected or crs.is_geographic)):
        raise OptionError(
            f"--simplify {tolerance_m:g} needs metres, and the scene has no coordinate system. "
            "Leave --simplify away, or georeference the scene: gdal_edit.py -a_srs EPSG:N -a_ullr …"
        )


def simplify(features: Sequence[Features], *, grid: Grid, tolerance_m: float) -> Features:
    """Return all features as one, simplified together, with the areas of the new shapes.

    GEOS drops the corner whose triangle with its neighbours is smallest until all that are left have at least the
    area of tolerance²; with a tolerance of one pixel size the stairs of slanting borders go.

    Args:
        features: the whole coverage, since borders are shared.
        grid: where they lie; not without coordinate system.
        tolerance_m: square root of the area of the smallest triangle that is kept [m].

    Source:
        M. Visvalingam, J. D. Whyatt, Cartogr. J. 30(1), 1993, doi:10.1179/000870493786962263, on the edges of the
        coverage as in GEOS's CoverageSimplifier
    """
    whole = join_features(features)
    placement = place(grid)
    crs = read_crs(grid)
    if crs is None or not len(whole.polygons):
        return whole
    if planar_factor(placement) is not None:
        polygons = _simplified(whole.polygons, tolerance_m / metres_per_unit(crs))
        return replace(whole, polygons=polygons, area_m2=polygon_areas(polygons, placement=placement))
    x, y = coordinates(placement, np.array([grid.height / 2]), np.array([grid.width / 2]))
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x[0], y[0])
    work = CRS.from_proj4(f"+proj=laea +lon_0={lon} +lat_0={lat} +datum=WGS84 +units=m")
    there = Transformer.from_crs(crs, work, always_xy=True)
    polygons = _transformed(_simplified(_transformed(whole.polygons, there), tolerance_m), _reverse(there))
    return replace(whole, polygons=polygons, area_m2=polygon_areas(polygons, placement=placement))


def _simplified(polygons: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    return shapely.orient_polygons(shapely.coverage_simplify(polygons, tolerance, simplify_boundary=True))


def _reverse(transformer: Transformer) -> Transformer:
    return Transformer.from_crs(transformer.target_crs, transformer.source_crs, always_xy=True)


def _transformed(polygons: NDArray[np.object_], transformer: Transformer) -> NDArray[np.object_]:
    return shapely.transform(polygons, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
