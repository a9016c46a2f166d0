"""Geocode a raster: lay it on a north-up grid of a map projection. This is not terrain correction."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError
from rasterio.io import DatasetReader

from sovs_map.errors import OptionError
from sovs_map.outputs.blocks import check_blocks
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import Grid, metres_per_unit
from sovs_map.outputs.placement import Placement, coordinates, fit_pixels_to_ground, place
from sovs_map.outputs.reading import open_raster, raster_window, read_window
from sovs_map.outputs.way_back import WayBack, find_way_back, needed_crs, old_pixels
from sovs_map.window import Window

Array = NDArray[np.float64]

STEP = 16
"""Pixels of the new grid between the nodes where the way back is computed exactly."""

SIDE = 1024
"""Side of the windows that are written [pixels]."""

_FAR = -1e12
"""Stands for pixels of the old grid that don't exist; what touches it lands outside."""

LARGEST = 16
"""A new grid of more than this many times the pixels of the old one is refused: it doesn't fit the scene."""


def gcp_residual_m(grid: Grid) -> float:
    """Return how far ground control points lie from the surface fitted without them: RMS [m].

    Args:
        grid: a grid with control points; without any the grid is exact, and the residual 0.

    Raises:
        SceneError: too few points, points on a line, or no coordinate system.
    """
    if not grid.gcps:
        return 0.0
    crs = needed_crs(grid)
    error = fit_pixels_to_ground(grid).left_out
    if crs.is_geographic:
        geod = crs.get_geod() or Geod(ellps="WGS84")
        lat = float(np.mean([point.y for point in grid.gcps]))
        lon = float(grid.gcps[0].x)
        east = geod.inv(lon, lat, lon + 1e-4, lat)[2] / 1e-4
        north = geod.inv(lon, lat, lon, lat + 1e-4)[2] / 1e-4
        return float(np.sqrt(((error * [east, north]) ** 2).sum(axis=1).mean()))
    return float(np.sqrt((error**2).sum(axis=1).mean())) * metres_per_unit(crs)


def geocode(source: Path, target: Path, *, grid: Grid, crs: str) -> Grid:
    """Warp a raster to a coordinate system by nearest neighbour, and return its new grid.

    Control points are followed by a thin-plate spline or a polynomial of order 3, whichever predicts them better.
    Pixels keep about their size on the ground. Outside the scene is nodata. The raster is read in windows.

    Args:
        source: raster of the grid's size with any number of bands and a declared nodata.
        target: GeoTIFF to write.
        grid: where the pixels lie.
        crs: anything that pyproj reads, or ``auto`` for the UTM zone of the scene's centre.

    Raises:
        OptionError: the coordinate system is unknown, or does not fit the scene.
        SceneError: the scene has no georeference, or too few control points.
        OutputError: no space, no permission.
    """
    new = geocoded_grid(grid, crs=crs)
    way = find_way_back(grid, new)
    with open_raster(source, grid=grid) as raster, finished_file(target) as partial:
        profile = {
            "driver": "GTiff",
            "height": new.height,
            "width": new.width,
            "count": raster.count,
            "dtype": raster.dtypes[0],
            "nodata": raster.nodata,
            "crs": rasterio.CRS.from_wkt(new.crs),
            "transform": rasterio.Affine(*new.transform),
            "tiled": True,
            "blockxsize": 512,
            "blockysize": 512,
            "compress": "ZSTD",
            "zstd_level": 1,
            "bigtiff": "IF_SAFER",
        }
        with rasterio.open(partial, "w", **profile) as out:
            for window in _windows(new):
                for band, pixels in enumerate(_warp(raster, window, way), start=1):
                    out.write(pixels, band, window=raster_window(window))
        check_blocks(partial)
    return new


