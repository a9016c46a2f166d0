"""Sentinel-1 SAFE products: calibrated to numbers computed by hand, and refused when they are not whole."""

import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from conftest import make_scene
from hypothesis import given
from hypothesis import strategies as st
from safe_product import LINES, NAME, PIXELS, STEM, write_safe
from scipy.interpolate import RegularGridInterpolator
from written_products import DN

import sovs_map
from sovs_map.errors import SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene import find_scenes, open_scene, read
from sovs_map.scene.calibration import CalibrationTable
from sovs_map.window import Window


def by_hand(product, pol):
    """Return sigma nought by the specification's formula, with another library's bilinear interpolation [dB]."""
    height, width = product.numbers[pol].shape
    places = np.stack(np.mgrid[:height, :width], -1).reshape(-1, 2)
    divisor = RegularGridInterpolator((LINES, PIXELS), product.tables[pol].astype(np.float64))(places)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(product.numbers[pol].astype(float) ** 2 / divisor.reshape(height, width) ** 2)


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    return write_safe(tmp_path_factory.mktemp("safe"))


def as_zip(product, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(product.folder.rglob("*")):
            packed.write(file, Path(NAME) / file.relative_to(product.folder))
    return path


@pytest.mark.parametrize("way", ["folder", "manifest", "zip"])
def test_a_safe_is_calibrated_to_the_numbers_computed_by_hand(product, tmp_path, way):
    path = {
        "folder": lambda: product.folder,
        "manifest": lambda: product.folder / "manifest.safe",
        "zip": lambda: as_zip(product, tmp_path / f"{Path(NAME).stem}.zip"),
    }[way]()
    found = find_scenes([str(path)])
    assert len(found.scenes) == 1

    scene = pickle.loads(pickle.dumps(open_scene(found.scenes[0])))  # noqa: S301 - our own bytes

    assert scene.name == Path(NAME).stem
    assert (scene.polarisations, scene.scale, scene.calibrated) == (("VV", "VH"), Scale.POWER, True)
    assert scene.acquired == "2020-11-07T01:52:34Z"
    assert len(scene.georeference.gcps) == len(LINES) * len(PIXELS)
    assert scene.spacing_m == pytest.approx(9, rel=0.2)
    whole = read(scene, Window(0, 0, scene.height, scene.width))
    for plane, pol in zip(whole, ("vv", "vh"), strict=True):
        expected = by_hand(product, pol)
        assert np.isnan(plane[:, :7]).all()
        np.testing.assert_allclose(plane[:, 7:], expected[:, 7:], atol=2e-5)
    for window in (Window(33, 20, 50, 90), Window(40, 50, 1, 1), Window(79, 99, 3, 4)):
        np.testing.assert_array_equal(read(scene, window), whole[:, *window.slices])


def test_a_folder_of_products_and_rasters_is_a_batch(product, tmp_path):
    folder = tmp_path / "in"
    shutil.copytree(product.folder, folder / NAME)
    as_zip(product, folder / "other.zip")
    (folder / "notes.zip").write_bytes(b"no zip")
    make_scene(folder / "plain.tif", DN)

    found = find_scenes([str(folder)])

    assert not found.errors
    assert [Path(one.files[0]).name for one in found.scenes] == ["plain.tif", NAME, "other.zip"]
    assert len(find_scenes([str(folder / "*.SAFE")]).scenes) == 1


def test_a_safe_maps_with_both_polarisations_and_its_time(product, tmp_path):
    result = sovs_map.map_scene(
        product.folder, classes="water,forest", output=tmp_path, tile=64, overlap=16, vector="none", crs="auto"
    )

    item = json.loads((tmp_path / f"{Path(NAME).stem}_item.json").read_text())
    assert item["properties"]["datetime"] == "2020-11-07T01:52:34Z"
    with rasterio.open(result.labels) as labels:
        assert labels.crs.to_epsg() == 32631


def test_changed_numbers_or_tables_change_the_identity(product, tmp_path):
    folder = shutil.copytree(product.folder, tmp_path / NAME)
    before = open_scene(folder).identity
    table = next((folder / "annotation/calibration").glob("calibration-*"))
    table.write_text(table.read_text().replace("3.300000e+02", "3.400000e+02"))

    other = open_scene(folder).identity

    assert other != before
    measurement = next((folder / "measurement").iterdir())
    os.utime(measurement, ns=(1, 1))
    assert open_scene(folder).identity not in (before, other)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda f: next((f / "annotation/calibration").glob("calibration-*")).unlink(), "no calibration table"),
        (
            lambda f: next((f / "annotation/calibration").glob("calibration-*")).write_text("<a"),
            "is no calibration table",
        ),
        (lambda f: shutil.rmtree(f / "measurement"), "no measurement"),
        (
            lambda f: (
                (f / "measurement" / STEM.format(pol="vv", number=1).replace("grd", "slc")).with_suffix(".tiff").touch()
            ),
            "SLC",
        ),
        (lambda f: os.truncate(next((f / "measurement").iterdir()), 300), "cannot be opened"),
    ],
    ids=["no table", "broken table", "no measurement", "slc", "truncated"],
)
def test_a_broken_safe_is_refused_with_what_is_wrong(product, tmp_path, damage, told):
    folder = shutil.copytree(product.folder, tmp_path / NAME)
    damage(folder)

    with pytest.raises(SceneError, match=told):
        open_scene(folder)


