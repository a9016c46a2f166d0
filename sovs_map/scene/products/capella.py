"""Capella Space: detected products (GEO, GEC) with their metadata as JSON in a TIFF tag."""

from __future__ import annotations

from sovs_map.radiometry import Scale
from sovs_map.scene.products.document import Document, parse_json
from sovs_map.scene.products.product import Clues, Product, utc


def as_capella(clues: Clues) -> Product | None:
    """Return what a Capella product is; sigma nought is (scale factor × DN)² where it is fully calibrated.

    Source:
        Capella Space, SAR Products Format Specification: ``TIFFTAG_IMAGEDESCRIPTION`` holds the JSON of the extended
        metadata; ``collect.image.scale_factor``, ``.calibration`` (``full``) and ``.radiometry`` (``sigma_nought``)
    """
    text = clues.tags.get("TIFFTAG_IMAGEDESCRIPTION", "")
    if not text.lstrip().startswith("{"):
        return None
    document = parse_json(text)
    if document is None or not document.text("collect", "platform").startswith("capella"):
        return None
    factor = document.number("collect", "image", "scale_factor")
    full = document.text("collect", "image", "calibration") == "full"
    sigma = document.text("collect", "image", "radiometry") in {"sigma_nought", "sigma0"}
    known = factor is not None and factor > 0 and full and sigma
    return Product(
        family=f"Capella {document.text('product_type') or 'product'}",
        scale=Scale.AMPLITUDE,
        calibration=f"sigma nought by the product's scale factor, {factor:g}" if known else "",
        gain=factor if factor is not None and known else 1.0,
        polarisations=_polarisations(document),
        acquired=utc(document.text("collect", "start_timestamp")),
        nodata=0.0,
    )


def _polarisations(document: Document) -> tuple[str, ...]:
    sent = document.text("collect", "radar", "transmit_polarization")
    received = document.text("collect", "radar", "receive_polarization")
    return (sent + received,) if {sent, received} <= {"H", "V"} else ()
