"""The scenes that a folder of results holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine

from sovs_map.errors import SceneError
from sovs_map.outputs import Grid, count_values, middle_cell_area
from sovs_map.outputs.cog import NAMESPACE
from sovs_map.outputs.counting import CERTAIN, NO_CONFIDENCE
from sovs_map.viewing.backdrop import Backdrop, draw_backdrop, find_backdrop
from sovs_map.viewing.pictures import grey_png, heat_png, labels_png
from sovs_map.viewing.sheet import Sheet, ShownClass, ShownLayer
from sovs_map.window import Window

TILE = 256
"""Side of pictures of rasters [pixels]."""

POLYGONS = ("gpkg", "fgb", "parquet", "geojson")


@dataclass(frozen=True, slots=True)
class ShownScene:
    """One scene of a folder."""

    sheet: Sheet
    """What the page is told."""

    rasters: tuple[tuple[str, Path], ...]
    """The file of each layer."""

    polygons: Path | None
    """Outlines, if there are any."""

    grid: Grid
    """Where its pixels lie."""

    backdrop: Backdrop | None
    """The scene's own file, where it is still found."""

    def raster(self, key: str) -> Path:
        """Return the file of a layer.

        Raises:
            KeyError: there is no such layer.
        """
        return dict(self.rasters)[key]


def read_folder(folder: Path) -> tuple[ShownScene, ...]:
    """Return what a folder of results shows, by name.

    Raises:
        SceneError: it holds no results.
    """
    stems = {path.name.removesuffix("_labels.tif") for path in folder.glob("*_labels.tif")}
    asked = {path.name.removesuffix("_probability.tif") for path in folder.glob("*_probability.tif")}
    found = [_mapped(folder, stem) for stem in sorted(stems)] + [_asked(folder, stem) for stem in sorted(asked)]
    if not found:
        raise SceneError(
            f"{folder} holds neither maps (*_labels.tif) nor answers (*_probability.tif); needed is a folder that "
            "sovs-map wrote, or a store. Make one with: sovs-map scene.tif --classes 'water,forest' -o maps"
        )
    return tuple(found)


def draw_tile(scene: ShownScene, key: str, place: Window, *, step: int, hidden: frozenset[int]) -> bytes:
    """Return a PNG of a window of a layer, in pixels of ``step`` by ``step``.

    Raises:
        KeyError: there is no such layer.
    """
    kind = {layer.key: layer.kind for layer in scene.sheet.layers}[key]
    if kind == "picture" and scene.backdrop is not None:
        return grey_png(draw_backdrop(scene.backdrop, place, step=step))
    with rasterio.open(scene.raster(key)) as source:
        values = _read(source, place, step)
        if kind == "labels":
            return labels_png(values, source.colormap(1), hidden=hidden, nodata=int(source.nodata))
    return heat_png(np.where(values == NO_CONFIDENCE, np.nan, values / CERTAIN).astype(np.float32))


def _read(source: rasterio.DatasetReader, place: Window, step: int) -> NDArray[np.uint8]:
    """Return a window of a raster decimated by its overviews; it may be cut where the raster ends."""
    inside = place & Window(0, 0, source.height, source.width)
    shape = (-(-inside.height // step), -(-inside.width // step))
    rows, cols = inside.slices
    values: NDArray[np.uint8] = source.read(
        1, window=((rows.start, rows.stop), (cols.start, cols.stop)), out_shape=shape
    )
    return values


def _mapped(folder: Path, stem: str) -> ShownScene:
    labels = folder / f"{stem}_labels.tif"
    grid, classes = _grid(str(labels)), _classes(labels)
    backdrop = find_backdrop(folder, stem, height=grid.height, width=grid.width)
    rasters = [("picture", backdrop.path, "SAR picture")] if backdrop else []
    rasters += [("labels", labels, "Labels")]
    confidence = folder / f"{stem}_confidence.tif"
    rasters += [("confidence", confidence, "Confidence")] if confidence.exists() else []
    polygons = next((path for kind in POLYGONS if (path := folder / f"{stem}_polygons.{kind}").exists()), None)
    layers = tuple(ShownLayer(key, title, key) for key, _, title in rasters)
    sheet = Sheet(stem, grid.height, grid.width, TILE, _pixel_m(grid), layers, classes, polygons is not None, False)
    return ShownScene(sheet, tuple((key, path) for key, path, _ in rasters), polygons, grid, backdrop)


def _asked(folder: Path, stem: str) -> ShownScene:
    answer = folder / f"{stem}_probability.tif"
    grid = _grid(str(answer))
    with rasterio.open(answer) as source:
        phrase = source.tags(ns=NAMESPACE).get("phrase", stem)
    polygons = next((path for kind in POLYGONS if (path := folder / f"{stem}_polygons.{kind}").exists()), None)
    layers = (ShownLayer("probability", phrase, "probability"),)
    sheet = Sheet(stem, grid.height, grid.width, TILE, _pixel_m(grid), layers, (), polygons is not None, False)
    return ShownScene(sheet, (("probability", answer),), polygons, grid, None)


@lru_cache(maxsize=256)
def _grid(path: str) -> Grid:
    with rasterio.open(path) as source:
        crs = None if source.crs is None else source.crs.to_wkt()
        return Grid(source.height, source.width, crs, tuple(source.transform)[:6], ())


def _classes(labels: Path) -> tuple[ShownClass, ...]:
    with rasterio.open(labels) as source:
        tags, colours, nodata = source.tags(ns=NAMESPACE), source.colormap(1), int(source.nodata)
    grid = _grid(str(labels))
    counts = count_values(labels, grid=grid, values=nodata + 1)
    names = {int(key[6:]): name for key, name in tags.items() if re.fullmatch(r"class_\d+", key)}
    total, area = max(int(counts[:nodata].sum()), 1), middle_cell_area(grid)
    return tuple(
        ShownClass(
            label,
            name,
            "#{:02x}{:02x}{:02x}".format(*colours[label][:3]),
            int(counts[label]) / total,
            None if area is None else int(counts[label]) * area,
        )
        for label, name in sorted(names.items())
    )


def _pixel_m(grid: Grid) -> float | None:
    area = middle_cell_area(grid)
    return None if area is None else float(np.sqrt(area))


def pixel_place(grid: Grid, row: float, col: float) -> tuple[float, float]:
    """Return the coordinates of a place given in pixels."""
    x, y = Affine(*grid.transform) @ (col, row)
    return float(x), float(y)