@given(
    st.lists(st.floats(-50, 250), min_size=1, max_size=5, unique=True),
    st.lists(st.floats(0, 300), min_size=1, max_size=5, unique=True),
    st.integers(0, 200),
    st.integers(0, 250),
)
def test_a_table_is_bilinear_between_its_entries_and_constant_beyond(lines, pixels, row, col):
    lines, pixels = np.sort(np.round(lines)), np.sort(np.round(pixels))
    if len(np.unique(lines)) < len(lines) or len(np.unique(pixels)) < len(pixels):
        return
    values = 100 + np.random.default_rng(0).random((len(lines), len(pixels))) * 50

    got = CalibrationTable(lines, pixels, values).divisors(Window(row, col, 7, 9))

    columns = np.stack([np.interp(np.arange(col, col + 9), pixels, line) for line in values])
    expected = np.stack([np.interp(np.arange(row, row + 7), lines, column) for column in columns.T], axis=1)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_a_scrambled_safe_opens_or_gets_a_clear_error(product, tmp_path, seed):
    folder, draw = shutil.copytree(product.folder, tmp_path / NAME), np.random.default_rng(seed)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "noise" not in path.name)
    path = files[draw.integers(len(files))]
    content = bytearray(path.read_bytes())
    if seed % 4 == 0:
        del content[draw.integers(len(content)) :]
    for place in draw.integers(len(content), size=draw.integers(1, 30)) if content else ():
        content[place] = draw.integers(256)
    path.write_bytes(content)

    try:
        scene = open_scene(folder)
        values = read(scene, Window(0, 0, scene.height, scene.width))
    except SceneError as error:
        assert NAME.removesuffix(".SAFE") in str(error)  # noqa: PT017 - either is right
    else:
        assert np.isfinite(values).any()


def test_a_zip_of_several_products_is_refused(product, tmp_path):
    path = as_zip(product, tmp_path / "both.zip")
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("S1B_OTHER.SAFE/manifest.safe", "")

    with pytest.raises(SceneError, match=r"holds 2 products .* unzip"):
        open_scene(path)


def test_measurements_of_two_sizes_are_no_product(product, tmp_path):
    folder = shutil.copytree(product.folder, tmp_path / NAME)
    other = write_safe(tmp_path / "other", height=100).folder
    vh = next((other / "measurement").glob("*-vh-*"))
    shutil.copy(vh, folder / "measurement" / vh.name)

    with pytest.raises(SceneError, match=r"differ in size \(VV 120 x 160, VH 100 x 160\)"):
        open_scene(folder)


def test_a_table_that_gives_no_levels_of_backscatter_is_not_believed(product, tmp_path):
    folder = shutil.copytree(product.folder, tmp_path / NAME)
    for table in (folder / "annotation/calibration").glob("calibration-*"):
        table.write_text(table.read_text().replace("e+02", "e+06"))

    scene = open_scene(folder)

    assert (scene.scale, scene.calibrated) == (Scale.POWER, False)
    assert "is not believed" in scene.remarks[0]
    values = read(scene, Window(0, 0, scene.height, scene.width))
    assert np.nanmedian(values, axis=(1, 2)).mean() == pytest.approx((-11 - 18) / 2, abs=0.1)
