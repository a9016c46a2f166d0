"""Bundles: one folder a model. Data only; `sovs_map.network.bundle` reads them."""
