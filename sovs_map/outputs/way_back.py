"""The way back: from pixels of a geocoded grid to those of the grid that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from sovs_map.errors import SceneError
from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.outputs.placement import control_points
from sovs_map.surface import Surface, evaluate, fit_surface

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class WayBack:
    """From pixels of the new grid to those of the old one."""

    new: Grid
    """North-up grid."""

    surface: Surface | None
    """From coordinates of the new grid to (row, col), for control points."""

    back: Transformer
    """From coordinates of the new grid to those of the old one."""

    old: Grid
    """Grid that is read; its transform places the pixels where it has no control points."""


def find_way_back(grid: Grid, new: Grid) -> WayBack:
    """Return the way from a geocoded grid back to the grid that it was made from.

    Raises:
        SceneError: the old grid has no area, or control points that don't place it.
    """
    back = Transformer.from_crs(new.crs, grid.crs, always_xy=True)
    if not grid.gcps:
        if grid.determinant == 0:
            raise SceneError("the scene's geotransform squeezes it to a line; repair it with gdal_edit.py -a_ullr")
        return WayBack(new, None, back, grid)
    pixels, ground = control_points(grid)
    ground = np.column_stack(Transformer.from_crs(grid.crs, new.crs, always_xy=True).transform(*ground.T))
    return WayBack(new, fit_surface(ground, pixels), back, grid)


def old_pixels(way: WayBack, rows: Array, cols: Array) -> Array:
    """Return (row, col) of the old grid at every crossing of rows and columns of the new one.

    Args:
        way: from `find_way_back`.
        rows: 0 at the top of the first pixel of the new grid, shape ``(r,)``.
        cols: 0 at the left of the first pixel of the new grid, shape ``(c,)``.

    Returns:
        Shape ``(r, c, 2)``; NaN where there is no earth.
    """
    a, _, c, _, e, f = way.new.transform
    x, y = np.meshgrid(a * cols + c, e * rows + f)
    if way.surface is not None:
        return evaluate(way.surface, np.column_stack([x.ravel(), y.ravel()])).reshape(*x.shape, 2)
    x, y = (np.where(np.isfinite(one), one, np.nan) for one in way.back.transform(x, y))  # NaN passes in silence
    a, b, c, d, e, f = way.old.transform
    right, down = x - c, y - f
    if needed_crs(way.old).is_geographic:  # longitudes come back as -180…180, and the scene may lie across or outside
        middle = (a * way.old.width + b * way.old.height) / 2
        right = middle + (right - middle + 180) % 360 - 180
    return np.stack([a * down - d * right, e * right - b * down], axis=-1) / way.old.determinant


def needed_crs(grid: Grid) -> CRS:
    """Return the coordinate system of a grid that is to be geocoded.

    Raises:
        SceneError: it has none on the earth.
    """
    crs = read_crs(grid)
    if crs is None or not (crs.is_projected or crs.is_geographic):
        raise SceneError(
            "geocoding was asked for, and the scene has no coordinate system on the earth; "
            "leave --crs away, or georeference the scene: gdal_edit.py -a_srs EPSG:N -a_ullr …"
        )
    return crs
