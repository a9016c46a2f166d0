"""ALOS-2 PALSAR-2 and ALOS PALSAR of JAXA: yearly mosaics, and scenes of level 1.5 and higher as GeoTIFF."""

from __future__ import annotations

import re

from sovs_map.radiometry import Scale
from sovs_map.scene.products.product import Clues, Product

CALIBRATION_DB = -83.0
"""Added to 20 log10 of a digital number [dB].

Source:
    mosaics, gamma nought: JAXA, Global 25 m Resolution PALSAR-2/PALSAR Mosaic, dataset description, section 3.3;
    scenes of level 1.5 and higher, sigma nought: JAXA, Calibration Result of ALOS-2/PALSAR-2 JAXA Standard Products
"""

_MOSAIC = re.compile(r"[NS]\d{2}[EW]\d{3}_\d{2}_(?:\w+_)?(?:HH|HV|VV|VH)(?![A-Za-z])")
"""Names of mosaic tiles: corner, year, polarisation, such as ``N23W161_20_sl_HH_F02DAR``."""

_SCENE = re.compile(r"IMG-(HH|HV|VV|VH)-ALOS(2?)\d{9}-\d{6}-\w{3}[RL]?\w*?(1\.5|2\.1|3\.1)")
"""Names of scenes: polarisation, scene number, date, mode and level, such as ``IMG-HH-ALOS2014410640-140829-UBSR1.5RUD``."""


def as_palsar_mosaic(clues: Clues) -> Product | None:
    """Return what a tile of a yearly mosaic is: amplitude of gamma nought."""
    if clues.dtype != "uint16" or not _MOSAIC.match(clues.path.name):
        return None
    return Product(
        family="PALSAR mosaic of JAXA",
        scale=Scale.AMPLITUDE,
        calibration=f"gamma nought by JAXA's constant, {CALIBRATION_DB:g} dB",
        gain=10 ** (CALIBRATION_DB / 20),
        nodata=0.0,
    )


def as_palsar_scene(clues: Clues) -> Product | None:
    """Return what a detected scene is: amplitude of sigma nought, but for level 3.1.

    Source:
        JAXA EORC, ALOS-2 Product Format: level 3.1 is level 1.5 after noise reduction and compression of its dynamic range
    """
    found = _SCENE.match(clues.path.name)
    if clues.dtype != "uint16" or found is None:
        return None
    known = found[3] != "3.1"
    return Product(
        family=f"ALOS{'-2' if found[2] else ''} PALSAR{'-2' if found[2] else ''}, level {found[3]}",
        scale=Scale.AMPLITUDE,
        calibration=f"sigma nought by JAXA's constant, {CALIBRATION_DB:g} dB" if known else "",
        doubt="" if known else "the dynamic range of its level is compressed",
        gain=10 ** (CALIBRATION_DB / 20) if known else 1.0,
        polarisations=(found[1],),
        nodata=0.0,
    )
