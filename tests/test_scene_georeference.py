import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.control import GroundControlPoint
from rasterio.transform import GCPTransformer

from sovs_map.scene.georeference import IDENTITY, Georeference, metres_per_unit, residual_m, spacing_m
from sovs_map.scene.ground_control import GroundControl, fit_ground_control, fit_polynomial, fit_spline


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


def test_spacing_is_unknown_without_a_crs_on_the_earth():
    local = 'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'

    assert spacing_m(Georeference(None, IDENTITY, ()), height=9, width=9) is None
    assert metres_per_unit(local, 0, 0) is None


def test_the_spline_is_gdals():
    points = control(np.linspace(0, 1600, 6), np.linspace(0, 2500, 9))
    rows, cols = np.random.default_rng(0).uniform(0, 1600, (2, 50))
    gdal = [GroundControlPoint(p.row, p.col, p.x, p.y, p.z) for p in points]

    mapping = fit_ground_control(points)

    assert mapping.is_spline
    with GCPTransformer(gdal, tps=True) as transformer:
        x, y = transformer.xy(rows, cols, offset="ul")
    np.testing.assert_allclose(mapping.coordinates(rows, cols), (x, y), atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(coefficients=st.lists(st.floats(-1, 1), min_size=20, max_size=20))
def test_cubic_grids_are_met_by_the_order_three_polynomial(coefficients):
    weights = np.array(coefficients).reshape(2, 10)

    def cubic(row, col):
        r, c = row / 800 - 1, col / 800 - 1
        return weights @ [1, r, c, r * r, r * c, c * c, r**3, r * r * c, r * c * c, c**3]

    mapping = fit_ground_control(control(np.linspace(0, 1600, 5), np.linspace(0, 1600, 5), cubic))
    x, y = mapping.coordinates([123.0], [1500.0])

    np.testing.assert_allclose((x[0], y[0]), cubic(123.0, 1500.0), atol=1e-8)


@pytest.mark.parametrize("fit", [fit_polynomial, fit_spline])
def test_the_residual_is_that_of_refitting_without_each_point(fit):
    def wavy(row, col):
        return np.sin(col / 400) + row / 1600, np.cos(row / 300)

    points = control(np.linspace(0, 1600, 5), np.linspace(0, 2500, 7), wavy)

    errors = []
    for index, point in enumerate(points):
        x, _ = fit(points[:index] + points[index + 1 :]).coordinates([point.row], [point.col])
        errors.append(x[0] - point.x)

    assert fit(points).residual_x == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-6)


def test_curved_scenes_are_met_to_a_pixel_and_say_so_in_metres():
    points = control(np.linspace(0, 1600, 10), np.linspace(0, 2500, 21))
    rows, cols = np.random.default_rng(1).uniform((0, 0), (1600, 2500), (500, 2)).T

    mapping = pickle.loads(pickle.dumps(fit_ground_control(points)))  # noqa: S301 - our own bytes
    x, y = mapping.coordinates(rows, cols)

    true_x, true_y = curved(rows, cols)
    assert np.hypot((x - true_x) / 1e-4, (y - true_y) / 9e-5).max() < 1
    assert 0.1 < residual_m(points, crs=CRS.from_epsg(4326).to_wkt()) < 10


@pytest.mark.parametrize("count", [3, 4, 5, 8])
def test_few_points_still_give_a_plane(count):
    points = control((0, 100), (0, 100, 200, 300), lambda r, c: (5 + 2 * c, 9 - 3 * r))
    points = tuple(points[index] for index in (0, 3, 4, 7, 1, 2, 5, 6)[:count])

    mapping = fit_ground_control(points)

    np.testing.assert_allclose(mapping.coordinates([50.0], [60.0]), [[125.0], [-141.0]], atol=1e-6)
    assert math.isnan(mapping.residual_x) == (count == 3)
