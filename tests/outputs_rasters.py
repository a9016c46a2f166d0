"""Small rasters that the tests of the outputs share."""

from __future__ import annotations

from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning

from sovs_map.outputs import Grid
from sovs_map.vocabulary import Vocabulary, read_vocabulary

UTM = CRS.from_epsg(32633).to_wkt()
DEGREES = CRS.from_epsg(4326).to_wkt()
NORTH_UP = (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
EVIL = "<script>alert(\"x\")</script> & '森林'"
FIVE = read_vocabulary("water,forest,urban,bare ground,crops")


def write(path: Path, *bands: NDArray[np.integer], nodata: int = 255) -> Path:
    """Write arrays as the engine does: a plain raster whose georeference comes from elsewhere."""
    height, width = bands[0].shape
    with catch_warnings():
        simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=height,
            width=width,
            count=len(bands),
            dtype=bands[0].dtype,
            nodata=nodata,
        ) as out:
            for number, band in enumerate(bands, start=1):
                out.write(band, number)
    return path


def blocks(seed: int, *, height: int, width: int, classes: int = 5, side: int = 8) -> NDArray[np.uint8]:
    """Return a map of patches with speckle, unknown pixels and a nodata margin."""
    random = np.random.default_rng(seed)
    patches = random.integers(1, classes + 1, (height // side + 1, width // side + 1), dtype=np.uint8)
    labels = np.kron(patches, np.ones((side, side), np.uint8))[:height, :width].copy()
    salt = random.random(labels.shape)
    labels[salt < 0.03] = random.integers(1, classes + 1, np.count_nonzero(salt < 0.03))
    labels[salt > 0.99] = 0
    labels[: height // 10] = 255
    return labels


def confidence_of(labels: NDArray[np.integer], *, nodata: int = 255) -> NDArray[np.uint8]:
    """Return a confidence that differs from pixel to pixel and has no value where labels have none."""
    made = (np.arange(labels.size, dtype=np.int64).reshape(labels.shape) * 7919) % 251
    return np.where(labels == nodata, 255, made).astype(np.uint8)


def grid_of(
    labels: NDArray[np.integer],
    *,
    crs: str | None = UTM,
    transform: tuple[float, float, float, float, float, float] = NORTH_UP,
    gcps: tuple[GroundControlPoint, ...] = (),
) -> Grid:
    return Grid(labels.shape[0], labels.shape[1], crs, transform, gcps)


def curved_xy(rows: NDArray[np.float64], cols: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return UTM coordinates of a rotated grid of 10 m pixels, bent by up to 140 m, as a radar's swath is."""
    x = 500_000 + 9.7 * cols - 2.4 * rows + 140 * np.sin(cols / 900) + 30 * np.cos(rows / 700)
    y = 5_000_000 - 9.7 * rows - 2.4 * cols + 60 * np.sin((cols + rows) / 1100)
    return x, y


def curved_gcps(height: int, width: int, *, crs: str = DEGREES, number: int = 11) -> tuple[GroundControlPoint, ...]:
    rows, cols = np.meshgrid(np.linspace(0, height, number), np.linspace(0, width, number), indexing="ij")
    x, y = curved_xy(rows.ravel(), cols.ravel())
    x, y = Transformer.from_crs(UTM, crs, always_xy=True).transform(x, y)
    return tuple(
        GroundControlPoint(row=row, col=col, x=east, y=north, z=12.0)
        for row, col, east, north in zip(rows.ravel(), cols.ravel(), x, y, strict=True)
    )


def many_classes(count: int) -> Vocabulary:
    return read_vocabulary([f"class {number}" for number in range(1, count + 1)])