def geocoded_grid(grid: Grid, *, crs: str) -> Grid:
    """Return the north-up grid that covers a scene in a coordinate system, with pixels of the same size.

    Raises:
        OptionError: the coordinate system is unknown, or does not fit the scene.
        SceneError: the scene has no georeference, or too few control points.
    """
    old, placement = needed_crs(grid), place(grid)
    new = _read_target(crs, placement)
    there = Transformer.from_crs(old, new, always_xy=True)
    row, col = grid.height / 2, grid.width / 2
    x, y = there.transform(*coordinates(placement, np.array([row, row, row + 1]), np.array([col, col + 1, col])))
    area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
    rows, cols = np.meshgrid(_edges(grid.height), _edges(grid.width), indexing="ij")
    x, y = there.transform(*coordinates(placement, rows.ravel(), cols.ravel()))
    if not (math.isfinite(area) and area > 0 and np.isfinite(x).all() and np.isfinite(y).all()):
        raise OptionError(f"--crs {crs} cannot hold this scene; type --crs auto for its UTM zone")
    size = _rounded(math.sqrt(area))
    left, top = math.floor(x.min() / size) * size, math.ceil(y.max() / size) * size
    width, height = math.ceil((x.max() - left) / size), math.ceil((top - y.min()) / size)
    if height * width > LARGEST * max(grid.height * grid.width, 4096):
        raise OptionError(
            f"--crs {crs} would blow the scene up from {grid.height} × {grid.width} to {height} × {width} pixels; "
            "type --crs auto for its UTM zone"
        )
    return Grid(height, width, new.to_wkt(), (size, 0.0, left, 0.0, -size, top), ())


def _warp(raster: DatasetReader, window: Window, way: WayBack) -> Iterator[NDArray[np.integer]]:
    """Yield each band of a window of the new grid."""
    rows = np.arange(window.row, window.bottom + STEP, STEP, dtype=np.float64)
    cols = np.arange(window.col, window.right + STEP, STEP, dtype=np.float64)
    nodes = np.nan_to_num(old_pixels(way, rows, cols), nan=_FAR, posinf=_FAR, neginf=_FAR)
    down, right = _bilinear(window.height), _bilinear(window.width)
    row, col = (np.floor(down @ nodes[..., axis] @ right.T) for axis in (0, 1))
    inside = (row >= 0) & (row < raster.height) & (col >= 0) & (col < raster.width)
    i, j = row[inside].astype(np.int64), col[inside].astype(np.int64)
    for band in range(1, raster.count + 1):
        pixels = np.full(inside.shape, raster.nodata, raster.dtypes[0])
        if len(i):
            needed = Window(int(i.min()), int(j.min()), int(np.ptp(i)) + 1, int(np.ptp(j)) + 1)
            pixels[inside] = read_window(raster, needed, band=band)[i - needed.row, j - needed.col]
        yield pixels


def _bilinear(length: int) -> Array:
    """Return how much each node counts at the centre of each pixel of one axis, shape ``(length, nodes)``."""
    places = (np.arange(length) + 0.5) / STEP
    nodes = np.arange(-(-length // STEP) + 1)
    return np.maximum(0.0, 1.0 - np.abs(places[:, None] - nodes))


def _windows(grid: Grid) -> Iterator[Window]:
    whole = Window(0, 0, grid.height, grid.width)
    for row in range(0, grid.height, SIDE):
        for col in range(0, grid.width, SIDE):
            yield Window(row, col, SIDE, SIDE) & whole


def _read_target(text: str, placement: Placement) -> CRS:
    if text != "auto":
        try:
            crs = CRS.from_user_input(text)
        except CRSError as error:
            raise OptionError(f"--crs {text!r} is unknown; write e.g. --crs EPSG:32633 or --crs auto") from error
        if not (crs.is_projected or crs.is_geographic):
            raise OptionError(f"--crs {text!r} is no map projection; write e.g. --crs EPSG:32633 or --crs auto")
        return crs
    grid = placement.grid
    x, y = coordinates(placement, np.array([grid.height / 2]), np.array([grid.width / 2]))
    lon, lat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True).transform(x[0], y[0])
    if abs(lat) > 84:
        return CRS.from_epsg(3413 if lat > 0 else 3031)  # the sea-ice services' polar stereographic grids
    zone = int((lon + 180) % 360 // 6) + 1
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def _edges(length: int) -> Array:
    return np.linspace(0, length, min(length, 64) + 1)


def _rounded(size: float) -> float:
    """Return a pixel size with three digits, so that grids of neighbouring scenes match."""
    return float(f"{size:.3g}")
