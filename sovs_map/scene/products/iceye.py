"""ICEYE: ground range detected products (GRD) as GeoTIFF, with their metadata as tags or as JSON in one tag."""

from __future__ import annotations

import math

from sovs_map.radiometry import Scale
from sovs_map.scene.products.document import Document, parse_json, parse_number
from sovs_map.scene.products.product import Clues, Product, mean_spacing_m, utc

_POLARISATIONS = frozenset({"VV", "HH", "VH", "HV"})


def as_iceye(clues: Clues) -> Product | None:
    """Return what an ICEYE GRD of metadata version 2 is; sigma nought is factor × DN², but for scan mode.

    Source:
        ICEYE, Product Documentation 5.2 (iceye-ltd/product-documentation): Metadata, version 2.4, column GEOTIF, whose
        names are tags in capitals; Radiometric Considerations, Calibration Correction: "scan mode products are not
        currently calibrated"
    """
    tags = clues.tags
    if not tags.get("PRODUCT_NAME", "").startswith("ICEYE_") or tags.get("PRODUCT_LEVEL", "GRD") != "GRD":
        return None
    factor = parse_number(tags.get("CALIBRATION_FACTOR"))
    scan = "scan" in f"{tags.get('ACQUISITION_MODE', '')} {tags.get('PRODUCT_TYPE', '')}".lower()
    known = factor is not None and factor > 0 and not scan
    polarisation = tags.get("POLARIZATION", "")
    doubt = "ICEYE does not calibrate scan mode" if scan else "its tags tell no calibration factor"
    return Product(
        family="ICEYE GRD",
        scale=Scale.AMPLITUDE,
        calibration=f"sigma nought by the product's calibration factor, {factor:g}" if known else "",
        doubt="" if known else doubt,
        gain=math.sqrt(factor) if factor is not None and known else 1.0,
        polarisations=(polarisation,) if polarisation in _POLARISATIONS else (),
        acquired=utc(tags.get("ACQUISITION_START_UTC", "")),
        spacing_m=mean_spacing_m(parse_number(tags.get("RANGE_SPACING")), parse_number(tags.get("AZIMUTH_SPACING"))),
        nodata=0.0,
    )


def as_iceye_cog(clues: Clues) -> Product | None:
    """Return what an ICEYE GRD of metadata version 3 is: amplitude of unknown gain.

    Its ``iceye:calibration_factor`` is left alone: the documentation calls it a factor to brightness and names mappings
    of the amplitude before storage, and how the two go together is unverified.

    Source:
        ICEYE, Product Documentation, Metadata Reference of Cloud Optimized GeoTIFF; the tag ``ICEYE_PROPERTIES`` holds
        the properties of a STAC item as JSON
    """
    document = parse_json(clues.tags.get("ICEYE_PROPERTIES", ""))
    if document is None or "GRD" not in document.text("sar:product_type"):
        return None
    polarisation = document.text("sar:polarizations", 0)
    return Product(
        family="ICEYE GRD-COG",
        scale=Scale.AMPLITUDE,
        calibration="",
        doubt=_doubt(document),
        polarisations=(polarisation,) if polarisation in _POLARISATIONS and clues.bands == 1 else (),
        acquired=utc(document.text("start_datetime")),
        spacing_m=mean_spacing_m(
            document.number("sar:pixel_spacing_range"), document.number("sar:pixel_spacing_azimuth")
        ),
        nodata=0.0,
    )


def _doubt(document: Document) -> str:
    mapping = document.text("iceye:amplitude_mapping", "function")
    if mapping in {"", "linear"}:
        return "how its factor calibrates the numbers of this format is not documented well enough"
    return (
        f"its amplitude is stored by a mapping, {mapping}, that is not undone, so contrast differs from other products"
    )
