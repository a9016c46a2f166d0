"""Areas: polygons and pixels must agree on the ground, however long a border is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from outputs_rasters import DEGREES, FIVE, IDENTITY, grid_of
from pyproj import CRS
from rasterio.control import GroundControlPoint
from written_polygons import written

from sovs_map.outputs import summarise
from sovs_map.outputs.areas import polygon_areas
from sovs_map.outputs.placement import place


def comb(height: int, width: int) -> np.ndarray:
    """Return two classes, each with one straight border and one of single teeth."""
    labels = np.ones((height, width), np.uint8)
    labels[height // 2 :] = 2
    labels[height // 2, ::2] = 1
    return labels


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(100, 1000, 3e-3), (100, 1000, 1e-2), (10, 1000, 1e-3), (10, 30, 0.1), (300, 400, 1e-5)],
    ids=["3 degrees", "10 degrees", "narrow", "coarse", "fine"],
)
def test_polygons_and_pixels_cover_the_same_ground_along_parallels(tmp_path, height, width, size):
    labels = comb(height, width)
    grid = grid_of(labels, crs=DEGREES, transform=(size, 0.0, 10.0, 0.0, -size, 60.0))

    assert_alike(tmp_path, labels, grid)


def test_polygons_and_pixels_cover_the_same_ground_in_web_mercator(tmp_path):
    labels = comb(60, 1200)

    assert_alike(tmp_path, labels, grid_of(labels, crs=CRS(3857).to_wkt(), transform=(300.0, 0, 1e6, 0, -300.0, 1.1e7)))


def test_polygons_and_pixels_cover_the_same_ground_with_control_points(tmp_path):
    labels = comb(60, 600)
    corners = [(row, col) for row in (0, 20, 40, 60) for col in (0, 200, 400, 600)]
    gcps = tuple(GroundControlPoint(row=i, col=j, x=10 + 5e-3 * j, y=60 - 5e-3 * i) for i, j in corners)

    assert_alike(tmp_path, labels, grid_of(labels, crs=DEGREES, transform=IDENTITY, gcps=gcps))


def test_points_on_a_straight_edge_change_no_area():
    placement = place(grid_of(np.zeros((300, 3000)), crs=DEGREES, transform=(1e-3, 0.0, 10.0, 0.0, -1e-3, 60.0)))
    hole = shapely.Polygon([(10.5, 59.8), (12.5, 59.8), (12.5, 59.9), (10.5, 59.9)])
    plain = shapely.box(10, 59.7, 13, 60) - hole

    area, dense = polygon_areas(np.array([plain, shapely.segmentize(plain, 1e-3)]), placement=placement)

    assert area == pytest.approx(dense, rel=1e-5)


def test_long_edges_are_written_without_points_between(tmp_path):
    labels = np.ones((10, 1000), np.uint8)
    grid = grid_of(labels, crs=DEGREES, transform=(1e-2, 0.0, 10.0, 0.0, -1e-2, 60.0))

    assert written(tmp_path, labels, grid=grid)[1].vertices == 5


def assert_alike(folder, labels, grid) -> None:
    frame, _, _ = written(folder, labels, grid=grid)

    counted = summarise(folder / "l.tif", folder / "c.tif", grid=grid, vocabulary=FIVE)
    for label in (1, 2):
        assert frame[frame.class_id == label].area_m2.sum() == pytest.approx(counted[label - 1].area_m2, rel=1e-3)
