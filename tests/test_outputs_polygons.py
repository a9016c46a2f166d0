from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from outputs_rasters import (
    DEGREES,
    FIVE,
    IDENTITY,
    UTM,
    blocks,
    confidence_of,
    curved_gcps,
    curved_xy,
    grid_of,
    write,
)
from pyproj import Geod
from rasterio.features import shapes
from written_polygons import written

from sovs_map.errors import OutputError
from sovs_map.outputs import summarise
from sovs_map.outputs.polygons import read_features
from sovs_map.outputs.regions import Outlines, find_regions
from sovs_map.outputs.tracing import trace
from sovs_map.outputs.vector_file import join_features
from sovs_map.outputs.well_known_binary import encode_polygons

small_maps = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 3))


def outlined(labels: np.ndarray, rows: int, most: int) -> Iterator[Outlines]:
    """Return the regions of labels, read in strips of so many rows, at most so many nodes at once."""
    confidence = np.full(labels.shape, 100, np.uint8)
    strips = ((labels[row : row + rows], confidence[row : row + rows]) for row in range(0, len(labels), rows))
    return find_regions(strips, width=labels.shape[1], file=BytesIO(), most=most)


def traced(labels: np.ndarray, rows: int, most: int = 20) -> list[tuple[int, shapely.Polygon, int]]:
    """Return class, outline in pixels and pixel count of each region."""
    found = []
    for outlines in outlined(labels, rows, most):
        regions = outlines.regions
        rings = trace(outlines.nodes, regions=len(regions.label), clockwise=False)
        points = np.stack([rings.col, rings.row], axis=1).astype(float)
        polygons = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, points, (rings.ring_starts, rings.region_starts)
        )
        found += zip(regions.label.tolist(), polygons, regions.pixels.tolist(), strict=True)
    return found


@given(labels=small_maps, rows=st.integers(1, 5), most=st.integers(1, 99))
@settings(max_examples=150, deadline=None)
def test_regions_do_not_depend_on_the_strips(labels, rows, most):
    in_strips, at_once = traced(labels, rows, most), traced(labels, len(labels), 10**6)

    assert [(label, one.wkt, size) for label, one, size in in_strips] == [
        (label, one.wkt, size) for label, one, size in at_once
    ]


