from __future__ import annotations

import numpy as np
import pytest
import rasterio
from outputs_rasters import DEGREES, IDENTITY, NORTH_UP, UTM, curved_gcps, curved_xy, grid_of, write
from pyproj import CRS, Transformer
from rasterio.control import GroundControlPoint

from sovs_map.errors import OptionError, SceneError
from sovs_map.outputs import gcp_residual_m, geocode

HEIGHT, WIDTH = 700, 900


def beacons() -> np.ndarray:
    """Return a map with single pixels that can be found again, each with a number of its own."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    rows, cols = np.meshgrid(np.linspace(30, HEIGHT - 31, 12), np.linspace(30, WIDTH - 31, 14), indexing="ij")
    for number, (row, col) in enumerate(zip(rows.ravel(), cols.ravel(), strict=True), start=1):
        labels[int(row) - 1 : int(row) + 2, int(col) - 1 : int(col) + 2] = number
    return labels


@pytest.mark.parametrize("number", [4, 11], ids=["polynomial or spline", "spline"])
@pytest.mark.parametrize("crs", ["auto", "EPSG:3035", "EPSG:4326"])
def test_curved_scene_is_geocoded_within_a_pixel(tmp_path, crs, number):
    labels = beacons()
    grid = grid_of(labels, crs=DEGREES, transform=IDENTITY, gcps=curved_gcps(HEIGHT, WIDTH, number=number))
    source = write(tmp_path / "labels.tif", labels)

    new = geocode(source, tmp_path / "geocoded.tif", grid=grid, crs=crs)

    with rasterio.open(tmp_path / "geocoded.tif") as made:
        pixels = made.read(1)
    to_utm = Transformer.from_crs(new.crs, UTM, always_xy=True)
    a, _, c, _, e, f = new.transform
    for value in range(1, int(labels.max()) + 1):
        row, col = (float(part.mean()) + 0.5 for part in np.nonzero(labels == value))
        down, right = (float(part.mean()) + 0.5 for part in np.nonzero(pixels == value))
        found = to_utm.transform(a * right + c, e * down + f)
        assert np.hypot(*np.subtract(found, curved_xy(np.array(row), np.array(col)))) < 10.0


def test_auto_is_the_utm_zone_of_the_centre(tmp_path):
    labels = np.ones((50, 60), np.uint8)
    source = write(tmp_path / "labels.tif", labels)

    for lon, lat, code in ((13.0, 48.0, 32633), (-70.5, -33.0, 32719), (179.99, 10.0, 32660), (20.0, 85.0, 3413)):
        grid = grid_of(labels, crs=DEGREES, transform=(1e-4, 0.0, lon, 0.0, -1e-4, lat))
        new = geocode(source, tmp_path / "out.tif", grid=grid, crs="auto")
        assert CRS(new.crs).to_epsg() == code


def test_geocoding_to_its_own_grid_is_a_copy(tmp_path):
    random = np.random.default_rng(1)
    labels = random.integers(0, 6, (1100, 1050), dtype=np.uint8)
    source = write(tmp_path / "labels.tif", labels)

    new = geocode(source, tmp_path / "out.tif", grid=grid_of(labels), crs="EPSG:32633")

    assert new.transform == NORTH_UP
    with rasterio.open(tmp_path / "out.tif") as made:
        np.testing.assert_array_equal(made.read(1), labels)


def test_outside_of_the_scene_is_nodata_and_all_bands_move_alike(tmp_path):
    labels = np.full((200, 300), 3, np.uint8)
    turned = grid_of(labels, transform=(8.0, 5.0, 5e5, 5.0, -8.0, 5e6))
    source = write(tmp_path / "two.tif", labels, labels + 1)

    new = geocode(source, tmp_path / "out.tif", grid=turned, crs="auto")

    with rasterio.open(tmp_path / "out.tif") as made:
        first, second = made.read()
        assert made.nodata == 255
    assert set(np.unique(first)) == {3, 255}
    np.testing.assert_array_equal(second == 4, first == 3)
    pixel = new.transform[0] ** 2
    assert np.count_nonzero(first == 3) * pixel == pytest.approx(labels.size * abs(turned.determinant), rel=0.01)


def test_scene_across_the_antimeridian_is_not_torn(tmp_path):
    labels = np.ones((80, 100), np.uint8)
    rows, cols = np.meshgrid(np.linspace(0, 80, 4), np.linspace(0, 100, 4), indexing="ij")
    gcps = tuple(
        GroundControlPoint(row=row, col=col, x=(179.999 + col * 1e-4 + 180) % 360 - 180, y=10 - row * 1e-4)
        for row, col in zip(rows.ravel(), cols.ravel(), strict=True)
    )
    source = write(tmp_path / "labels.tif", labels)

    new = geocode(
        source, tmp_path / "out.tif", grid=grid_of(labels, crs=DEGREES, transform=IDENTITY, gcps=gcps), crs="auto"
    )

    assert new.width < 130
    with rasterio.open(tmp_path / "out.tif") as made:
        assert np.count_nonzero(made.read(1) == 1) > 0.97 * labels.size


@pytest.mark.parametrize("west", [13.0, 179.995, 200.0], ids=["0 to 180", "across 180", "180 to 360"])
def test_turning_degrees_by_360_changes_nothing(tmp_path, west):
    labels = np.random.default_rng(4).integers(0, 200, (80, 100), dtype=np.uint8)
    source = write(tmp_path / "labels.tif", labels)

    found = []
    for turn in (-360, 0):
        grid = grid_of(labels, crs=DEGREES, transform=(1e-4, 0.0, west + turn, 0.0, -1e-4, 10.0))
        geocode(source, tmp_path / "out.tif", grid=grid, crs="auto")
        with rasterio.open(tmp_path / "out.tif") as made:
            found.append(made.read(1))

    assert np.count_nonzero(found[0] != found[1]) < 10  # pixels whose centre falls on a border may fall either way
    assert np.count_nonzero(found[1] != 255) == pytest.approx(labels.size, rel=0.02)


def test_degrees_are_geocoded_where_there_is_no_earth_without_a_warning(tmp_path):
    labels = np.ones((170, 360), np.uint8)
    grid = grid_of(labels, crs=DEGREES, transform=(1.0, 0.0, -180.0, 0.0, -1.0, 85.0))

    geocode(write(tmp_path / "labels.tif", labels), tmp_path / "out.tif", grid=grid, crs="ESRI:54009")

    with rasterio.open(tmp_path / "out.tif") as made:
        assert made.read(1)[0, 0] == 255


def test_residual_is_that_of_the_noise_in_the_points():
    random = np.random.default_rng(2)
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    clean = curved_gcps(HEIGHT, WIDTH, crs=UTM)
    noisy = tuple(
        GroundControlPoint(row=p.row, col=p.col, x=p.x + random.normal(0, 20), y=p.y + random.normal(0, 20))
        for p in clean
    )

    assert gcp_residual_m(grid_of(labels, gcps=clean)) < 0.5
    assert gcp_residual_m(grid_of(labels, gcps=noisy)) == pytest.approx(20 * np.sqrt(2), rel=0.25)
    assert gcp_residual_m(grid_of(labels, crs=DEGREES, gcps=curved_gcps(HEIGHT, WIDTH))) < 0.5
    assert gcp_residual_m(grid_of(labels)) == 0.0


@pytest.mark.parametrize(
    ("crs", "fix"),
    [("EPSG:99999999", "--crs auto"), ("nonsense", "EPSG:32633"), ("EPSG:4978", "no map projection")],
    ids=["no such code", "no code", "geocentric"],
)
def test_unknown_coordinate_system_is_refused(tmp_path, crs, fix):
    labels = np.ones((10, 10), np.uint8)

    with pytest.raises(OptionError, match=fix):
        geocode(write(tmp_path / "l.tif", labels), tmp_path / "out.tif", grid=grid_of(labels), crs=crs)


def test_scene_that_lies_nowhere_cannot_be_geocoded(tmp_path):
    labels = np.ones((10, 10), np.uint8)
    nowhere = grid_of(labels, crs=None, transform=IDENTITY)
    on_a_line = tuple(GroundControlPoint(row=i, col=i, x=13 + i / 1e3, y=48 + i / 1e3) for i in range(5))
    source = write(tmp_path / "l.tif", labels)

    with pytest.raises(SceneError, match="leave --crs away"):
        geocode(source, tmp_path / "out.tif", grid=nowhere, crs="auto")
    with pytest.raises(SceneError, match="lie on a line"):
        geocode(source, tmp_path / "out.tif", grid=grid_of(labels, crs=DEGREES, gcps=on_a_line), crs="auto")
    assert not (tmp_path / "out.tif").exists()
