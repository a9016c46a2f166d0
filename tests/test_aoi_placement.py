"""Areas on scenes: the pixels whose centres lie inside, found from both sides."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from conftest import UTM, make_scene, speckled_power
from outputs_rasters import curved_gcps
from pyproj import CRS, Transformer

from sovs_map.aoi import read_aoi
from sovs_map.aoi_placement import place_aoi
from sovs_map.area import outside
from sovs_map.errors import OptionError
from sovs_map.scene import open_scene
from sovs_map.scene.ground_control import fit_ground_control
from sovs_map.surface import evaluate
from sovs_map.window import Window

KERALA = Path(__file__).parents[2] / "shared" / "data" / "scenes" / "sentinel1_grd_gcps_kerala.tif"
SHAPE = (120, 150)


@pytest.fixture
def scene_at(tmp_path):
    def opened(shape=SHAPE, **options):
        return open_scene(make_scene(tmp_path / "scene.tif", speckled_power((1, *shape)), **options), scale="power")

    return opened


def write_aoi(path, shape, *, crs):
    geopandas.GeoDataFrame(geometry=[shape], crs=crs).to_file(path)
    return read_aoi(str(path))


def wanted(scene, aoi, shape):
    """Return by brute force which pixels have their centre in a shape: each centre is carried to its coordinates."""
    rows, cols = np.mgrid[: scene.height, : scene.width] + 0.5
    found = scene.georeference
    if found.gcps:
        x, y = evaluate(fit_ground_control(found.gcps, crs=found.crs), np.column_stack([rows.ravel(), cols.ravel()])).T
    else:
        x, y = Affine(*found.transform) @ (cols.ravel(), rows.ravel())
    x, y = Transformer.from_crs(found.crs, aoi.crs, always_xy=True).transform(x, y)
    turns = (-360, 0, 360) if CRS.from_wkt(aoi.crs).is_geographic else (0,)
    inside = [shapely.contains_xy(shape, x + turn, y) for turn in turns]
    return np.any(inside, axis=0).reshape(rows.shape)


def check(scene, aoi, shape, *, wrong=0.0):
    area = place_aoi(aoi, scene)
    expected = wanted(scene, aoi, shape)
    got = ~outside(area, Window(0, 0, scene.height, scene.width))
    rows, cols = np.nonzero(got)
    assert 0 < expected.sum() < expected.size
    assert (got != expected).mean() <= wrong
    assert area.window == Window(rows.min(), cols.min(), np.ptp(rows) + 1, np.ptp(cols) + 1)


def near(lon, lat, size):
    """Return a star with a hole around a point."""
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    radius = size * np.where(np.arange(14) % 2, 1.0, 0.55)
    star = shapely.Polygon(np.column_stack([lon + radius * np.cos(angles), lat + radius * np.sin(angles)]))
    return star - shapely.Point(lon, lat).buffer(size / 5)


TURNED = UTM @ Affine.rotation(30)
SOUTH_UP = Affine(20.0, 0.0, 500_000.0, 0.0, 20.0, 4_900_000.0)


@pytest.mark.parametrize("transform", [UTM, TURNED, SOUTH_UP], ids=["north up", "turned", "south up"])
def test_a_shape_in_degrees_on_a_utm_scene(tmp_path, scene_at, transform):
    scene = scene_at(transform=transform)
    lon, lat = Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True).transform(*transform @ (70, 66))
    shape = near(lon, lat, 0.012)

    check(scene, write_aoi(tmp_path / "a.gpkg", shape, crs="EPSG:4326"), shape, wrong=2e-4)


def test_edges_of_a_box_in_degrees_are_curves_in_utm(scene_at):
    scene = scene_at(shape=(300, 2000), transform=Affine(200.0, 0.0, 300_000.0, 0.0, -200.0, 7_000_000.0))

    check(scene, read_aoi("-0.5,62.6,5.5,62.9"), shapely.box(-0.5, 62.6, 5.5, 62.9), wrong=5e-4)


def test_a_shape_in_metres_on_a_scene_in_degrees(tmp_path, scene_at):
    scene = scene_at(crs="EPSG:4326", transform=Affine(2e-3, 0, 3.0, 0, -2e-3, 44.3))
    shape = near(512_000, 4_890_000, 9_000)

    check(scene, write_aoi(tmp_path / "a.gpkg", shape, crs="EPSG:32631"), shape, wrong=2e-4)


def test_a_shape_in_utm_on_a_mercator_scene(tmp_path, scene_at):
    scene = scene_at(crs="EPSG:3857", transform=Affine(30.0, 0, 334_000, 0, -30.0, 5_507_000))
    shape = near(501_600, 4_900_300, 1_500)

    check(scene, write_aoi(tmp_path / "a.gpkg", shape, crs="EPSG:32631"), shape, wrong=2e-4)


@pytest.mark.parametrize("text", ["179.9,-17.1,-179.9,-16.9", "179.9,-17.1,180.1,-16.9"])
@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:4326", Affine(4e-3, 0, 179.7, 0, -4e-3, -16.8)),
        ("EPSG:4326", Affine(4e-3, 0, -180.3, 0, -4e-3, -16.8)),
        ("EPSG:32760", Affine(400, 0, 787_000, 0, -400, 8_140_000)),
        ("EPSG:32701", Affine(400, 0, 150_000, 0, -400, 8_140_000)),
    ],
    ids=["past 180", "past -180", "zone 60 south", "zone 1 south"],
)
def test_a_box_across_the_antimeridian(scene_at, text, crs, transform):
    check(scene_at(crs=crs, transform=transform), read_aoi(text), shapely.box(179.9, -17.1, 180.1, -16.9), wrong=5e-4)


def test_a_box_around_the_pole(scene_at):
    scene = scene_at(crs="EPSG:3413", transform=Affine(2e4, 0, -1.5e6, 0, -2e4, 1.207e6))

    check(scene, read_aoi("-180,85,180,90"), shapely.box(-180, 85, 180, 90), wrong=1e-3)


def test_a_shape_on_a_scene_of_ground_control_points(tmp_path, scene_at):
    shape = (700, 900)
    scene = scene_at(shape=shape, crs="EPSG:4326", gcps=curved_gcps(*shape))
    lon, lat = Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True).transform(503_500, 4_995_500)
    star = near(lon, lat, 0.02)

    check(scene, write_aoi(tmp_path / "a.gpkg", star, crs="EPSG:4326"), star, wrong=2e-4)


@pytest.mark.skipif(not KERALA.exists(), reason=f"the real scene {KERALA} is not here")
def test_a_box_on_a_real_scene_of_ground_control_points():
    check(open_scene(KERALA), read_aoi("76.2,9.6,76.9,10.1"), shapely.box(76.2, 9.6, 76.9, 10.1), wrong=1e-3)


def test_an_area_that_covers_the_scene_is_all_of_it(scene_at):
    for text in ("2,43,4,45", "-180,-90,180,90"):
        area = place_aoi(read_aoi(text), scene_at())

        assert not outside(area, Window(0, 0, *SHAPE)).any()
        assert area.window == Window(0, 0, *SHAPE)


def test_a_box_along_the_pixels_needs_no_outline(scene_at):
    scene = scene_at(crs="EPSG:4326", transform=Affine(0.001, 0, 3.0, 0, -0.001, 44.0))

    area = place_aoi(read_aoi("3.0101,43.9501,3.0499,43.9899"), scene)

    assert area.outline is None
    assert area.window == Window(10, 10, 40, 40)


@pytest.mark.parametrize(
    ("options", "text", "fix"),
    [
        ({}, "10,43,11,44", r"from 10,43 to 11,44, the scene from 3,44\.2.*W,S,E,N"),
        ({}, "-177,43,-176,44", "holds no pixel"),
        ({}, "3.00001,44.2400,3.00002,44.2401", "holds no pixel"),
        ({"transform": None}, "10,43,11,44", "gdal_translate -srcwin"),
        ({"crs": None}, "10,43,11,44", "gdal_translate -srcwin"),
    ],
    ids=["elsewhere", "far", "between centres", "no georeference", "no crs"],
)
def test_areas_that_hold_no_pixel_are_refused_with_both_extents(scene_at, options, text, fix):
    with pytest.raises(OptionError, match=fix):
        place_aoi(read_aoi(text), scene_at(**options))