@given(labels=small_maps, rows=st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_regions_are_those_of_gdal(labels, rows):
    expected = [(int(value), shapely.geometry.shape(one)) for one, value in shapes(labels, mask=labels > 0)]

    found = traced(labels, rows)

    assert all(polygon.is_valid and polygon.area == size for _, polygon, size in found)
    left = [(label, polygon) for label, polygon, _ in found]
    for label, polygon in expected:
        same = next(one for one in left if one[0] == label and one[1].equals(polygon))
        left.remove(same)
    assert left == []


@given(labels=small_maps, rows=st.integers(1, 5), most=st.integers(1, 99))
@settings(max_examples=60, deadline=None)
def test_no_more_nodes_come_at_once_than_asked_for_unless_they_are_of_one_region(labels, rows, most):
    for outlines in outlined(labels, rows, most):
        assert len(outlines.nodes.row) <= most or len(outlines.regions.label) == 1


def test_memory_does_not_follow_what_is_open():
    rows, cols = np.indices((4096, 256))
    stripes = (1 + (cols + rows // 2 % 2) // 4 % 2).astype(np.uint8)  # 64 regions that all end with the map

    short, long = (peak_bytes(stripes[:height]) for height in (1024, 4096))

    corners = 64 * 2 * 4096  # a stripe turns twice in two rows on either side; 14 bytes each, were they held
    assert long - short < 3 * corners


def peak_bytes(labels: np.ndarray) -> int:
    """Return how many bytes are held at most while the regions of labels are found and let go."""
    with tempfile.TemporaryFile() as file:
        strips = ((labels[row : row + 16], labels[row : row + 16]) for row in range(0, len(labels), 16))
        tracemalloc.start()
        for _ in find_regions(strips, width=labels.shape[1], file=file, most=1000):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


@given(labels=small_maps, clockwise=st.booleans())
@settings(max_examples=60, deadline=None)
def test_encoded_polygons_are_those_of_geos(labels, clockwise):
    for outlines in outlined(labels, 4, 50):
        rings = trace(outlines.nodes, regions=len(outlines.regions.label), clockwise=clockwise)
        points = np.stack([rings.col, rings.row], axis=1).astype(float)
        offsets = rings.ring_starts, rings.region_starts
        polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, offsets)

        assert encode_polygons(points, *offsets).tolist() == shapely.to_wkb(polygons).tolist()
        assert all(polygon.exterior.is_ccw != clockwise for polygon in polygons)


@given(labels=small_maps)
@settings(max_examples=60, deadline=None)
def test_neighbours_share_every_vertex(labels):
    found = [polygon for _, polygon, _ in traced(labels, 3)]

    assert not found or shapely.coverage_is_valid(np.array(found))


def test_area_is_pixels_times_pixel_area_in_utm(tmp_path):
    labels = blocks(1, height=300, width=200)

    frame, summary, _ = written(tmp_path, labels)

    assert summary.features == len(frame)
    for label in range(1, 6):
        chosen = frame[frame.class_id == label]
        expected = 100.0 * np.count_nonzero(labels == label)
        assert chosen.area.sum() == pytest.approx(expected, rel=1e-9)
        assert chosen.area_m2.sum() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "transform",
    [
        pytest.param((10.0, 0.0, 5e5, 0.0, 10.0, 4e6), id="south-up"),
        pytest.param((8.0, 3.0, 5e5, 3.0, -8.0, 4e6), id="rotated"),
    ],
)
def test_any_affine_keeps_area_and_orientation(tmp_path, transform):
    labels = blocks(2, height=60, width=70)
    a, b, _, d, e, _ = transform

    frame, _, _ = written(tmp_path, labels, grid=grid_of(labels, transform=transform))

    valid = np.count_nonzero((labels > 0) & (labels < 255))
    assert frame.area.sum() == pytest.approx(valid * abs(a * e - b * d), rel=1e-9)
    assert all(polygon.exterior.is_ccw for polygon in frame.geometry)


def test_confidence_is_the_mean_of_the_region(tmp_path):
    labels = np.array([[1, 1, 2], [1, 2, 2]], np.uint8)

    frame, _, _ = written(tmp_path, labels)

    made = confidence_of(labels)
    for _, row in frame.iterrows():
        assert row.confidence == pytest.approx(made[labels == row.class_id].mean() / 250)


def test_degrees_have_geodesic_areas_that_agree_with_the_summary(tmp_path):
    labels = blocks(3, height=120, width=150)
    grid = grid_of(labels, crs=DEGREES, transform=(1e-3, 0.0, 13.0, 0.0, -1e-3, 60.0))

    frame, _, _ = written(tmp_path, labels, grid=grid)

    straight = shapely.segmentize(frame.geometry.to_numpy(), 1e-3)
    expected = [abs(Geod(ellps="WGS84").geometry_area_perimeter(polygon)[0]) for polygon in straight]
    np.testing.assert_allclose(frame.area_m2, expected, rtol=1e-4)
    for area in summarise(tmp_path / "l.tif", tmp_path / "c.tif", grid=grid, vocabulary=FIVE):
        assert frame[frame.class_id == area.class_id].area_m2.sum() == pytest.approx(area.area_m2, rel=1e-5)


def test_web_mercator_is_not_believed(tmp_path):
    labels = blocks(4, height=40, width=50)
    mercator = "EPSG:3857"
    grid = grid_of(labels, crs=_wkt(mercator), transform=(20.0, 0.0, 1.5e6, 0.0, -20.0, 8.4e6))

    frame, _, _ = written(tmp_path, labels, grid=grid)

    ground = frame.to_crs("EPSG:4326").geometry.map(
        lambda one: abs(Geod(ellps="WGS84").geometry_area_perimeter(one)[0])
    )
    np.testing.assert_allclose(frame.area_m2, ground, rtol=1e-6)
    assert frame.area_m2.sum() < 0.3 * frame.area.sum()


def test_control_points_place_polygons_within_a_tenth_of_a_pixel(tmp_path):
    labels = np.full((900, 1200), 1, np.uint8)
    labels[300:600, 400:800] = 2
    grid = grid_of(labels, crs=DEGREES, transform=IDENTITY, gcps=curved_gcps(900, 1200))

    frame, _, _ = written(tmp_path, labels, grid=grid)

    inner = frame[frame.class_id == 2].to_crs(UTM).geometry.iloc[0]
    found = np.array(inner.exterior.coords)
    expected = np.column_stack(curved_xy(np.array([300.0, 300, 600, 600]), np.array([400.0, 800, 800, 400])))
    assert max(np.hypot(*(found - corner).T).min() for corner in expected) < 1.0
    assert frame.area_m2.sum() == pytest.approx(frame.to_crs(UTM).area.sum(), rel=1e-3)


def test_no_coordinate_system_gives_pixel_coordinates_and_no_area(tmp_path):
    labels = blocks(7, height=30, width=40)

    frame, _, _ = written(tmp_path, labels, grid=grid_of(labels, crs=None, transform=IDENTITY))

    assert frame.crs is None
    assert frame.area_m2.isna().all()
    assert frame.area.sum() == np.count_nonzero((labels > 0) & (labels < 255))


@given(rows=st.integers(1, 70))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_read_in_strips_give_the_same_features(tmp_path, rows):
    labels = blocks(11, height=64, width=50)
    paths = write(tmp_path / "l.tif", labels), write(tmp_path / "c.tif", confidence_of(labels))
    grid = grid_of(labels)

    strips, whole = (
        join_features(list(read_features(*paths, grid=grid, vocabulary=FIVE, rows=some, folder=tmp_path)))
        for some in (rows, 64)
    )

    assert strips.polygons.tolist() == whole.polygons.tolist()
    np.testing.assert_array_equal(strips.confidence, whole.confidence)


def test_raster_of_another_size_is_refused_and_no_file_is_left(tmp_path):
    labels = blocks(14, height=20, width=20)

    with pytest.raises(OutputError, match="20 × 20 pixels; 21 × 20 were expected"):
        written(tmp_path, labels, grid=grid_of(np.zeros((21, 20), np.uint8)))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.tif", "l.tif"]


def _wkt(code: str) -> str:
    import pyproj  # noqa: PLC0415

    return pyproj.CRS(code).to_wkt()
