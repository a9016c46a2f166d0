"""Variables of NetCDF and HDF5 files as the bands of a scene."""

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio.shutil
import xarray as xr
from conftest import make_scene
from pyproj import CRS
from written_products import DN

import sovs_map
from sovs_map.errors import SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene import find_scenes, open_scene, read
from sovs_map.window import Window

WHOLE = Window(0, 0, 50, 70)
POWER = (DN[0] / 1e3).astype(np.float32) ** 2


def _axis(name):
    return {"standard_name": f"projection_{name}_coordinate", "units": "m"}


def netcdf(path, **variables):
    arrays = {name: (("y", "x"), values, {"units": "1"}) for name, values in variables.items()}
    axes = {"y": ("y", 10 * np.arange(50.0)[::-1], _axis("y")), "x": ("x", 10 * np.arange(70.0), _axis("x"))}
    xr.Dataset(arrays, axes).to_netcdf(path, engine="scipy")
    return str(path)


def test_variables_named_after_polarisations_are_the_bands_of_a_scene(tmp_path):
    path = netcdf(tmp_path / "scene.nc", sigma0_vv=POWER, angle=POWER + 30, sigma0_vh=POWER / 4)

    scene = open_scene(find_scenes([str(tmp_path)]).scenes[0])

    assert (scene.name, scene.polarisations) == ("scene", ("VV", "VH"))
    got = read(scene, WHOLE)
    np.testing.assert_allclose(got[0], 10 * np.log10(POWER), atol=1e-4)
    np.testing.assert_allclose(got[1], 10 * np.log10(POWER / 4), atol=1e-4)
    assert open_scene(path).identity == scene.identity


def test_variables_that_are_no_polarisations_are_listed(tmp_path):
    with pytest.raises(SceneError, match=r"first.*second"):
        open_scene(netcdf(tmp_path / "scene.nc", first=POWER, second=POWER))


def test_a_single_variable_just_opens(tmp_path):
    scene = open_scene(netcdf(tmp_path / "scene_VV.nc", backscatter=POWER))

    assert scene.polarisations == ("VV",)


def write_cf(path, db, *, missing):
    """Write two variables packed as the CF conventions 1.11 lay down, sections 2.5.1, 5.6 and 8.1."""
    packed = np.where(missing, -9999, np.round((db + 30) / 0.01)).astype(np.int16)
    packing = {"units": "dB", "_FillValue": np.int16(-9999), "scale_factor": 0.01, "add_offset": -30.0}
    variables = {name: (("y", "x"), packed, packing | {"grid_mapping": "crs"}) for name in ("Sigma0_VV", "Sigma0_VH")}
    variables["crs"] = ((), np.int32(0), CRS.from_epsg(32631).to_cf())
    axes = {
        "y": ("y", 4.9e6 - 10 * np.arange(50.0) - 5, _axis("y")),
        "x": ("x", 5e5 + 10 * np.arange(70.0) + 5, _axis("x")),
    }
    xr.Dataset(variables, axes).to_netcdf(path, engine="scipy")
    return path


def test_packing_nodata_unit_and_grid_of_cf_are_followed(tmp_path):
    db, missing = 10 * np.log10(POWER), np.zeros((50, 70), bool)
    missing[:3] = True

    scene = open_scene(write_cf(tmp_path / "scene.nc", db, missing=missing))

    assert (scene.polarisations, scene.scale, scene.calibrated) == (("VV", "VH"), Scale.DB, True)
    assert scene.georeference.transform == (10, 0, 5e5, 0, -10, 4.9e6)
    assert "UTM zone 31N" in scene.georeference.crs
    for plane in read(scene, WHOLE):
        np.testing.assert_array_equal(np.isnan(plane), missing)
        np.testing.assert_allclose(plane[3:], db[3:], atol=0.0051)


def write_hdf5(path):
    """Write a NetCDF 4 file, which is HDF5, under the name of one."""
    names = [[("NETCDF_VARNAME", "sigma0_vv")], [("NETCDF_VARNAME", "sigma0_vh")]]
    made = make_scene(path.with_suffix(".tif"), np.stack([POWER, POWER / 4]), band_tags=names)
    rasterio.shutil.copy(made, path.with_suffix(".nc"), driver="netCDF", FORMAT="NC4")
    return path.with_suffix(".nc").rename(path)


def test_hdf5_that_follows_cf_lies_where_its_grid_says(tmp_path):
    path = write_hdf5(tmp_path / "scene.h5")

    scene = open_scene(path)

    assert (scene.name, scene.polarisations, scene.spacing_m) == ("scene", ("VV", "VH"), 20)
    np.testing.assert_allclose(read(scene, WHOLE)[1], 10 * np.log10(POWER / 4), atol=1e-4)


@pytest.mark.parametrize("name", ["scene.nc", "a b.nc"])
def test_variables_are_mapped_from_any_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    netcdf(Path(name), sigma0_vv=POWER, sigma0_vh=POWER / 4)

    result = sovs_map.map_scene(name, classes="water,forest", output="maps", tile=64, overlap=16, vector="none")

    assert result.labels.is_file()


def test_a_changed_file_is_noticed_wherever_it_lies(tmp_path):
    path = Path(netcdf(tmp_path / "scene.nc", sigma0_vv=POWER, sigma0_vh=POWER / 4))
    named = f'NETCDF:"{path}":sigma0_vv'
    first, alone = open_scene(path), open_scene(named)
    (tmp_path / "moved").mkdir()
    moved = shutil.copy2(path, tmp_path / "moved" / "scene.nc")

    assert open_scene(moved).identity == first.identity
    netcdf(path, sigma0_vv=POWER * 2, sigma0_vh=POWER / 4)
    assert open_scene(path).identity != first.identity
    assert open_scene(named).identity != alone.identity
    np.testing.assert_allclose(read(open_scene(named), WHOLE)[0], 10 * np.log10(POWER * 2), atol=1e-4)


def test_a_changed_zip_is_noticed(tmp_path):
    packed, inside = tmp_path / "packed.zip", f"/vsizip/{tmp_path}/packed.zip/scene.tif"
    raster = Path(make_scene(tmp_path / "scene.tif", POWER[None]))
    identities = []
    for factor in (1, 2):
        make_scene(raster, POWER[None] * np.float32(factor))
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(raster, raster.name)
        os.utime(packed, ns=(factor, factor))
        scene = open_scene(inside)
        identities.append(scene.identity)
        np.testing.assert_allclose(read(scene, WHOLE)[0], 10 * np.log10(POWER * factor), atol=1e-4)

    assert identities[0] != identities[1]
