"""Capella Space: detected products (GEO, GEC) with their metadata as JSON, in a TIFF tag and in a file beside."""

from __future__ import annotations

from sovs_map.radiometry import Scale
from sovs_map.scene.products.document import Document, parse_json, read_json
from sovs_map.scene.products.product import Clues, Product, utc


def as_capella(clues: Clues) -> Product | None:
    """Return what a Capella product is; sigma nought is (scale factor × DN)² where it is fully calibrated.

    Source:
        Capella Space, SAR Products Format Specification: ``TIFFTAG_IMAGEDESCRIPTION`` and ``…_extended.json`` hold the
        extended metadata; ``collect.image.scale_factor``, ``.calibration`` (``full``), ``.radiometry`` (``sigma_nought``)
    """
    document = _document(clues)
    if document is None or not document.text("collect", "platform").startswith("capella"):
        return None
    kind = document.text("product_type")
    factor = document.number("collect", "image", "scale_factor")
    full = document.text("collect", "image", "calibration") == "full"
    sigma = document.text("collect", "image", "radiometry") in {"sigma_nought", "sigma0"}
    known = factor is not None and factor > 0 and full and sigma and kind in {"GEO", "GEC"}
    return Product(
        family=f"Capella {kind or 'product'}",
        scale=Scale.AMPLITUDE,
        calibration=f"sigma nought by the product's scale factor, {factor:g}" if known else "",
        doubt="" if known else "its metadata tell no full calibration to sigma nought",
        gain=factor if factor is not None and known else 1.0,
        polarisations=_polarisations(document),
        acquired=utc(document.text("collect", "start_timestamp")),
        nodata=0.0,
    )


def _document(clues: Clues) -> Document | None:
    text = clues.tags.get("TIFFTAG_IMAGEDESCRIPTION", "")
    if text.lstrip().startswith("{"):
        return parse_json(text)
    if clues.path.name.startswith("CAPELLA_"):
        return read_json(clues.path.with_name(f"{clues.path.stem}_extended.json"))
    return None


def _polarisations(document: Document) -> tuple[str, ...]:
    sent = document.text("collect", "radar", "transmit_polarization")
    received = document.text("collect", "radar", "receive_polarization")
    return (sent + received,) if {sent, received} <= {"H", "V"} else ()
