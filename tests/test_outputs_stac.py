"""The STAC item: valid, placed, and honest about what it does not know."""

from __future__ import annotations

import json

import numpy as np
import pystac
import pytest
import shapely
from outputs_rasters import DEGREES, EVIL, IDENTITY, curved_gcps, grid_of
from pyproj import CRS, Transformer

from sovs_map.outputs import (
    StacAsset,
    StacFacts,
    write_stac_item,
)
from sovs_map.vocabulary import read_vocabulary


def item(**changes) -> StacFacts:
    return StacFacts(
        **{
            "id": "scene",
            "created": "2026-01-02T03:04:05Z",
            "acquired": "2020-11-07T13:51:00Z",
            "grid": grid_of(np.zeros((400, 300), np.uint8)),
            "vocabulary": read_vocabulary([EVIL, "forest", "Forest 2", "森林"]),
            "software": "0.1.0",
            "model_name": "sovs-tiny",
            "model_sha256": "ab" * 32,
            "inputs": ("../scene.tif",),
            "input_identity": "cd" * 32,
            "polarisations": ("VV", "VH"),
            "assets": (
                StacAsset("labels", "scene_labels.tif", "Labels", "labels"),
                StacAsset("confidence", "scene_confidence.tif", "Confidence", "confidence"),
                StacAsset("polygons", "scene_polygons.gpkg", "Polygons", "polygons"),
            ),
            **changes,
        }
    )


def written(folder, **changes) -> dict:
    write_stac_item(folder / "item.json", item=item(**changes))
    return json.loads((folder / "item.json").read_text("utf-8"))


def test_item_says_where_the_map_lies(tmp_path):
    document = written(tmp_path)

    to_degrees = Transformer.from_crs(32633, 4326, always_xy=True)
    corners = [to_degrees.transform(x, y) for x in (500_000, 503_000) for y in (5_000_000, 4_996_000)]
    west, south = np.min(corners, axis=0)
    east, north = np.max(corners, axis=0)
    np.testing.assert_allclose(document["bbox"], [west, south, east, north], atol=1e-6)
    assert document["geometry"]["type"] == "Polygon"
    assert document["properties"]["proj:code"] == "EPSG:32633"
    assert document["properties"]["proj:shape"] == [400, 300]
    assert document["properties"]["proj:transform"] == [10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0]
    assert document["properties"]["datetime"] == "2020-11-07T13:51:00Z"


NOWHERE = grid_of(np.zeros((4, 3)), crs=None, transform=IDENTITY)


@pytest.mark.parametrize("changes", [{}, {"grid": NOWHERE, "acquired": None}], ids=["placed", "not placed"])
def test_item_is_valid_by_the_schema_of_the_specification(tmp_path, changes):
    document = written(tmp_path, **changes)

    pystac.Item.from_dict(document | {"stac_extensions": []}).validate()  # theirs are not shipped with pystac

    assert document["links"] == [{"rel": "derived_from", "href": "../scene.tif"}]
    assert all({"href", "type", "roles"} <= set(asset) for asset in document["assets"].values())
    assert document["assets"]["labels"]["href"] == "./scene_labels.tif"


def test_item_names_and_colours_the_classes(tmp_path):
    classes = written(tmp_path)["assets"]["labels"]["bands"][0]["classification:classes"]

    names = [entry["name"] for entry in classes]
    assert len(set(names)) == len(names) == 6
    assert all(name.replace("_", "").replace("-", "").isalnum() and name.isascii() for name in names)
    assert [entry["value"] for entry in classes] == [0, 1, 2, 3, 4, 255]
    assert [entry["title"] for entry in classes[1:5]] == [EVIL, "forest", "Forest 2", "森林"]
    assert all(len(entry["color_hint"]) == 6 and int(entry["color_hint"], 16) >= 0 for entry in classes[:5])


def test_item_without_georeference_has_null_geometry_and_no_bbox(tmp_path):
    document = written(tmp_path, grid=grid_of(np.zeros((4, 3)), crs=None, transform=IDENTITY), acquired=None)

    assert document["geometry"] is None
    assert "bbox" not in document
    assert document["properties"]["proj:code"] is None
    assert document["properties"]["datetime"] == "2026-01-02T03:04:05Z"


def test_item_of_control_points_has_a_footprint_and_no_transform(tmp_path):
    grid = grid_of(np.zeros((700, 900)), crs=DEGREES, transform=IDENTITY, gcps=curved_gcps(700, 900))

    document = written(tmp_path, grid=grid)

    assert "proj:transform" not in document["properties"]
    lon = [point.x for point in grid.gcps]
    assert document["bbox"][0] == pytest.approx(min(lon), abs=1e-3)
    assert document["bbox"][2] == pytest.approx(max(lon), abs=1e-3)


@pytest.mark.parametrize(
    ("code", "left", "top", "pole"),
    [(3413, -100_000.0, 100_000.0, 90), (3413, -100_000.0, 0.0, 90), (3031, -50_000.0, 150_000.0, -90)],
    ids=["pole in the middle", "pole on the border", "south pole"],
)
def test_item_of_a_scene_with_a_pole_reaches_the_pole(tmp_path, code, left, top, pole):
    grid = grid_of(np.zeros((200, 200)), crs=CRS(code).to_wkt(), transform=(1000.0, 0, left, 0, -1000.0, top))

    document = written(tmp_path, grid=grid)

    pystac.Item.from_dict(document | {"stac_extensions": []}).validate()
    assert shapely.geometry.shape(document["geometry"]).is_valid
    assert pole in (document["bbox"][1], document["bbox"][3])


def test_item_across_the_antimeridian_is_in_two_parts(tmp_path):
    grid = grid_of(np.zeros((100, 200)), crs=CRS(32660).to_wkt(), transform=(100.0, 0, 825_000.0, 0, -100.0, 1e6))

    document = written(tmp_path, grid=grid)

    assert document["geometry"]["type"] == "MultiPolygon"
    west, _, east, _ = document["bbox"]
    assert west > 179
    assert east < -179
    longitudes = [point[0] for part in document["geometry"]["coordinates"] for point in part[0]]
    assert max(longitudes) <= 180
    assert min(longitudes) >= -180
