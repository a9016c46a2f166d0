"""Polygons of a label raster: one feature a region, whole, with class, area and confidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import shapely
from numpy.typing import NDArray

from sovs_map.outputs.areas import polygon_areas
from sovs_map.outputs.counting import CERTAIN
from sovs_map.outputs.grid import Grid, strip_rows
from sovs_map.outputs.placement import Placement, coordinates, is_mirrored, place
from sovs_map.outputs.reading import open_raster, read_window
from sovs_map.outputs.regions import Outlines, Regions, find_regions
from sovs_map.outputs.simplify import check_simplify, simplify
from sovs_map.outputs.tracing import Rings, trace
from sovs_map.outputs.vector_file import Features, check_driver, write_features
from sovs_map.outputs.well_known_binary import encode_polygons
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

POINTS = 500_000
"""Points of polygons that are made at once, unless one polygon alone has more; each takes about 50 bytes."""


@dataclass(frozen=True, slots=True)
class PolygonSummary:
    """What was written."""

    features: int
    """Polygons."""

    vertices: int
    """Points of all polygons."""


def write_polygons(
    labels: Path,
    confidence: Path,
    target: Path,
    *,
    grid: Grid,
    vocabulary: Vocabulary,
    driver: str,
    simplify_m: float = 0.0,
) -> PolygonSummary:
    """Write the 4-connected regions of classes 1…N as polygons to the layer ``polygons``.

    Features have ``class_id``, ``class``, ``area_m2`` (by the rule of `sovs_map.outputs.areas`; null without
    coordinate system) and ``confidence`` (mean probability of the region's pixels, 0 to 1). Neighbours share every
    vertex of their border, so nothing tears when they are reprojected. Features come in the order of their last row,
    whatever the strips in which the raster is read. Memory follows the largest region alone; with simplification,
    all of them.

    Args:
        labels: raster of the grid's size, 0 unknown, 1…N classes, nodata as the vocabulary says.
        confidence: raster of the same size, probability × 250, 255 nodata.
        target: file to write.
        grid: where the pixels lie; without coordinate system polygons are in the transform's or pixel coordinates.
        vocabulary: classes in label order.
        driver: ``gpkg``, ``parquet``, ``fgb`` or ``geojson``.
        simplify_m: tolerance of shared-edge simplification [m]; 0 keeps every pixel corner.

    Raises:
        OptionError: the driver is unknown or needs what isn't there, or simplification has no metres.
        OutputError: a raster cannot be read, or the target not be written.
    """
    check_driver(driver, grid=grid)
    check_simplify(simplify_m, grid=grid)
    rows = strip_rows(grid.width)
    features = read_features(labels, confidence, grid=grid, vocabulary=vocabulary, rows=rows, folder=target.parent)
    if simplify_m > 0:
        features = map(partial(simplify, grid=grid, tolerance_m=simplify_m), [features])
    count, vertices = write_features(features, target, grid=grid, vocabulary=vocabulary, driver=driver)
    return PolygonSummary(count, vertices)


def read_features(
    labels: Path, confidence: Path, *, grid: Grid, vocabulary: Vocabulary, rows: int, folder: Path
) -> Iterator[Features]:
    """Yield the regions of a label raster as features, reading strips of so many rows; what waits lies in a folder."""
    with (
        open_raster(labels, grid=grid) as label_raster,
        open_raster(confidence, grid=grid) as confidence_raster,
        TemporaryFile(dir=folder) as file,
    ):

        def strips() -> Iterator[tuple[NDArray[np.integer], NDArray[np.uint8]]]:
            for row in range(0, grid.height, rows):
                window = Window(row, 0, min(rows, grid.height - row), grid.width)
                label = read_window(label_raster, window)
                label[label == vocabulary.nodata] = 0
                yield label, read_window(confidence_raster, window).astype(np.uint8, copy=False)

        placement = place(grid)
        outlines = find_regions(strips(), width=grid.width, file=file, most=POINTS)
        # Unlike a loop, a map does not hold what it has passed on, and one region may be large.
        traced = map(partial(_traced, clockwise=is_mirrored(placement)), outlines)
        yield from starmap(partial(_features, placement=placement), traced)


def _traced(outlines: Outlines, *, clockwise: bool) -> tuple[Regions, Rings]:
    return outlines.regions, trace(outlines.nodes, regions=len(outlines.regions.label), clockwise=clockwise)


def _features(regions: Regions, rings: Rings, *, placement: Placement) -> Features:
    points, measured = _place_points(rings, placement), np.maximum(regions.measured, 1)
    return Features(
        area_m2=_areas(points, rings, placement),
        polygons=encode_polygons(points, rings.ring_starts, rings.region_starts),
        points=np.diff(rings.ring_starts[rings.region_starts]),
        class_id=regions.label,
        confidence=regions.certainty / measured / CERTAIN,
    )


def _place_points(rings: Rings, placement: Placement) -> NDArray[np.float64]:
    points = np.empty((len(rings.row), 2))
    for start in range(0, len(points), POINTS):
        part = slice(start, start + POINTS)
        row, col = rings.row[part].astype(np.float64), rings.col[part].astype(np.float64)
        points[part, 0], points[part, 1] = coordinates(placement, row, col)
    return points


def _areas(points: NDArray[np.float64], rings: Rings, placement: Placement) -> NDArray[np.float64] | None:
    offsets = (rings.ring_starts, rings.region_starts)
    polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, offsets)
    return polygon_areas(polygons, placement=placement)
