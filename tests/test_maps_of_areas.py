"""Maps of a part of a scene: the labels of the whole map, and nodata outside."""

import json

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from conftest import make_scene, speckled_power
from pyproj import Transformer
from rasterio.control import GroundControlPoint

import sovs_map
from sovs_map.cli import cli
from sovs_map.errors import OptionError, OutputExistsError

DB = (10 * np.log10(np.stack([speckled_power((200, 260)), speckled_power((200, 260), level_db=-18.0)]))).astype(
    np.float32
)
ASKED = {"classes": "water,forest", "tile": 64, "overlap": 16}
LEFT, TOP, SIDE = 500_000.0, 4_900_000.0, 20.0


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    known = {"nodata": np.nan, "units": ["dB", "dB"], "descriptions": ["VV", "VH"]}
    return make_scene(tmp_path_factory.mktemp("scene") / "scene.tif", DB, **known)


@pytest.fixture(scope="module")
def whole(scene, tmp_path_factory):
    return sovs_map.map_scene(scene, output=tmp_path_factory.mktemp("whole"), **ASKED)


def outline_file(folder, geometry, crs="EPSG:32631"):
    """Write a geometry given in pixels (col, row) of the scene."""
    placed = shapely.transform(geometry, lambda points: points * [SIDE, -SIDE] + [LEFT, TOP])
    frame = geopandas.GeoDataFrame(geometry=[placed], crs="EPSG:32631").to_crs(crs)
    frame.to_file(folder / "aoi.gpkg")
    return str(folder / "aoi.gpkg")


def read(path):
    with rasterio.open(path) as source:
        return source.read(1), source.transform


@pytest.mark.parametrize("chunk", [None, 80])
@pytest.mark.parametrize("crs", ["EPSG:32631", "EPSG:4326"])
def test_the_map_of_a_polygon_is_the_whole_map_inside_it_and_nodata_outside(scene, whole, tmp_path, crs, chunk):
    shape = shapely.Polygon(
        [(60.3, 40.2), (201.7, 71.4), (150.1, 150.6), (70.2, 120.9)], [[(110, 80), (130, 80), (120, 95)]]
    )
    labels, _ = read(whole.labels)
    rows, cols = np.mgrid[:200, :260] + 0.5
    inside = shapely.contains_xy(shape, cols, rows)

    result = sovs_map.map_scene(scene, output=tmp_path, aoi=outline_file(tmp_path, shape, crs), chunk=chunk, **ASKED)

    part, transform = read(result.labels)
    row, col = round((TOP - transform.f) / SIDE), round((transform.c - LEFT) / SIDE)
    window = (slice(row, row + part.shape[0]), slice(col, col + part.shape[1]))
    expected = np.where(inside, labels, 255)[window]
    assert inside.sum() == inside[window].sum()
    assert (part != expected).sum() <= (3 if crs == "EPSG:4326" else 0)  # a centre may lie within rounding of an edge
    polygons = geopandas.read_file(tmp_path / "scene_polygons.gpkg", layer="polygons")
    assert polygons.area_m2.sum() == pytest.approx((part != 255).sum() * SIDE**2, rel=0.01)
    report = (tmp_path / "scene_report.html").read_text()
    assert "aoi.gpkg" in report


def test_a_box_in_degrees_is_cut_out_and_georeferenced(scene, whole, tmp_path):
    to_degrees = Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True)
    west, south = to_degrees.transform(LEFT + 50 * SIDE, TOP - 150 * SIDE)
    east, north = to_degrees.transform(LEFT + 160 * SIDE, TOP - 60 * SIDE)
    words = ["map", scene, "-c", "water,forest", "--tile", "64", "--overlap", "16", "-o", str(tmp_path), "--json"]

    done = CliRunner().invoke(cli, [*words, "--aoi", f"{west},{south},{east},{north}"], catch_exceptions=False)

    assert done.exit_code == 0, done.stderr
    part, transform = read(json.loads(done.stdout)["files"][0])
    row, col = round((TOP - transform.f) / SIDE), round((transform.c - LEFT) / SIDE)
    labels, _ = read(whole.labels)
    there = labels[row : row + part.shape[0], col : col + part.shape[1]]
    assert abs(row - 60) <= 1
    assert abs(col - 50) <= 1
    np.testing.assert_array_equal(part[part != 255], there[part != 255])
    assert (part != 255).mean() > 0.95


def test_an_area_of_a_scene_of_control_points_keeps_its_own_of_them(tmp_path):
    ground = [(row, col) for row in (0, 100, 200) for col in (0, 130, 260)]
    gcps = [GroundControlPoint(row=r, col=c, x=4.0 + c * 2e-4, y=44.0 - r * 2e-4) for r, c in ground]
    scene = make_scene(
        tmp_path / "scene.tif", DB, crs="EPSG:4326", gcps=gcps, units=["dB", "dB"], descriptions=["VV", "VH"]
    )
    whole = sovs_map.map_scene(scene, output=tmp_path / "whole", **ASKED)

    box = "4.01,43.97,4.03,43.99"  # columns 50 to 150, rows 50 to 150
    part = sovs_map.map_scene(scene, output=tmp_path / "part", aoi=box, **ASKED)

    labels, _ = read(whole.labels)
    with rasterio.open(part.labels) as source:
        assert (source.height, source.width) == (100, 100)
        np.testing.assert_array_equal(source.read(1), labels[50:150, 50:150])
        points, _ = source.gcps
    assert [(p.row, p.col, p.x, p.y) for p in points] == [(p.row - 50, p.col - 50, p.x, p.y) for p in gcps]


def test_areas_that_a_scene_does_not_hold_are_refused_before_the_work(scene, tmp_path):
    with pytest.raises(OptionError, match="holds no pixel"):
        sovs_map.map_scene(scene, output=tmp_path / "out", aoi="100,10,101,11", **ASKED)
    assert not (tmp_path / "out").exists()

    pixels = make_scene(tmp_path / "pixels.tif", DB, transform=None, units=["dB", "dB"], descriptions=["VV", "VH"])
    with pytest.raises(OptionError, match="no coordinate system"):
        sovs_map.map_scene(pixels, output=tmp_path / "out", aoi="3,44,3.1,44.1", **ASKED)


def test_another_area_is_another_question(scene, tmp_path):
    box = shapely.box(10, 10, 90, 90)
    sovs_map.map_scene(scene, output=tmp_path, aoi=outline_file(tmp_path, box), **ASKED)

    with pytest.raises(OutputExistsError, match="--overwrite"):
        sovs_map.map_scene(scene, output=tmp_path, **ASKED)


def test_queries_take_areas_too(scene, tmp_path):
    box = outline_file(tmp_path, shapely.box(10, 20, 90, 110))
    whole = sovs_map.query_scene(scene, ["ships"], output=tmp_path / "whole", tile=64, overlap=16)

    part = sovs_map.query_scene(scene, ["ships"], output=tmp_path / "part", aoi=box, tile=64, overlap=16)

    labels, _ = read(whole.files[0])
    np.testing.assert_array_equal(read(part.files[0])[0], labels[20:110, 10:90])
