"""Products of families, written in the layout of their specifications."""

import json

import numpy as np
from conftest import make_scene

DN = np.random.default_rng(0).gamma(4, 60, (1, 50, 70)).astype(np.uint16) + 5


def capella(**image):
    known = {"scale_factor": 2e-3, "calibration": "full", "radiometry": "sigma_nought"} | image
    radar = {"transmit_polarization": "H", "receive_polarization": "H"}
    collect = {"platform": "capella-14", "start_timestamp": "2024-06-26T15:00:51.123456789Z"}
    return json.dumps({"product_type": "GEO", "collect": collect | {"radar": radar, "image": known}})


def capella_scene(folder, **image):
    return make_scene(folder / "c.tif", DN, tags=[("TIFFTAG_IMAGEDESCRIPTION", capella(**image))])


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
