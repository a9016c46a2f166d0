"""TerraSAR-X, TanDEM-X and PAZ: detected products (MGD, GEC, EEC) with their annotation as XML."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from sovs_map.radiometry import Scale
from sovs_map.scene.products.document import parse_number, read_xml
from sovs_map.scene.products.product import Clues, Product, mean_spacing_m, utc

_IMAGE = re.compile(r"IMAGE_(HH|HV|VV|VH)_\w+\.tiff?$", re.IGNORECASE)


def as_terrasar(clues: Clues) -> Product | None:
    """Return what an image of TerraSAR-X is; sigma nought is factor × DN² × sin(incidence angle), at the scene's centre.

    The noise, which the full formula takes off, stays in.

    Source:
        Airbus, Radiometric Calibration of TerraSAR-X data, TSXX-ITD-TN-0049: beta nought = calFactor · DN², sigma nought =
        beta nought · sin(theta). DLR, Level 1b Product Format Specification, TX-GS-DD-3307: ``IMAGEDATA/IMAGE_….tif``
        below the folder of the annotation; ``calibrationConstant[layer].calFactor``, ``sceneCenterCoord.incidenceAngle``,
        ``imageRaster.rowSpacing`` and ``columnSpacing`` [m], ``productVariantInfo.radiometricCorrection``
    """
    found = _IMAGE.match(clues.path.name)
    if found is None or clues.path.parent.name.upper() != "IMAGEDATA":
        return None
    annotation = _annotation(clues.path.parent.parent)
    if annotation is None:
        return None
    polarisation = found[1].upper()
    factor, angle = _factor(annotation, polarisation), _number(annotation, ".//sceneCenterCoord/incidenceAngle")
    calibrated = annotation.findtext(".//radiometricCorrection", "CALIBRATED") == "CALIBRATED"
    known = calibrated and factor is not None and angle is not None and factor > 0 and 0 < angle < 90
    gain = (
        math.sqrt(factor * math.sin(math.radians(angle))) if factor is not None and angle is not None and known else 1.0
    )
    return Product(
        family=f"{annotation.findtext('.//mission') or 'TerraSAR-X'} {annotation.findtext('.//productVariant') or ''}".strip(),
        scale=Scale.AMPLITUDE,
        calibration=f"sigma nought by the product's factor, {factor:g}, at {angle:g}° incidence" if known else "",
        doubt="" if known else "its annotation tells no calibration",
        gain=gain,
        polarisations=(polarisation,),
        acquired=utc(annotation.findtext(".//sceneInfo/start/timeUTC") or ""),
        spacing_m=mean_spacing_m(
            _number(annotation, ".//imageRaster/rowSpacing"), _number(annotation, ".//imageRaster/columnSpacing")
        ),
        nodata=0.0,
    )


def _annotation(folder: Path) -> ET.Element | None:
    for path in sorted(folder.glob("*.xml")):
        root = read_xml(path)
        if root is not None and root.tag == "level1Product":
            return root
    return None


def _factor(annotation: ET.Element, polarisation: str) -> float | None:
    """Return calFactor of the polarisation's layer."""
    for entry in annotation.iterfind(".//calibrationConstant"):
        layer = (entry.findtext("polLayer") or "").strip()
        if layer in ("", polarisation):
            return _number(entry, "calFactor")
    return None


def _number(element: ET.Element, place: str) -> float | None:
    return parse_number(element.findtext(place))
