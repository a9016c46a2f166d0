"""Polygons in every format that can be asked for."""

from __future__ import annotations

import json
import sqlite3
from xml.etree import ElementTree as ET

import geopandas
import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from outputs_rasters import (
    FIVE,
    IDENTITY,
    NORTH_UP,
    UTM,
    blocks,
    grid_of,
    many_classes,
)
from pyproj import Transformer
from written_polygons import written

from sovs_map.errors import OptionError, VocabularyError
from sovs_map.outputs import write_polygons
from sovs_map.outputs.style import polygon_style
from sovs_map.outputs.vector_file import DRIVERS
from sovs_map.vocabulary import read_vocabulary


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


@pytest.mark.parametrize("driver", DRIVERS)
def test_no_format_depends_on_the_batches(tmp_path, monkeypatch, driver):
    if driver == "parquet":
        pytest.importorskip("pyarrow", reason="the extra sovs-map[parquet] is not installed")
    labels = blocks(9, height=50, width=40)
    whole, _, _ = written(tmp_path, labels, driver=driver)

    monkeypatch.setattr("sovs_map.outputs.vector_file.BATCH", 40)
    parts, summary, _ = written(tmp_path, labels, driver=driver)

    assert summary.vertices > 10 * 40
    assert parts.crs == whole.crs
    key = ["class_id", "area_m2", "confidence"]
    assert parts.sort_values(key, ignore_index=True).equals(whole.sort_values(key, ignore_index=True))


@pytest.mark.parametrize("crs", [UTM, None])
def test_parquet_is_as_geopandas_writes_it(tmp_path, crs):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra sovs-map[parquet] is not installed")
    labels = blocks(10, height=40, width=40)
    grid = grid_of(labels, crs=crs, transform=NORTH_UP if crs else IDENTITY)
    package, _, _ = written(tmp_path, labels, grid=grid)

    _, _, made = written(tmp_path, labels, grid=grid, driver="parquet")

    package.to_parquet(tmp_path / "oracle.parquet", write_covering_bbox=True, index=False)
    found, expected = parquet.read_table(made), parquet.read_table(tmp_path / "oracle.parquet")
    assert found.equals(expected)
    assert found.schema.equals(expected.schema, check_metadata=True)


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


@given(st.text(min_size=1))
def test_every_name_that_is_accepted_can_be_told_by_a_style(name):
    try:
        vocabulary = read_vocabulary([name])
    except VocabularyError:
        reject()

    categories = ET.fromstring(polygon_style(vocabulary)).iter("category")  # noqa: S314 - written here

    assert [one.get("label") for one in categories] == list(vocabulary.names)


def test_many_classes_are_polygons_too(tmp_path):
    vocabulary = many_classes(300)
    labels = (np.arange(20 * 20, dtype=np.uint16).reshape(20, 20) % 300 + 1).astype(np.uint16)
    labels[0] = 65_535

    frame, _, _ = written(tmp_path, labels, vocabulary=vocabulary)

    assert frame.area.sum() == pytest.approx(100.0 * 19 * 20)
    assert set(frame["class"]) == {f"class {label}" for label in np.unique(labels[1:])}


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
