from pathlib import Path

import numpy as np
import pytest
import rasterio

from sovs_map.radiometry import Scale
from sovs_map.scene import open_scene, read
from sovs_map.window import Window

DATA = Path(__file__).parents[2] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real scenes of {DATA} are not here")


@pytest.mark.parametrize(
    ("file", "polarisations", "scale", "calibrated", "spacing"),
    [
        ("scenes/sentinel1_grd_gcps_kerala.tif", ("unknown",), Scale.AMPLITUDE, False, 202),
        ("scenes/sentinel1_vv_db_camargue.tif", ("VV",), Scale.DB, True, 20),
        ("scenes/umbra_x_mount_yasur.tif", ("unknown",), Scale.AMPLITUDE, False, 0.594),
        ("alos2_hawaii/N23W161_20_HH_HV_DN.tif", ("HH", "HV"), Scale.AMPLITUDE, True, 23.8),
        ("s1rtc_terramesh/s1rtc/38D_378R_2_3.tif", ("VV", "VH"), Scale.DB, True, 10),
        ("s1_bigearthnet/S1A_IW_GRDH_1SDV_20170617T064724_29UPU_4_55.tif", ("VV", "VH"), Scale.DB, True, 10),
        ("s1_cems_flood/553_335.tif", ("VV", "VH"), Scale.DN, False, None),
    ],
)
def test_real_scenes_are_taken_for_what_they_are(file, polarisations, scale, calibrated, spacing):
    scene = open_scene(DATA / file)
    values = read(scene, Window(0, 0, scene.height, scene.width))

    assert (scene.polarisations, scene.scale, scene.calibrated) == (polarisations, scale, calibrated)
    assert scene.spacing_m == (None if spacing is None else pytest.approx(spacing, rel=0.01))
    assert -30 < np.nanmedian(values) < -5
    assert 0 <= np.isnan(values).mean() < 0.9


def test_all_los_angeles_fragments_are_pictures_of_amplitude():
    scenes = [open_scene(path) for path in sorted((DATA / "s1_los_angeles" / "sar").glob("*.tif"))[::4]]

    assert scenes
    assert {(scene.scale, scene.polarisations) for scene in scenes} == {(Scale.AMPLITUDE, ("VH",))}


def test_the_ocean_of_a_palsar_mosaic_is_far_below_its_land():
    folder = DATA / "alos2_hawaii"
    scene = open_scene(folder / "N23W161_20_HH_HV_DN.tif")
    with rasterio.open(folder / "N23W161_20_mask.tif") as source:
        mask = source.read(1)

    values = read(scene, Window(0, 0, scene.height, scene.width))

    for plane in values:
        assert np.nanmedian(plane[mask == 50]) < np.nanmedian(plane[mask == 255]) - 5
