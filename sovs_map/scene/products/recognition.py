"""Which family a raster belongs to."""

from __future__ import annotations

from sovs_map.scene.products.capella import as_capella
from sovs_map.scene.products.iceye import as_iceye, as_iceye_cog
from sovs_map.scene.products.palsar import as_palsar_mosaic, as_palsar_scene
from sovs_map.scene.products.product import Clues, Product
from sovs_map.scene.products.terrasar import as_terrasar
from sovs_map.scene.products.umbra import as_umbra

FAMILIES = (as_capella, as_iceye, as_iceye_cog, as_terrasar, as_palsar_mosaic, as_palsar_scene, as_umbra)
"""Each tells what a raster is, or None; at most one of them knows it."""


def recognise(clues: Clues) -> Product | None:
    """Return what is known of a raster because its family is; None for a raster of no family."""
    return next((product for family in FAMILIES if (product := family(clues)) is not None), None)
