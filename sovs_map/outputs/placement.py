"""From pixels to coordinates, fast enough for every corner of every polygon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.errors import SceneError
from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.surface import Surface, evaluate, fit_surface

Array = NDArray[np.float64]

STEP = 64
"""Pixels between the nodes of a placement by control points; a Sentinel-1 IW scene bends by 1e-3 pixel in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Coordinates at the nodes of a lattice that starts at the first pixel; between them they are interpolated."""

    step: int
    """Pixels between nodes."""

    values: Array
    """Two coordinates at each node, shape ``(rows, cols, 2)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """How the pixels of a grid are placed: by an affine transform, or by nodes made from control points."""

    grid: Grid
    """The grid that is placed."""

    nodes: Nodes | None
    """Coordinates from control points; None where the grid's transform places the pixels exactly."""


def place(grid: Grid) -> Placement:
    """Return the placement of a grid.

    Raises:
        SceneError: the ground control points don't determine one.
    """
    if not grid.gcps:
        return Placement(grid, None)
    surface = fit_pixels_to_ground(grid)
    rows = np.arange(0, grid.height + STEP, STEP)
    cols = np.arange(0, grid.width + STEP, STEP)
    return Placement(grid, Nodes(STEP, on_lattice(surface, rows, cols)))


def coordinates(placement: Placement, rows: Array, cols: Array) -> tuple[Array, Array]:
    """Return the coordinates of pixel positions.

    Args:
        placement: from `place`.
        rows: 0 at the top of the first pixel, any shape.
        cols: 0 at the left of the first pixel, same shape.

    Returns:
        x and y [CRS units], each of that shape.
    """
    if placement.nodes is None:
        a, b, c, d, e, f = placement.grid.transform
        return a * cols + b * rows + c, d * cols + e * rows + f
    return interpolate(placement.nodes, rows, cols)


def is_mirrored(placement: Placement) -> bool:
    """Tell whether a turn from columns to rows is one from y to x, as it is where north is up."""
    row, col = placement.grid.height / 2, placement.grid.width / 2
    x, y = coordinates(placement, np.array([row, row, row + 1]), np.array([col, col + 1, col]))
    return bool((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]) < 0)


def interpolate(nodes: Nodes, rows: Array, cols: Array) -> tuple[Array, Array]:
    """Return the two values of a lattice at pixel positions, by bilinear interpolation; outside it is extended."""
    down, right = rows / nodes.step, cols / nodes.step
    i = np.clip(down.astype(np.int64), 0, nodes.values.shape[0] - 2)
    j = np.clip(right.astype(np.int64), 0, nodes.values.shape[1] - 2)
    down, right = (down - i)[..., None], (right - j)[..., None]
    upper = nodes.values[i, j] * (1 - right) + nodes.values[i, j + 1] * right
    lower = nodes.values[i + 1, j] * (1 - right) + nodes.values[i + 1, j + 1] * right
    found = upper * (1 - down) + lower * down
    return found[..., 0], found[..., 1]


def on_lattice(surface: Surface, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> Array:
    """Return a surface of (row, col) at every crossing of rows and columns, shape ``(rows, cols, 2)``."""
    grid = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).astype(np.float64)
    return evaluate(surface, grid.reshape(-1, 2)).reshape(grid.shape)


def fit_pixels_to_ground(grid: Grid) -> Surface:
    """Return the surface from (row, col) to (x, y) through the control points of a grid.

    Longitudes are continued across the antimeridian, so that a scene there is not torn apart.

    Raises:
        SceneError: too few points, or points on a line.
    """
    pixels, ground = control_points(grid)
    return fit_surface(pixels, ground)


def control_points(grid: Grid) -> tuple[Array, Array]:
    """Return (row, col) and (x, y) of the control points, each of shape ``(n, 2)``."""
    pixels = np.array([(point.row, point.col) for point in grid.gcps], np.float64).reshape(-1, 2)
    ground = np.array([(point.x, point.y) for point in grid.gcps], np.float64).reshape(-1, 2)
    if not (np.isfinite(pixels).all() and np.isfinite(ground).all()):
        raise SceneError("a ground control point of the scene is not a number; repair them with gdal_edit.py -gcp")
    crs = read_crs(grid)
    if crs is not None and crs.is_geographic and len(ground) and np.ptp(ground[:, 0]) > 180:
        ground[:, 0] %= 360
    return pixels, ground
