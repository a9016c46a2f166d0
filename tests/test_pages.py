"""The pages of whole maps: narrow scenes have them, and the preview's scale bar is as long on the ground as it says."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import rasterio
from affine import Affine
from conftest import UTM, make_scene
from pyproj import CRS, Geod, Transformer
from rasterio.control import GroundControlPoint
from rasterio.transform import from_gcps

import sovs_map
from sovs_map.outputs import Grid, geocoded_grid
from sovs_map.pages import geocoded_picture

FAST = {"classes": "water,forest", "tile": 128, "overlap": 32, "vector": "none", "scores": "none"}
HEIGHT, WIDTH = 240, 160
FACE = (242, 244, 246)


def preview_of(path: Path, db, *, to=None, **place):
    """Map a scene of one polarisation and return the colours of its preview."""
    scene = make_scene(path / "scene.tif", db, units=["dB"], descriptions=["VV"], **place)
    sovs_map.map_scene(scene, output=path, crs=to, **FAST)
    return np.round(matplotlib.image.imread(path / "scene_preview.png")[..., :3] * 255).astype(int)


@pytest.mark.parametrize("to", [None, "auto"], ids=["own grid", "geocoded"])
@pytest.mark.parametrize("size", [(1, 1), (40, 1), (1, 40), (3000, 1), (1, 3000), (4300, 2), (2, 4300)], ids=str)
def test_a_scene_of_any_width_has_a_preview_and_a_report(tmp_path, size, to):
    db = np.random.default_rng(0).normal(-12, 5, (1, *size)).astype(np.float32)

    picture = preview_of(tmp_path, db, to=to)

    assert picture.std() > 1
    assert (tmp_path / "scene_report.html").read_text("utf-8").count("data:image/png;base64,") == 2


def first_run(told):
    """Return where the first true run of a line starts and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], told.astype(int), [0]])))
    return (int(edges[0]), int(edges[1])) if len(edges) else (0, 0)


def bar_share(picture):
    """Return the length of the scale bar in the first picture, as share of its width: the bar alone is pure white."""
    panel = (picture == 0).all(-1) | (picture == FACE).all(-1)
    rows = np.flatnonzero(panel.any(1))
    left, right = first_run(panel[rows[len(rows) // 2]])
    top, bottom = first_run(panel[:, right - 3])
    white = (picture[top:bottom, left:right] == 255).all(-1)
    start, end = max(map(first_run, white), key=lambda run: run[1] - run[0])
    return (end - start) / (right - left)


def ground_width(labels):
    """Return the length on the ground of a raster's middle row [m]."""
    with rasterio.open(labels) as source:
        points, crs = source.gcps
        for point in points:
            point.x %= 360
        transform, crs = (from_gcps(points), crs) if points else (source.transform, source.crs)
        cols, row = np.arange(source.width + 1), source.height / 2
    x, y = transform.a * cols + transform.b * row + transform.c, transform.d * cols + transform.e * row + transform.f
    return Geod(ellps="WGS84").line_length(*Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y))


def degrees(left):
    return {"crs": "EPSG:4326", "transform": Affine(1e-4, 0, left, 0, -1e-4, 60)}


def control(left):
    """Place pixels of 5.6 x 11.1 m by control points; longitudes are those that files hold, -180 to 180."""
    points = [
        GroundControlPoint(row, col, (left + col * 1e-4 + row * 1e-5 + 180) % 360 - 180, 60 - row * 1e-4, 0)
        for row in range(0, 241, 40)
        for col in range(0, 161, 40)
    ]
    return {"crs": "EPSG:4326", "gcps": points}


@pytest.mark.parametrize(
    ("place", "to"),
    [
        pytest.param({"transform": Affine(10, 0, 500_000, 0, -40, 4.9e6)}, None, id="oblong UTM"),
        pytest.param({"transform": Affine(12, 8, 500_000, 24, -36, 4.9e6)}, None, id="rotated UTM"),
        pytest.param(degrees(10), None, id="degrees"),
        pytest.param(control(10), None, id="control points"),
        pytest.param(control(179.985), None, id="control points across the antimeridian"),
        pytest.param(degrees(10), "EPSG:32632", id="degrees to UTM"),
        pytest.param(degrees(10), "EPSG:3395", id="degrees to Mercator"),
        pytest.param({"transform": UTM @ Affine.translation(0, -87_000)}, "EPSG:4326", id="UTM to degrees"),
        pytest.param(control(10), "EPSG:4326", id="control points to degrees"),
    ],
)
def test_the_scale_bar_is_a_round_length_on_the_ground_along_the_rows(tmp_path, place, to):
    picture = preview_of(tmp_path, np.full((1, HEIGHT, WIDTH), -12, np.float32), to=to, **place)

    width = ground_width(tmp_path / "scene_labels.tif")
    metres = max(step * 10**power for step in (1, 2, 5) for power in range(7) if step * 10**power <= width / 5)
    assert bar_share(picture) == pytest.approx(metres / width, abs=0.01)


def test_pixels_of_unknown_size_have_no_scale_bar(tmp_path):
    picture = preview_of(tmp_path, np.full((1, HEIGHT, WIDTH), -12, np.float32), transform=None)

    assert bar_share(picture) == 0


def test_a_geocoded_picture_shows_each_place_as_the_scene_does():
    turned = Affine(16.0, 12.0, 500_000.0, 12.0, -16.0, 5_000_000.0)
    old = Grid(400, 320, CRS.from_epsg(32633).to_wkt(), tuple(turned)[:6], ())
    new = geocoded_grid(old, crs="EPSG:32633")
    quicklook = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)

    picture = geocoded_picture(quicklook, old, new, step=8)

    height, width = picture.shape
    rows, cols = np.mgrid[:height, :width] + 0.5
    size, _, left, _, _, top = new.transform
    x, y = left + size * cols * new.width / width, top - size * rows * new.height / height
    a, b, c, d, e, f = tuple(~turned)[:6]
    col, row = a * x + b * y + c, d * x + e * y + f
    inside = (row >= 0) & (row < 400) & (col >= 0) & (col < 320)
    np.testing.assert_array_equal(np.isnan(picture), ~inside)
    expected = quicklook[(row[inside] // 8).astype(int), (col[inside] // 8).astype(int)]
    assert (picture[inside] == expected).mean() > 0.999
