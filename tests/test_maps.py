"""Whole maps: the same ground gives the same map, and every file agrees with the others."""

import json

import geopandas
import numpy as np
import pytest
import rasterio
import xarray as xr
from conftest import UTM, make_scene
from pyproj import CRS
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine
from rio_cogeo.cogeo import cog_validate
from scipy import ndimage

import sovs_map
from sovs_map.errors import OptionError
from sovs_map.outputs import Grid, middle_cell_area

CLASSES = "water,forest,urban area"
FAST = {"classes": CLASSES, "tile": 128, "overlap": 32}


def make_power(side=200, seed=0):
    """Return linear power of two polarisations: water, forest and town in blobs, speckled."""
    draw = np.random.default_rng(seed)
    blobs = ndimage.gaussian_filter(draw.normal(size=(side, side)), 18)
    level = np.where(blobs < -0.008, -21.0, np.where(blobs < 0.008, -8.5, -2.0))
    mean = 10 ** (np.stack([level, level - 7]) / 10)
    return (mean * draw.gamma(4.4, 1 / 4.4, mean.shape)).astype(np.float32)


def read_labels(result):
    with rasterio.open(result.labels) as source:
        return source.read(1)


def map_values(tmp_path, name, values, **options):
    known = {"descriptions": ["VV", "VH"]} | options
    scene = make_scene(tmp_path / f"{name}.tif", values, **known)
    return read_labels(sovs_map.map_scene(scene, output=tmp_path / name, vector="none", **FAST))


def test_power_db_and_calibrated_amplitude_of_one_ground_give_one_map(tmp_path):
    power = make_power()
    db = (10 * np.log10(power)).astype(np.float32)
    numbers = np.round(np.sqrt(power) * 10_000).clip(1, 65_535).astype(np.uint16)

    from_power = map_values(tmp_path, "power", power)
    from_db = map_values(tmp_path, "db", db, units=["dB", "dB"])
    from_amplitude = map_values(tmp_path, "amplitude", numbers, scales=[1e-4, 1e-4], tags=[("scale", "amplitude")])

    assert (from_power == from_db).mean() > 0.999
    assert (from_power == from_amplitude).mean() > 0.99


def test_digital_numbers_of_unknown_gain_give_nearly_that_map(tmp_path):
    power = make_power()
    maps = [
        map_values(tmp_path, str(gain), np.round(np.sqrt(power) * gain).clip(1, 65_535).astype(np.uint16))
        for gain in (700, 9_000)
    ]

    assert (maps[0] == maps[1]).mean() > 0.99


def test_every_file_of_a_map_agrees(tmp_path):
    db = (10 * np.log10(make_power())).astype(np.float32)
    db[:, :30, :40] = np.nan
    scene = make_scene(tmp_path / "scene.tif", db, nodata=np.nan, units=["dB", "dB"], descriptions=["VV", "VH"])

    result = sovs_map.map_scene(scene, output=tmp_path, scores="all", **FAST)

    labels = read_labels(result)
    polygons = geopandas.read_file(tmp_path / "scene_polygons.gpkg", layer="polygons")
    pixels = np.bincount(labels.ravel(), minlength=256)
    for number in (1, 2, 3):
        area = polygons[polygons.class_id == number].area.sum()
        assert area == pytest.approx(pixels[number] * 400, rel=1e-6)
    assert pixels[255] == 30 * 40
    assert [count for _, count in result.areas] == pixels[1:4].tolist()
    for name in ("labels", "confidence", "scores"):
        assert cog_validate(tmp_path / f"scene_{name}.tif", quiet=True)[0]
    with (
        rasterio.open(tmp_path / "scene_scores.tif") as scores,
        rasterio.open(tmp_path / "scene_confidence.tif") as best,
    ):
        np.testing.assert_array_equal(scores.read().max(0), best.read(1))


def test_small_regions_are_merged_in_raster_and_polygons_alike(tmp_path):
    db = np.random.default_rng(1).normal(-12, 6, (2, 200, 200)).astype(np.float32)
    scene = make_scene(tmp_path / "scene.tif", db, units=["dB", "dB"], descriptions=["VV", "VH"])

    result = sovs_map.map_scene(scene, output=tmp_path, min_area="2ha", **FAST)

    regions = sum(ndimage.label(read_labels(result) == number)[1] for number in (1, 2, 3))
    polygons = geopandas.read_file(tmp_path / "scene_polygons.gpkg", layer="polygons")
    assert len(polygons) == regions
    assert polygons.area.min() >= 20_000 or len(polygons) == 1


