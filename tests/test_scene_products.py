"""Families of products: recognised by what their specifications lay down, calibrated to numbers computed by hand."""

import json
import os
import pickle
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from conftest import make_scene
from hypothesis import given
from hypothesis import strategies as st
from safe_product import LINES, NAME, PIXELS, STEM, write_safe
from scipy.interpolate import RegularGridInterpolator

import sovs_map
from sovs_map.errors import SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene import find_scenes, open_scene, read
from sovs_map.scene.calibration import CalibrationTable
from sovs_map.scene.products.document import parse_json, parse_xml
from sovs_map.scene.products.product import utc
from sovs_map.window import Window

DN = np.random.default_rng(0).gamma(4, 60, (1, 50, 70)).astype(np.uint16) + 5


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


def capella(**image):
    known = {"scale_factor": 2e-3, "calibration": "full", "radiometry": "sigma_nought"} | image
    radar = {"transmit_polarization": "H", "receive_polarization": "H"}
    collect = {"platform": "capella-14", "start_timestamp": "2024-06-26T15:00:51.123456789Z"}
    return json.dumps({"product_type": "GEO", "collect": collect | {"radar": radar, "image": known}})


def write_terrasar(folder, correction="CALIBRATED"):
    """Write a product in the layout of DLR's Level 1b Product Format Specification, TX-GS-DD-3307."""
    product = folder / "TSX1_SAR__MGD_SE___SM_S_SRA_20200101T000000_20200101T000008"
    (product / "IMAGEDATA").mkdir(parents=True)
    (product / f"{product.name}.xml").write_text(
        "<level1Product><generalHeader><mission>TSX-1</mission></generalHeader><productInfo><productVariantInfo>"
        f"<productVariant>MGD</productVariant><radiometricCorrection>{correction}</radiometricCorrection>"
        "</productVariantInfo><imageDataInfo><imageRaster><rowSpacing>2</rowSpacing><columnSpacing>4.5</columnSpacing>"
        "</imageRaster></imageDataInfo><sceneInfo><start><timeUTC>2020-01-01T00:00:00.5Z"
        "</timeUTC></start><sceneCenterCoord><incidenceAngle>30</incidenceAngle></sceneCenterCoord></sceneInfo>"
        "</productInfo><calibration><calibrationConstant><polLayer>HH</polLayer><calFactor>1e-5</calFactor>"
        "</calibrationConstant></calibration></level1Product>"
    )
    return make_scene(product / "IMAGEDATA" / "IMAGE_HH_SRA_strip_007.tif", DN, transform=None)


def write_iceye(folder, **other):
    """Write a GRD with the tags of ICEYE's Product Documentation, Metadata 2.4, column GEOTIF."""
    tags = {
        "PRODUCT_NAME": "ICEYE_X7_GRD_SM_1",
        "PRODUCT_LEVEL": "GRD",
        "ACQUISITION_MODE": "stripmap",
        "POLARIZATION": "VV",
        "CALIBRATION_FACTOR": "2e-6",
        "ACQUISITION_START_UTC": "2021-03-04T05:06:07.890000",
        "RANGE_SPACING": "2.5",
        "AZIMUTH_SPACING": "2.5",
    }
    return make_scene(folder / "ICEYE_X7_GRD.tif", DN, tags=list((tags | other).items()), transform=None)


def write_iceye_cog(folder, **other):
    """Write a GRD with the properties of ICEYE's Metadata Reference of Cloud Optimized GeoTIFF."""
    properties = {
        "constellation": "ICEYE",
        "sar:product_type": "GRD-COG",
        "sar:polarizations": ["VV"],
        "start_datetime": "2025-06-27T11:24:05.785Z",
        "sar:pixel_spacing_range": 0.5,
        "sar:pixel_spacing_azimuth": 0.5,
        "iceye:calibration_factor": 2.4e-5,
    }
    tags = [("ICEYE_PROPERTIES", json.dumps(properties | other))]
    return make_scene(folder / "ICEYE_5045505_GRD.tif", DN, tags=tags, transform=None)


def write_capella_beside(folder):
    """Write a product whose tags were lost, beside its extended metadata."""
    (folder / "CAPELLA_C14_SM_GEO_HH_extended.json").write_text(capella())
    return make_scene(folder / "CAPELLA_C14_SM_GEO_HH.tif", DN)


WRITERS = {
    "capella": lambda folder: make_scene(
        folder / "CAPELLA_C14_SM_GEO_HH.tif", DN, tags=[("TIFFTAG_IMAGEDESCRIPTION", capella())]
    ),
    "capella beside": write_capella_beside,
    "iceye": write_iceye,
    "terrasar": write_terrasar,
    "palsar mosaic": lambda folder: make_scene(folder / "N00E100_20_sl_HV_F02DAR.tif", DN * 8),
    "palsar scene": lambda folder: make_scene(folder / "IMG-HH-ALOS2014410640-140829-UBSR1.5RUD.tif", DN * 8),
}


