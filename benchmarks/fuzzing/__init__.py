"""Broken and hostile inputs, made from a seed, and what must hold for each of them."""
