"""Simplify polygons along the edges that they share, so that no gaps and no overlaps appear."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from sovs_map.errors import OptionError
from sovs_map.outputs.areas import polygon_areas, square_unit_m2
from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.outputs.placement import place
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


def simplify(features: Iterable[Features], *, grid: Grid, tolerance_m: float) -> Features:
    """Return all features as one, simplified together, with the areas of the new shapes.

    GEOS drops the corner whose triangle with its neighbours is smallest until all that are left have at least the
    area of tolerance²; with a tolerance of one pixel size the stairs of slanting borders go. What decides is the area
    of triangles alone, which are as large on the ground as in the coordinate system times what its square unit covers.
    So nothing is reprojected, corners that stay keep their coordinates, and the antimeridian is no border.

    Args:
        features: the whole coverage, since borders are shared.
        grid: where they lie; not without coordinate system.
        tolerance_m: square root of the area of the smallest triangle that is kept [m].

    Source:
        M. Visvalingam, J. D. Whyatt, Cartogr. J. 30(1), 1993, doi:10.1179/000870493786962263, on the edges of the
        coverage as in GEOS's CoverageSimplifier
    """
    placement = place(grid)
    square_unit = square_unit_m2(placement)
    if square_unit is None:
        return join_features(list(features))
    shapes: list[NDArray[np.object_]] = []
    facts: list[Features] = []
    for some in features:
        shapes.append(shapely.from_wkb(some.polygons))
        facts.append(replace(some, polygons=np.empty(len(some.points), object)))
    whole = join_features(facts)
    if not shapes:
        return whole
    tolerance = tolerance_m / math.sqrt(square_unit)
    simplified = shapely.coverage_simplify(np.concatenate(shapes), tolerance, simplify_boundary=True)
    shapes.clear()
    polygons = shapely.orient_polygons(simplified)
    return replace(
        whole,
        polygons=shapely.to_wkb(polygons),
        points=shapely.get_num_coordinates(polygons).astype(np.int64),
        area_m2=polygon_areas(polygons, placement=placement),
    )