@pytest.mark.parametrize(
    ("family", "pol", "offset_db", "factor", "acquired"),
    [
        ("capella", "HH", 20 * np.log10(2e-3), 1, "2024-06-26T15:00:51Z"),
        ("capella beside", "HH", 20 * np.log10(2e-3), 1, "2024-06-26T15:00:51Z"),
        ("iceye", "VV", 10 * np.log10(2e-6), 1, "2021-03-04T05:06:07Z"),
        ("terrasar", "HH", 10 * np.log10(1e-5 * 0.5), 1, "2020-01-01T00:00:00Z"),
        ("palsar mosaic", "HV", -83.0, 8, None),
        ("palsar scene", "HH", -83.0, 8, None),
    ],
)
def test_a_family_is_recognised_and_calibrated_by_its_formula(tmp_path, family, pol, offset_db, factor, acquired):
    scene = open_scene(WRITERS[family](tmp_path))

    assert scene.polarisations == (pol,)
    assert scene.calibrated
    assert scene.acquired == acquired
    got = read(scene, Window(0, 0, 50, 70))
    expected = np.maximum(20 * np.log10(DN[0] * float(factor)) + offset_db, -50)
    np.testing.assert_allclose(got[0], expected, atol=1e-4)


@pytest.mark.parametrize("family", WRITERS)
def test_the_user_overrides_what_a_family_says(tmp_path, family):
    told = open_scene(path := WRITERS[family](tmp_path))

    scene = open_scene(path, bands="VH=1", scale="amplitude")

    assert scene.polarisations == ("VH",)
    assert not scene.calibrated
    assert [(band.gain, band.nodata) for band in scene.bands] == [(1.0, None)]
    assert scene.acquired == told.acquired
    assert scene.remarks[0].endswith("--scale overrides it")
    assert scene.remarks[1].endswith("told by --scale")


@pytest.mark.parametrize(
    "tags",
    [
        [("TIFFTAG_IMAGEDESCRIPTION", "{" * 3000)],
        [("TIFFTAG_IMAGEDESCRIPTION", '{"collect": [1, {"platform": "capella"}]}')],
        [("TIFFTAG_IMAGEDESCRIPTION", '{"collect": {"platform": 7}}')],
        [("PRODUCT_NAME", "ICE"), ("CALIBRATION_FACTOR", "1")],
        [("PRODUCT_NAME", "ICEYE_X7"), ("PRODUCT_LEVEL", "SLC"), ("CALIBRATION_FACTOR", "1e-6")],
        [("ICEYE_PROPERTIES", '{"sar:product_type": ["GRD"]}')],
    ],
)
def test_an_ordinary_raster_is_of_no_family_and_stays_uncalibrated(tmp_path, tags):
    scene = open_scene(make_scene(tmp_path / "scene_VV.tif", DN, tags=tags))

    assert not scene.calibrated
    assert not any(remark.startswith("product:") for remark in scene.remarks)


def capella_scene(folder, **image):
    return make_scene(folder / "c.tif", DN, tags=[("TIFFTAG_IMAGEDESCRIPTION", capella(**image))])


@pytest.mark.parametrize(
    ("write", "family", "why"),
    [
        (lambda f: capella_scene(f, calibration="none"), "Capella GEO", "no full calibration"),
        (lambda f: capella_scene(f, radiometry="beta_nought"), "Capella GEO", "no full calibration"),
        (lambda f: capella_scene(f, scale_factor=1e6), "Capella GEO", "by the product's scale factor, .* not believed"),
        (lambda f: write_iceye(f, ACQUISITION_MODE="scan"), "ICEYE GRD", "does not calibrate scan mode"),
        (lambda f: write_iceye(f, CALIBRATION_FACTOR="none"), "ICEYE GRD", "no calibration factor"),
        (write_iceye_cog, "ICEYE GRD-COG, taken 2025-06-27T11:24:05Z", "not documented"),
        (
            lambda f: write_iceye_cog(f, **{"iceye:amplitude_mapping": {"function": "power"}}),
            "ICEYE GRD-COG",
            "mapping, power, that is not undone",
        ),
        (lambda f: write_terrasar(f, correction="NOTCALIBRATED"), "TSX-1 MGD", "no calibration"),
        (
            lambda f: make_scene(f / "IMG-HH-ALOS2014410640-140829-UBSR3.1RUD.tif", DN),
            "ALOS-2 PALSAR-2, level 3.1",
            "dynamic range .* compressed",
        ),
    ],
)
def test_a_family_of_unknown_gain_is_named_with_the_reason_and_shifted(tmp_path, write, family, why):
    scene = open_scene(write(tmp_path))

    assert not scene.calibrated
    assert scene.scale is Scale.AMPLITUDE
    assert re.fullmatch(rf"product: {family}.*; .*{why}.*", scene.remarks[0])
    assert np.nanmedian(read(scene, Window(0, 0, 50, 70))) == pytest.approx(-11, abs=0.05)


