"""The outline of a raster on the earth, at its worst places: the poles and the antimeridian."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from outputs_rasters import DEGREES
from pyproj import CRS, Transformer

from sovs_map.outputs import Grid
from sovs_map.outputs.footprint import find_footprint

HEIGHT, WIDTH = 200, 300

places = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(-0.2, 1.2))
"""Where the pole lies, as a share of the raster's sides."""


@given(
    code=st.sampled_from([3413, 3031, 6931, 6932]),
    size=st.floats(10, 2000),
    angle=st.one_of(st.just(0.0), st.floats(0, 6.3)),
    down=places,
    right=places,
)
@example(code=3413, size=10.0, angle=0.5, down=0.75, right=0.75)
@settings(max_examples=80, deadline=None)
def test_footprint_near_a_pole_holds_the_pixels_and_nothing_else(code, size, angle, down, right):
    a, d = size * np.cos(angle), size * np.sin(angle)
    c, f = -a * right * WIDTH - d * down * HEIGHT, -d * right * WIDTH + a * down * HEIGHT
    rows, cols = np.random.default_rng(0).uniform(-0.5, 1.5, (2, 500))
    x, y = a * cols * WIDTH + d * rows * HEIGHT + c, d * cols * WIDTH - a * rows * HEIGHT + f
    lon, lat = Transformer.from_crs(code, 4326, always_xy=True).transform(x, y)

    found = find_footprint(Grid(HEIGHT, WIDTH, CRS(code).to_wkt(), (a, d, c, d, -a, f), ()))

    depth = np.minimum(np.minimum(rows, 1 - rows), np.minimum(cols, 1 - cols))
    assert found.geometry.is_valid
    assert shapely.intersects_xy(found.geometry, lon, lat)[depth > 0.03].all()
    assert not shapely.intersects_xy(found.geometry, lon, lat)[depth < -0.03].any()
    assert in_box(found.bbox, lon, lat)[depth > 0].all()


@pytest.mark.parametrize(
    ("left", "width", "west", "east"),
    [
        (10.0, 10, 10, 20),
        (170.0, 10, 170, 180),
        (175.0, 10, 175, -175),
        (200.0, 10, -160, -150),
        (-185.0, 10, 175, -175),
        (-180.0, 360, -180, 180),
        (0.0, 360, -180, 180),
    ],
)
def test_footprint_in_degrees_lies_between_180_west_and_180_east(left, width, west, east):
    found = find_footprint(Grid(20, width, DEGREES, (1.0, 0.0, left, 0.0, -1.0, 50.0), ()))

    assert found.geometry.is_valid
    assert found.geometry.area == pytest.approx(20 * width)
    assert found.bbox == (west, 30, east, 50)
    assert -180 <= found.geometry.bounds[0] <= found.geometry.bounds[2] <= 180


def test_footprint_of_a_hemisphere_is_closed_at_its_own_pole():
    grid = Grid(720, 720, CRS(6931).to_wkt(), (25_000.0, 0.0, -9e6, 0.0, -25_000.0, 9e6), ())

    found = find_footprint(grid)

    assert found.bbox[3] == 90
    assert shapely.intersects_xy(found.geometry, [0, 90, -179], 45).all()


def test_raster_without_area_has_no_footprint():
    assert find_footprint(Grid(20, 10, CRS(32633).to_wkt(), (0.0, 0.0, 5e5, 0.0, -1.0, 5e6), ())) is None


def in_box(bbox, lon, lat):
    west, south, east, north = bbox[0] - 1e-6, bbox[1] - 1e-6, bbox[2] + 1e-6, bbox[3] + 1e-6
    turned = (lon >= west) & (lon <= east) if bbox[0] <= bbox[2] else (lon >= west) | (lon <= east)
    return turned & (lat >= south) & (lat <= north)
