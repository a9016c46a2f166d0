import numpy as np
import pytest
from pyproj import CRS

from sovs_map.scene.georeference import IDENTITY, Georeference, metres_per_unit, residual_m, spacing_m
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
