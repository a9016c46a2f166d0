"""Areas: which pixels belong to them, whatever the window that asks."""

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.features import geometry_mask
from rasterio.transform import Affine

from sovs_map.area import Area, outside
from sovs_map.window import Window

SCENE = Window(0, 0, 40, 50)


def wild_polygons(seed, *, polygons=3, points=7):
    """Return polygons that overlap, cross themselves and reach past the scene."""
    draw = np.random.default_rng(seed)
    return shapely.MultiPolygon([shapely.Polygon(draw.uniform(-10, 60, (points, 2))) for _ in range(polygons)])


def centres():
    rows, cols = np.mgrid[: SCENE.height, : SCENE.width] + 0.5
    return cols, rows


@given(seed=st.integers(0, 10**6))
def test_a_pixel_belongs_when_its_centre_does(seed):
    outline = wild_polygons(seed)
    repaired = shapely.union_all(shapely.make_valid(shapely.get_parts(outline)))

    got = outside(Area(SCENE, outline), SCENE)

    np.testing.assert_array_equal(~got, shapely.contains_xy(repaired, *centres()))


@given(seed=st.integers(0, 10**6), row=st.integers(-5, 40), col=st.integers(-5, 50), height=st.integers(1, 30))
def test_what_is_outside_does_not_depend_on_the_window(seed, row, col, height):
    area = Area(SCENE, wild_polygons(seed))
    window = Window(row, col, height, 17)
    shared = window & SCENE

    got = outside(area, window)

    assert got.shape == (height, 17)
    np.testing.assert_array_equal(got[shared.relative_to(window).slices], outside(area, SCENE)[shared.slices])
    assert got.sum() == outside(area, SCENE)[shared.slices].sum() + height * 17 - shared.height * shared.width


def test_gdal_rasterises_the_same_pixels_but_where_an_edge_meets_a_centre():
    shell = [(3.2, 2.1), (44.7, 9.3), (30.1, 37.8), (5.9, 28.4)]
    hole = [(15.3, 12.2), (25.6, 14.9), (20.2, 25.1)]
    outline = shapely.MultiPolygon([shapely.Polygon(shell, [hole]), shapely.box(41.2, 20.3, 48.8, 39.1)])

    got = outside(Area(SCENE, outline), SCENE)

    np.testing.assert_array_equal(got, geometry_mask([outline], (40, 50), Affine.identity()))


def test_polygons_that_share_an_edge_leave_no_pixel_out_and_share_none():
    corner = [(0, 0), (50, 0), (50, 40), (0, 40)]
    halves = [
        shapely.Polygon(corner[:3]),
        shapely.Polygon([corner[0], *corner[2:]]),
    ]  # (0, 0) to (50, 40) meets centres

    first, second = (~outside(Area(SCENE, shapely.MultiPolygon([half])), SCENE) for half in halves)

    assert (first ^ second).all()


def test_outlines_with_more_crossings_than_are_held_at_once_are_filled_piece_by_piece(monkeypatch):
    area = Area(SCENE, wild_polygons(1, points=40))
    whole = outside(area, SCENE)

    monkeypatch.setattr("sovs_map.area._CROSSINGS", 16)

    np.testing.assert_array_equal(outside(area, SCENE), whole)


def test_an_area_without_outline_is_its_window():
    area = Area(Window(2, 3, 4, 5), None)

    got = outside(area, SCENE)

    assert not got[2:6, 3:8].any()
    assert (~got).sum() == 20


@pytest.mark.parametrize(
    "other",
    [Area(SCENE, None), Area(Window(0, 0, 40, 49), wild_polygons(1)), Area(SCENE, wild_polygons(2))],
    ids=["no outline", "window", "outline"],
)
def test_identity_tells_every_change_and_survives_pickling(other):
    area = Area(SCENE, wild_polygons(1))

    sent = pickle.loads(pickle.dumps(area))  # noqa: S301 - our own bytes

    assert sent == area
    assert sent.identity == area.identity == Area(SCENE, wild_polygons(1)).identity
    assert other.identity != area.identity
