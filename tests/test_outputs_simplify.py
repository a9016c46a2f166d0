"""Simplification: fewer corners, none moved, and borders still shared."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from outputs_rasters import DEGREES, IDENTITY, UTM, blocks, curved_gcps, grid_of
from pyproj import CRS
from written_polygons import written

from sovs_map.errors import OptionError


@pytest.mark.parametrize("kind", ["utm", "degrees", "control points"])
def test_simplification_leaves_no_gaps_and_no_overlaps(tmp_path, kind):
    labels = np.maximum(blocks(5, height=150, width=160, side=11), 1)
    labels[labels == 255] = 1
    grid = {
        "utm": grid_of(labels),
        "degrees": grid_of(labels, crs=DEGREES, transform=(1e-4, 0.0, 13.0, 0.0, -1e-4, 60.0)),
        "control points": grid_of(labels, crs=DEGREES, transform=IDENTITY, gcps=curved_gcps(150, 160)),
    }[kind]

    full, before, _ = written(tmp_path, labels, grid=grid)
    simple, after, _ = written(tmp_path, labels, grid=grid, simplify_m=15.0)

    assert after.features == before.features
    assert after.vertices < before.vertices
    assert simple.is_valid.all()
    whole = shapely.union_all(simple.geometry.to_numpy())
    assert shapely.area(simple.geometry.to_numpy()).sum() == pytest.approx(whole.area, rel=1e-9)
    assert not len(shapely.get_parts(whole)[0].interiors)
    assert simple.area_m2.sum() == pytest.approx(full.area_m2.sum(), rel=1e-2)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param((UTM, 10.0, 5e5, 5e6), id="UTM"),
        pytest.param((DEGREES, 1e-4, 13.0, 60.0), id="degrees"),
        pytest.param((DEGREES, 1e-4, 179.997, 10.0), id="across 180"),
        pytest.param((DEGREES, 1e-4, 200.0, 10.0), id="0 to 360"),
        pytest.param(("EPSG:3857", 10.0, 20_037_208.0, 1e6), id="Web Mercator across 180"),
    ],
)
def test_simplification_moves_no_corner(tmp_path, place):
    labels = np.maximum(blocks(5, height=60, width=60, side=11) % 255, 1)
    crs, size, left, top = place
    grid = grid_of(labels, crs=CRS(crs).to_wkt(), transform=(size, 0.0, left, 0.0, -size, top))

    full, before, _ = written(tmp_path, labels, grid=grid)
    simple, after, _ = written(tmp_path, labels, grid=grid, simplify_m=15.0)

    assert after.vertices < 0.9 * before.vertices
    assert set(corners_of(simple)) <= set(corners_of(full))
    assert shapely.coverage_is_valid(simple.geometry.to_numpy())


@pytest.mark.parametrize("crs", [UTM, DEGREES, "EPSG:3857"], ids=["UTM", "degrees", "Web Mercator"])
def test_simplification_drops_triangles_smaller_than_the_square_of_its_metres(tmp_path, crs):
    stairs = np.tri(40, dtype=np.uint8) + 1  # each corner of the stairs is the top of half a pixel
    x, y = {UTM: (5e5, 6.7e6), DEGREES: (13.0, 60.0)}.get(crs, (1.5e6, 8.4e6))
    size = 1e-4 if crs == DEGREES else 10.0
    grid = grid_of(stairs, crs=CRS(crs).to_wkt(), transform=(size, 0.0, x, 0.0, -size, y))
    frame, before, _ = written(tmp_path, stairs, grid=grid)
    half = np.sqrt(frame.area_m2.sum() / stairs.size / 2)

    kept, dropped = (written(tmp_path, stairs, grid=grid, simplify_m=half * share)[1] for share in (0.99, 1.01))

    assert kept.vertices == before.vertices
    assert dropped.vertices < 0.7 * before.vertices


def test_simplification_without_metres_is_refused(tmp_path):
    labels = blocks(6, height=20, width=20)

    with pytest.raises(OptionError, match="gdal_edit"):
        written(tmp_path, labels, grid=grid_of(labels, crs=None, transform=IDENTITY), simplify_m=5.0)


def corners_of(frame) -> list[tuple[float, float]]:
    return [tuple(point) for point in shapely.get_coordinates(frame.geometry.to_numpy()).tolist()]