def test_small_regions_are_merged_after_geocoding_which_cuts_thin_ones_up(tmp_path):
    db = np.random.default_rng(1).normal(-12, 6, (2, 200, 200)).astype(np.float32)
    turned = Affine(16.0, 12.0, 500_000.0, 12.0, -16.0, 5_000_000.0)
    scene = make_scene(tmp_path / "s.tif", db, transform=turned, units=["dB", "dB"], descriptions=["VV", "VH"])

    sovs_map.map_scene(scene, output=tmp_path, crs="auto", min_area="2ha", **FAST)

    polygons = geopandas.read_file(tmp_path / "s_polygons.gpkg", layer="polygons")
    assert polygons.area.min() >= 20_000 or len(polygons) == 1


@pytest.mark.parametrize("easting", [200_000, 500_000])
def test_the_least_area_is_counted_in_pixels_as_polygons_are_measured(easting):
    grid = Grid(90, 90, CRS.from_epsg(32633).to_wkt(), (10.0, 0.0, easting, 0.0, -10.0, 5e6), ())

    assert middle_cell_area(grid) == 100.0


def test_an_array_gives_the_labels_of_its_file(tmp_path):
    db = (10 * np.log10(make_power())).astype(np.float32)
    scene = make_scene(tmp_path / "scene.tif", db, units=["dB", "dB"], descriptions=["VV", "VH"])
    rows, cols = np.arange(200) + 0.5, np.arange(200) + 0.5
    array = xr.DataArray(
        db,
        dims=("band", "y", "x"),
        coords={"band": ["VV", "VH"], "y": UTM.f + UTM.e * rows, "x": UTM.c + UTM.a * cols},
        attrs={"units": "dB"},
        name="array",
    ).rio.write_crs("EPSG:32631")

    from_file = sovs_map.map_scene(scene, output=tmp_path / "a", vector="none", **FAST)
    from_array = sovs_map.map_scene(array, output=tmp_path / "b", vector="none", **FAST)

    np.testing.assert_array_equal(read_labels(from_array), read_labels(from_file))


def test_a_scene_of_control_points_keeps_them_or_is_geocoded(tmp_path):
    db = (10 * np.log10(make_power())).astype(np.float32)
    points = [
        GroundControlPoint(row=row, col=col, x=10 + (col + 0.0004 * row * row) * 2e-4, y=45 - row * 2e-4, z=0)
        for row in range(0, 201, 40)
        for col in range(0, 201, 40)
    ]
    scene = make_scene(
        tmp_path / "scene.tif", db, crs="EPSG:4326", gcps=points, units=["dB", "dB"], descriptions=["VV", "VH"]
    )

    kept = sovs_map.map_scene(scene, output=tmp_path / "kept", vector="none", **FAST)
    moved = sovs_map.map_scene(scene, output=tmp_path / "moved", crs="auto", vector="none", **FAST)

    with rasterio.open(kept.labels) as source:
        assert len(source.gcps[0]) == len(points)
    with rasterio.open(moved.labels) as source:
        assert source.crs.to_epsg() == 32632


def test_metres_are_refused_without_georeference(tmp_path):
    db = (10 * np.log10(make_power(80))).astype(np.float32)
    scene = make_scene(tmp_path / "scene.tif", db, transform=None, units=["dB", "dB"], descriptions=["VV", "VH"])

    with pytest.raises(OptionError, match="--min-area"):
        sovs_map.map_scene(scene, output=tmp_path, min_area="1ha", **FAST)

    assert not list(tmp_path.glob("*_labels.tif"))


def test_bias_threshold_and_negatives_are_recorded_in_every_file(tmp_path):
    db = (10 * np.log10(make_power())).astype(np.float32)
    scene = make_scene(tmp_path / "scene.tif", db, units=["dB", "dB"], descriptions=["VV", "VH"])
    asked = FAST | {"classes": "water=river|!sea,forest,urban area"}

    result = sovs_map.map_scene(
        scene, output=tmp_path, vector="none", bias=["water=-0.5"], class_threshold=["forest=0.4"], **asked
    )

    classes = json.loads((tmp_path / "scene_item.json").read_text("utf-8"))["properties"]["sovs:classes"]
    report = (tmp_path / "scene_report.html").read_text("utf-8")
    with rasterio.open(result.labels) as source:
        tags = source.tags(ns="SOVS")
    assert [(entry["negatives"], entry["threshold"], entry["bias"]) for entry in classes[:2]] == [
        (["sea"], 0.0, -0.5),
        ([], 0.4, 0.0),
    ]
    assert "river · not sea · bias -0.5" in report
    assert "forest · at least 0.4" in report
    assert tags["prompts"].startswith("water=river|!sea; forest=forest; ")
    assert tags["biases"] == "water=-0.5; forest=0; urban area=0"
    assert tags["thresholds"] == "water=0; forest=0.4; urban area=0"
