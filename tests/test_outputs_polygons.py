from __future__ import annotations

import json
import sqlite3
from xml.etree import ElementTree as ET

import geopandas
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
    many_classes,
    write,
)
from pyproj import Geod, Transformer
from rasterio.features import shapes

from sovs_map.errors import OptionError, OutputError
from sovs_map.outputs import summarise, write_polygons
from sovs_map.outputs.polygons import read_features
from sovs_map.outputs.regions import find_regions
from sovs_map.outputs.tracing import trace
from sovs_map.outputs.vector_file import join_features
from sovs_map.vocabulary import read_vocabulary

small_maps = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 3))


def traced(labels: np.ndarray, rows: int) -> list[tuple[int, shapely.Polygon, int]]:
    """Return class, outline in pixels and pixel count of each region, read in strips of so many rows."""
    confidence = np.full(labels.shape, 100, np.uint8)
    strips = ((labels[row : row + rows], confidence[row : row + rows]) for row in range(0, len(labels), rows))
    found = []
    for outlines in find_regions(strips, width=labels.shape[1]):
        regions = outlines.regions
        rings = trace(outlines.nodes, regions=len(regions.label))
        points = np.stack([rings.col, rings.row], axis=1).astype(float)
        polygons = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, points, (rings.ring_starts, rings.region_starts)
        )
        found += zip(regions.label.tolist(), polygons, regions.pixels.tolist(), strict=True)
    return found


def written(folder, labels, *, driver="gpkg", simplify_m=0.0, vocabulary=FIVE, grid=None):
    sources = (
        write(folder / "l.tif", labels, nodata=vocabulary.nodata),
        write(folder / "c.tif", confidence_of(labels, nodata=vocabulary.nodata)),
    )
    target = folder / f"map.{driver}"
    summary = write_polygons(
        *sources,
        target,
        grid=grid or grid_of(labels),
        vocabulary=vocabulary,
        driver=driver,
        simplify_m=simplify_m,
    )
    return geopandas.read_file(target, layer="polygons" if driver == "gpkg" else None), summary, target


