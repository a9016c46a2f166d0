import numpy as np
import pytest
from affine import Affine
from conftest import make_scene, speckled_power
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod
from rasterio.control import GroundControlPoint

from sovs_map.errors import SceneError
from sovs_map.scene import open_scene
from sovs_map.scene.georeference import (
    IDENTITY,
    Georeference,
    metres_per_unit,
    pixel_sides_m,
    places_pixels,
    residual_m,
    spacing_m,
)
from sovs_map.scene.ground_control import GroundControl


def curved(row, col):
    """Map pixels to degrees as a slant-range grid does: smooth, but no polynomial."""
    x = 70 + 1e-4 * col + 2e-5 * row + 3e-10 * row * col + 1e-3 * np.sin(col / 500)
    return x, 9 + 9e-5 * row - 2e-5 * col + 1e-10 * col**2


def control(rows, cols, where=curved):
    return tuple(GroundControl(float(r), float(c), *map(float, where(r, c)), 0.0) for r in rows for c in cols)


@pytest.mark.parametrize(
    ("code", "transform", "expected"),
    [
        pytest.param(32631, (20.0, 0, 620_048, 0, -20.0, 4_830_114), 20.0, id="UTM"),
        pytest.param(32631, (12.0, 16.0, 620_048, 16.0, -12.0, 4_830_114), 20.0, id="rotated"),
        pytest.param(32631, (10.0, 0, 620_048, 0, 40.0, 4_830_114), 20.0, id="south-up, oblong"),
        pytest.param(4326, (1e-4, 0, 10, 0, -1e-4, 0.05), 11.1, id="degrees at the equator"),
        pytest.param(4326, (2e-4, 0, 10, 0, -1e-4, 60.05), 11.1, id="degrees at 60 north"),
        pytest.param(3395, (10.0, 0, 0, 0, -10.0, 8_362_698), 5.01, id="Mercator at 60 north"),
        pytest.param(2263, (30.0, 0, 1e6, 0, -30.0, 2e5), 9.144, id="feet"),
    ],
)
def test_spacing_is_measured_on_the_ground(code, transform, expected):
    georeference = Georeference(CRS.from_epsg(code).to_wkt(), transform, ())

    assert spacing_m(georeference, height=100, width=100) == pytest.approx(expected, rel=0.01)


@given(st.floats(0.2e-4, 5e-4), st.floats(0.2e-4, 5e-4), st.floats(-75, 75))
@settings(deadline=None, max_examples=30)
def test_the_sides_of_a_pixel_are_those_between_its_corners(wide, tall, lat):
    """However oblong a pixel is, and whether a transform or control points place it."""
    points = control((0, 50, 100), (0, 60, 120), lambda row, col: (70 + wide * col, lat - tall * row))
    middle = (70 + wide * 60, lat - tall * 50)
    along_row = Geod(ellps="WGS84").inv(*middle, middle[0] + wide, middle[1])[2]
    along_col = Geod(ellps="WGS84").inv(*middle, middle[0], middle[1] - tall)[2]

    for georeference in (
        Georeference(CRS(4326).to_wkt(), (wide, 0, 70, 0, -tall, lat), ()),
        Georeference(CRS(4326).to_wkt(), IDENTITY, points),
    ):
        found = pixel_sides_m(georeference, height=100, width=120)

        assert found == pytest.approx((along_row, along_col), rel=1e-3)


@pytest.mark.parametrize("low", [-180, 0], ids=["-180 to 180", "0 to 360"])
@given(st.floats(-0.03, 0.01), st.floats(-80, 80), st.booleans())
@settings(deadline=None, max_examples=30)
def test_control_points_across_a_jump_of_longitudes_are_measured_as_elsewhere(low, west, lat, mirrored):
    """Across the antimeridian, or Greenwich where longitudes start there."""
    random = np.random.default_rng(0)
    noise = {(row, col): random.normal(0, 1e-5) for row in range(0, 201, 40) for col in range(0, 201, 40)}

    def placed(at, row, col):
        across = 200 - col if mirrored else col
        return at + west + 1e-4 * across + noise[row, col], lat - 1e-4 * row

    def wrapped(row, col):
        x, y = placed(low, row, col)
        return (x - low) % 360 + low, y

    crs, sides = CRS(4326).to_wkt(), range(0, 201, 40)
    there, elsewhere = control(sides, sides, wrapped), control(sides, sides, lambda *at: placed(70, *at))
    spacings = [spacing_m(Georeference(crs, IDENTITY, points), height=200, width=200) for points in (there, elsewhere)]

    assert spacings[0] == pytest.approx(spacings[1], rel=1e-6)
    assert residual_m(there, crs=crs) == pytest.approx(residual_m(elsewhere, crs=crs), rel=1e-6)


