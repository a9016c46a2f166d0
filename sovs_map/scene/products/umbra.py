"""Umbra: geocoded products (GEC) with their metadata in a JSON file beside them."""

from __future__ import annotations

from sovs_map.radiometry import Scale
from sovs_map.scene.products.document import read_json
from sovs_map.scene.products.product import Clues, Product, utc


def as_umbra(clues: Clues) -> Product | None:
    """Return what an Umbra GEC is: amplitude of unknown gain.

    Source:
        Umbra, Product Guide, Geo-Ellipsoid Corrected (GEC) GeoTIFF: ``…_GEC.tif`` beside ``…_METADATA.json``, of which
        ``vendor``, ``collects[].polarizations`` and ``collects[].startAtUTC`` are read
    """
    stem = clues.path.stem
    if not stem.upper().endswith("_GEC"):
        return None
    document = read_json(clues.path.with_name(f"{stem[:-4]}_METADATA.json"))
    if document is None or not document.text("vendor").startswith("Umbra"):
        return None
    polarisation = document.text("collects", 0, "polarizations", 0)
    return Product(
        family="Umbra GEC",
        scale=Scale.AMPLITUDE,
        calibration="",
        doubt="its metadata tell no calibration",
        polarisations=(polarisation,) if polarisation in {"VV", "HH"} and clues.bands == 1 else (),
        acquired=utc(document.text("collects", 0, "startAtUTC")),
    )
