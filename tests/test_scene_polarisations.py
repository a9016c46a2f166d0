"""Which bands of a scene are backscatter, and of which polarisation."""

import numpy as np
import pytest
import xarray as xr
from conftest import make_scene
from rasterio.enums import ColorInterp
from scene_arrays import BOTH, DB, POWER, WHOLE, array_scene

from sovs_map.errors import OptionError, SceneError
from sovs_map.scene import open_scene, read


def test_a_plane_keeps_the_name_of_its_band():
    assert open_scene(array_scene(DB).sel(band="VH")).polarisations == ("VH",)
    assert open_scene(xr.DataArray(DB[0], dims=("y", "x"))).polarisations == ("unknown",)


def test_bands_in_any_order_can_be_chosen(tmp_path):
    path = make_scene(tmp_path / "scene.tif", DB, descriptions=BOTH)

    swapped = open_scene(path, bands="VH=2,VV=1")

    assert swapped.polarisations == ("VH", "VV")
    np.testing.assert_array_equal(read(swapped, WHOLE), DB[::-1])


def test_mixed_scales_and_double_polarisations_are_refused(tmp_path):
    mixed = make_scene(tmp_path / "m.tif", np.stack([DB[0], POWER[1]]), descriptions=("VV_db", "VH_intensity"))
    double = make_scene(tmp_path / "d.tif", DB, descriptions=("VV", "vv"))

    with pytest.raises(SceneError, match="--scale db"):
        open_scene(mixed)
    with pytest.raises(SceneError, match="--bands VV=1,VH=2"):
        open_scene(double)


@pytest.mark.parametrize("bands", ["VV", "VV=0", "XX=1", "VV=1,VV=2", "VV=1,VH=1", ""])
def test_bands_that_cannot_be_read_are_refused(tmp_path, bands):
    path = make_scene(tmp_path / "scene.tif", DB)

    with pytest.raises(OptionError, match="--bands VV=1,VH=2"):
        open_scene(path, bands=bands)
    with pytest.raises(OptionError, match="auto, db, power, amplitude, dn"):
        open_scene(path, scale="sigma")


@pytest.mark.parametrize(
    ("file", "settings_", "expected"),
    [
        pytest.param("s.tif", {"descriptions": ("Sigma0_VH_db", "Sigma0_VV_db")}, ("VH", "VV"), id="descriptions"),
        pytest.param(
            "s.tif", {"band_tags": [[("POLARISATION", "HH")], [("polarization", "HV")]]}, ("HH", "HV"), id="tags"
        ),
        pytest.param("s.tif", {"tags": [("POLARISATIONS", "VV VH")]}, BOTH, id="tags of the file"),
        pytest.param("s_vv_vh.tif", {}, BOTH, id="file name"),
        pytest.param("s_vv.tif", {}, ("unknown",) * 2, id="a name that fits one band"),
        pytest.param("s.tif", {}, ("unknown",) * 2, id="nothing"),
    ],
)
def test_polarisations_are_detected(tmp_path, file, settings_, expected):
    scene = open_scene(make_scene(tmp_path / file, DB, **settings_))

    assert scene.polarisations == expected
    assert any(remark.startswith("polarisation: ") for remark in scene.remarks)


def test_bands_that_hold_no_backscatter_are_left_out(tmp_path):
    values = np.concatenate([DB[:1], np.full_like(DB[:1], 38), DB[1:]])
    path = make_scene(tmp_path / "s.tif", values, descriptions=("VV", "localIncidenceAngle", "VH"))

    scene = open_scene(path)

    assert scene.polarisations == BOTH
    np.testing.assert_array_equal(read(scene, WHOLE), DB)


def test_colour_pictures_are_refused_unless_bands_are_named(tmp_path):
    grey = np.clip(np.sqrt(POWER[[0, 1, 0]]) * 400, 1, 255).astype(np.uint8)
    picture = make_scene(tmp_path / "rgb.tif", grey, photometric="RGB")
    named = make_scene(tmp_path / "pol.tif", grey, photometric="RGB", descriptions=("HH", "HV", "VV"))

    with pytest.raises(SceneError, match="--bands VV=1,VH=2"):
        open_scene(picture)
    assert open_scene(picture, bands="VV=1,VH=2").polarisations == BOTH
    assert open_scene(named).polarisations == ("HH", "HV", "VV")


def test_alpha_is_a_mask_unless_it_is_named_after_a_polarisation(tmp_path):
    alpha = np.full((64, 96), 255, np.uint8)
    alpha[:, :10] = 0
    grey = np.clip(np.sqrt(POWER) * 400, 1, 255).astype(np.uint8)
    values = np.concatenate([grey, alpha[None]])
    colours = (ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha)
    masked = open_scene(make_scene(tmp_path / "a.tif", values, colours=colours, descriptions=(*BOTH, "")))

    got = read(masked, WHOLE)

    assert masked.polarisations == BOTH
    np.testing.assert_array_equal(np.isnan(got[0]), alpha == 0)
    named = make_scene(tmp_path / "b.tif", grey[[0, 1, 0]], colours=colours, descriptions=(*BOTH, "HH"))
    assert open_scene(named).polarisations == (*BOTH, "HH")