def test_a_scene_across_the_antimeridian_keeps_its_control_points_and_has_its_spacing(tmp_path):
    places = [
        (row, col, (359.99 + col * 1e-4) % 360 - 180, -row * 1e-4) for row in (0, 100, 200) for col in (0, 90, 200)
    ]
    db = np.random.default_rng(0).normal(-12, 3, (1, 200, 200)).astype(np.float32)
    path = make_scene(
        tmp_path / "s.tif",
        db,
        crs="EPSG:4326",
        gcps=[GroundControlPoint(*place, 0.0) for place in places],
        units=["dB"],
        descriptions=["VV"],
    )

    scene = open_scene(path)

    assert [(p.row, p.col, p.x, p.y) for p in scene.georeference.gcps] == places
    assert scene.spacing_m == pytest.approx(11.1, rel=0.01)


def test_control_points_all_around_the_earth_keep_their_longitudes():
    points = control(range(0, 181, 30), range(0, 361, 30), lambda row, col: (col - 180, 90 - row))
    georeference = Georeference(CRS(4326).to_wkt(), IDENTITY, points)

    assert spacing_m(georeference, height=180, width=360) == pytest.approx(111_000, rel=0.01)


def test_spacing_is_unknown_without_a_crs_on_the_earth():
    local = 'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'

    assert spacing_m(Georeference(None, IDENTITY, ()), height=9, width=9) is None
    assert metres_per_unit(local, 0, 0) is None


def test_the_residual_of_control_points_is_given_in_metres():
    random = np.random.default_rng(0)

    def noisy(row, col):
        x, y = curved(row, col)
        return x + random.normal(0, 20) / 110_000, y + random.normal(0, 20) / 111_000

    residual = residual_m(control(np.linspace(0, 1600, 10), np.linspace(0, 2500, 21), noisy), crs=CRS(4326).to_wkt())

    assert 20 < residual < 60


@pytest.mark.parametrize("code", [4326, 32633])
def test_coordinates_outside_their_system_are_refused_with_the_fix(code):
    georeference = Georeference(CRS.from_epsg(code).to_wkt(), (10.0, 0, 3e9, 0, -10.0, 4e9), ())

    with pytest.raises(SceneError, match=r"gdal_edit\.py -a_srs"):
        spacing_m(georeference, height=90, width=70)


@pytest.mark.parametrize("easting", [166_000, 500_000, 800_000])
def test_every_part_of_a_utm_scene_has_the_same_spacing(easting):
    georeference = Georeference(CRS.from_epsg(32633).to_wkt(), (10.0, 0, easting, 0, -10.0, 5e6), ())

    assert spacing_m(georeference, height=900, width=700) == 10.0


@pytest.mark.parametrize(
    "transform",
    [
        (20.0, 0.0, np.nan, 0.0, -20.0, 4.9e6),
        (20.0, 0.0, 5e5, 0.0, -np.inf, 4.9e6),
        (20.0, 0.0, 5e5, 0.0, 0.0, 4.9e6),
        (20.0, 20.0, 5e5, 20.0, 20.0, 4.9e6),
        (5e-324, 0.0, 5e5, 0.0, -20.0, 4.9e6),
        (1e-9, 0.0, 5e5, 0.0, -1e-9, 4.9e6),
        (1e308, 0.0, 5e5, 0.0, -1e308, 4.9e6),
    ],
    ids=["nan", "inf", "no height", "squeezed", "denormal", "smaller than digits", "overflow"],
)
def test_a_geotransform_that_places_no_pixel_is_refused(tmp_path, transform):
    scene = make_scene(tmp_path / "scene.tif", speckled_power((1, 20, 30)), transform=Affine(*transform))

    with pytest.raises(SceneError, match=r"gdal_edit\.py -a_ullr"):
        open_scene(scene)


def test_the_smallest_pixels_in_use_are_placed():
    assert places_pixels((0.03, 0.0, 5e5, 0.0, -0.03, 9.9e6))
    assert places_pixels((1e-7, 0.0, -179.9, 0.0, -1e-7, 89.9))