@given(labels=small_maps, rows=st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_regions_do_not_depend_on_the_strips(labels, rows):
    in_strips, at_once = traced(labels, rows), traced(labels, len(labels))

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

    expected = [abs(Geod(ellps="WGS84").geometry_area_perimeter(polygon)[0]) for polygon in frame.geometry]
    np.testing.assert_allclose(frame.area_m2, expected, rtol=1e-9)
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


@pytest.mark.parametrize("kind", ["utm", "degrees", "control points"])
def test_simplification_leaves_no_gaps_and_no_overlaps(tmp_path, kind):
    labels = np.maximum(blocks(5, height=150, width=160, side=11), 1)
    labels[labels == 255] = 1
    grid = {
        "utm": grid_of(labels),
        "degrees": grid_of(labels, crs=DEGREES, transform=(1e-4, 0.0, 13.0, 0.0, -1e-4, 60.0)),
        "control points": grid_of(labels, crs=DEGREES, transform=IDENTITY, gcps=curved_gcps(150, 160)),
    }[kind]

    full, before, _ = written(tmp_path, labels, grid=grid)
    simple, after, _ = written(tmp_path, labels, grid=grid, simplify_m=15.0)

    assert after.features == before.features
    assert after.vertices < before.vertices
    assert simple.is_valid.all()
    whole = shapely.union_all(simple.geometry.to_numpy())
    assert shapely.area(simple.geometry.to_numpy()).sum() == pytest.approx(whole.area, rel=1e-9)
    assert not len(shapely.get_parts(whole)[0].interiors)
    assert simple.area_m2.sum() == pytest.approx(full.area_m2.sum(), rel=1e-2)


def test_simplification_without_metres_is_refused(tmp_path):
    labels = blocks(6, height=20, width=20)

    with pytest.raises(OptionError, match="gdal_edit"):
        written(tmp_path, labels, grid=grid_of(labels, crs=None, transform=IDENTITY), simplify_m=5.0)


def test_no_coordinate_system_gives_pixel_coordinates_and_no_area(tmp_path):
    labels = blocks(7, height=30, width=40)

    frame, _, _ = written(tmp_path, labels, grid=grid_of(labels, crs=None, transform=IDENTITY))

    assert frame.crs is None
    assert frame.area_m2.isna().all()
    assert frame.area.sum() == np.count_nonzero((labels > 0) & (labels < 255))


@pytest.mark.parametrize("driver", ["gpkg", "fgb", "geojson"])
def test_map_without_regions_is_a_valid_empty_layer(tmp_path, driver):
    labels = np.full((20, 30), 255, np.uint8)

    frame, summary, _ = written(tmp_path, labels, driver=driver)

    assert (len(frame), summary.features) == (0, 0)
    if driver != "geojson":  # which has no schema to keep
        assert {"class_id", "class", "area_m2", "confidence"} <= set(frame.columns)


@pytest.mark.parametrize("driver", ["fgb", "geojson", "parquet"])
def test_every_format_holds_the_same_features(tmp_path, driver):
    if driver == "parquet":
        pytest.importorskip("pyarrow", reason="the extra sovs-map[parquet] is not installed")
    labels = blocks(8, height=60, width=60)
    package, _, _ = written(tmp_path, labels)

    if driver == "parquet":
        write_polygons(
            tmp_path / "l.tif",
            tmp_path / "c.tif",
            tmp_path / "map.parquet",
            grid=grid_of(labels),
            vocabulary=FIVE,
            driver=driver,
        )
        other = geopandas.read_parquet(tmp_path / "map.parquet")
    else:
        other, _, _ = written(tmp_path, labels, driver=driver)

    columns = ["class_id", "class", "area_m2", "confidence"]
    key = ["class_id", "area_m2", "confidence"]
    expected = package.sort_values(key)[columns].reset_index(drop=True)
    found = other.sort_values(key)[columns].reset_index(drop=True)
    assert found.round(9).equals(expected.round(9).astype(found.dtypes.to_dict()))
    assert other.to_crs(UTM).area.sum() == pytest.approx(package.area.sum(), rel=1e-3)


def test_geojson_is_in_degrees_with_seven_decimals(tmp_path):
    labels = blocks(9, height=20, width=20)

    _, _, path = written(tmp_path, labels, driver="geojson")

    document = json.loads(path.read_text("utf-8"))
    ring = document["features"][0]["geometry"]["coordinates"][0]
    lon, lat = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform(500_000, 5_000_000)
    assert "crs" not in document
    assert np.allclose(ring[0], (lon, lat), atol=0.01)
    assert all(round(value, 7) == value for point in ring for value in point)


def test_geopackage_has_index_style_and_odd_names(tmp_path):
    vocabulary = read_vocabulary(["<b>wet & 'wild'</b>", 'a "quoted" class', "Wälder 森林"])
    labels = blocks(10, height=40, width=40, classes=3)

    frame, _, path = written(tmp_path, labels, vocabulary=vocabulary)

    assert set(frame["class"]) == set(vocabulary.names)
    with sqlite3.connect(path) as package:
        style, name = package.execute("SELECT styleQML, f_table_name FROM layer_styles WHERE useAsDefault").fetchone()
        assert package.execute("SELECT count(*) FROM rtree_polygons_geom").fetchone() == (len(frame),)
        kind = package.execute("SELECT geometry_type_name FROM gpkg_geometry_columns").fetchone()
        assert package.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (name, kind) == ("polygons", ("POLYGON",))
    categories = ET.fromstring(style).iter("category")  # noqa: S314 - written by the line above
    assert [one.get("label") for one in categories] == list(vocabulary.names)


def test_many_classes_are_polygons_too(tmp_path):
    vocabulary = many_classes(300)
    labels = (np.arange(20 * 20, dtype=np.uint16).reshape(20, 20) % 300 + 1).astype(np.uint16)
    labels[0] = 65_535

    frame, _, _ = written(tmp_path, labels, vocabulary=vocabulary)

    assert frame.area.sum() == pytest.approx(100.0 * 19 * 20)
    assert set(frame["class"]) == {f"class {label}" for label in np.unique(labels[1:])}


@given(rows=st.integers(1, 70))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_read_in_strips_give_the_same_features(tmp_path, rows):
    labels = blocks(11, height=64, width=50)
    paths = write(tmp_path / "l.tif", labels), write(tmp_path / "c.tif", confidence_of(labels))
    grid = grid_of(labels)

    strips = join_features(list(read_features(*paths, grid=grid, vocabulary=FIVE, rows=rows)))
    whole = join_features(list(read_features(*paths, grid=grid, vocabulary=FIVE, rows=64)))

    assert shapely.to_wkb(strips.polygons).tolist() == shapely.to_wkb(whole.polygons).tolist()
    np.testing.assert_array_equal(strips.confidence, whole.confidence)


@pytest.mark.parametrize(
    ("driver", "fix"), [("shp", "gpkg, parquet, fgb, geojson"), ("geojson", "--vector gpkg")], ids=["unknown", "no crs"]
)
def test_format_that_cannot_be_written_is_refused(tmp_path, driver, fix):
    labels = blocks(12, height=20, width=20)

    with pytest.raises(OptionError, match=fix):
        written(tmp_path, labels, driver=driver, grid=grid_of(labels, crs=None, transform=IDENTITY))


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(OptionError, match=r"pip install 'sovs-map\[parquet\]'"):
        written(tmp_path, blocks(13, height=20, width=20), driver="parquet")


def test_raster_of_another_size_is_refused_and_no_file_is_left(tmp_path):
    labels = blocks(14, height=20, width=20)

    with pytest.raises(OutputError, match="20 × 20 pixels; 21 × 20 were expected"):
        written(tmp_path, labels, grid=grid_of(np.zeros((21, 20), np.uint8)))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.tif", "l.tif"]


def _wkt(code: str) -> str:
    import pyproj  # noqa: PLC0415

    return pyproj.CRS(code).to_wkt()
