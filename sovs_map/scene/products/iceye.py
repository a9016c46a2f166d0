"""ICEYE: ground range detected products (GRD) as GeoTIFF, with their metadata as tags."""

from __future__ import annotations

import math

from sovs_map.radiometry import Scale
from sovs_map.scene.products.product import Clues, Product, utc


def as_iceye(clues: Clues) -> Product | None:
    """Return what an ICEYE GRD is; sigma nought is factor × DN².

    Source:
        ICEYE, Product Documentation, section GRD metadata: ``PRODUCT_NAME``, ``POLARIZATION``, ``CALIBRATION_FACTOR``,
        ``ACQUISITION_START_UTC``; section Radiometric Calibration. Tags as of 2021, unverified for later versions.
    """
    if not clues.tags.get("PRODUCT_NAME", "").startswith("ICEYE_"):
        return None
    try:
        factor = float(clues.tags.get("CALIBRATION_FACTOR", "nan"))
    except ValueError:
        factor = math.nan
    known = 0 < factor < math.inf
    polarisation = clues.tags.get("POLARIZATION", "")
    return Product(
        family="ICEYE GRD",
        scale=Scale.AMPLITUDE,
        calibration=f"sigma nought by the product's calibration factor, {factor:g}" if known else "",
        gain=math.sqrt(factor) if known else 1.0,
        polarisations=(polarisation,) if polarisation in {"VV", "HH", "VH", "HV"} else (),
        acquired=utc(clues.tags.get("ACQUISITION_START_UTC", "")),
        nodata=0.0,
    )