@pytest.mark.parametrize(("write", "spacing"), [(write_terrasar, 3.0), (write_iceye, 2.5), (write_iceye_cog, 0.5)])
def test_a_family_tells_the_spacing_where_a_raster_has_no_georeference(tmp_path, write, spacing):
    assert open_scene(write(tmp_path)).spacing_m == pytest.approx(spacing)
    assert open_scene(WRITERS["capella"](tmp_path)).spacing_m == pytest.approx(20)


def test_an_umbra_product_gets_polarisation_and_time_from_the_file_beside_it(tmp_path):
    beside = {"vendor": "Umbra Space", "collects": [{"polarizations": ["VV"], "startAtUTC": "2023-02-01T10:11:12.5Z"}]}
    (tmp_path / "2023_UMBRA-05_METADATA.json").write_text(json.dumps(beside))

    scene = open_scene(make_scene(tmp_path / "2023_UMBRA-05_GEC.tif", (DN / 4).astype(np.uint8)))

    assert (scene.polarisations, scene.acquired, scene.calibrated) == (("VV",), "2023-02-01T10:11:12Z", False)
    assert scene.remarks[0] == "product: Umbra GEC, taken 2023-02-01T10:11:12Z; its metadata tell no calibration"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0"?>'])
def test_metadata_that_could_grow_without_end_is_not_read(encoding, declaration):
    bomb = declaration + '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx">]><a>&b;</a>'

    assert parse_xml(bomb.encode(encoding)) is None
    assert parse_xml((declaration + "<a><b/></a>").encode(encoding)) is not None
    assert parse_xml(b'<?xml version="1.0" encoding="utf-7"?><a/>') is None
    assert parse_json("[" * 100_000) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-26T15:00:51.123456789Z", "2024-06-26T15:00:51Z"),
        ("2020-11-07 01:52:34.9", "2020-11-07T01:52:34Z"),
        ("2023-07-18T02:30:33+02:00", "2023-07-18T00:30:33Z"),
        ("2023-07-18", None),
        ("aaaa-bb-ccTdd:ee:ff", None),
        ("2023-13-18T02:30:33Z", None),
        ("0001-01-01T00:00:00+09:00", None),
        ("", None),
    ],
)
def test_a_time_is_utc_in_whole_seconds_or_none(text, expected):
    assert utc(text) == expected


def _axis(name):
    return {"standard_name": f"projection_{name}_coordinate", "units": "m"}


def netcdf(path, **variables):
    arrays = {name: (("y", "x"), values, {"units": "1"}) for name, values in variables.items()}
    axes = {"y": ("y", 10 * np.arange(50.0)[::-1], _axis("y")), "x": ("x", 10 * np.arange(70.0), _axis("x"))}
    xr.Dataset(arrays, axes).to_netcdf(path, engine="scipy")
    return str(path)


def test_variables_named_after_polarisations_are_the_bands_of_a_scene(tmp_path):
    power = (DN[0] / 1e3).astype(np.float32) ** 2
    path = netcdf(tmp_path / "scene.nc", sigma0_vv=power, angle=power + 30, sigma0_vh=power / 4)

    scene = open_scene(find_scenes([str(tmp_path)]).scenes[0])

    assert (scene.name, scene.polarisations) == ("scene", ("VV", "VH"))
    got = read(scene, Window(0, 0, 50, 70))
    np.testing.assert_allclose(got[0], 10 * np.log10(power), atol=1e-4)
    np.testing.assert_allclose(got[1], 10 * np.log10(power / 4), atol=1e-4)
    assert open_scene(path).identity == scene.identity


def test_variables_that_are_no_polarisations_are_listed(tmp_path):
    power = (DN[0] / 1e3).astype(np.float32) ** 2

    with pytest.raises(SceneError, match=r"first.*second"):
        open_scene(netcdf(tmp_path / "scene.nc", first=power, second=power))


def test_a_single_variable_just_opens(tmp_path):
    power = (DN[0] / 1e3).astype(np.float32) ** 2

    scene = open_scene(netcdf(tmp_path / "scene_VV.nc", backscatter=power))

    assert scene.polarisations == ("VV",)


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
