"""Families of products, one file each: how they are recognised, and what their numbers are."""

from sovs_map.scene.products.product import Clues, Product
from sovs_map.scene.products.recognition import recognise

__all__ = ["Clues", "Product", "recognise"]
