"""How far from its border a crop of a scene gets other labels than the whole scene does there.

usage: python benchmarks/halo.py [--model sovs-tiny] [--side 2048]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import rasterio
import torch
from rasterio.transform import Affine
from rasterio.windows import Window

import sovs_map
from sovs_map.training.simulator.compose import make_landscapes
from sovs_map.training.simulator.echo import observe
from sovs_map.training.simulator.products import to_product
from sovs_map.training.simulator.sensors import sentinel_1
from sovs_map.training.simulator.surfaces import CHANNELS

RINGS = (0, 8, 16, 32, 48, 64, 96, 128, 192, 256, 10**6)
CLASSES = "water,forest,cropland,grassland,urban"


def write_landscape(path: Path, *, side: int) -> None:
    """Write a simulated Sentinel-1 scene of two polarisations."""
    chance = torch.Generator().manual_seed(0)
    landscape = make_landscapes(chance, count=1, side=side, spacing_m=torch.tensor([10.0]))
    seen = to_product(chance, observe(chance, landscape, sentinel_1(1)), landscape, sentinel_1(1))
    db = seen.db[0, [CHANNELS.index("VV"), CHANNELS.index("VH")]].numpy()
    place = {"crs": "EPSG:32633", "transform": Affine(10.0, 0.0, 300_000.0, 0.0, -10.0, 5_200_000.0)}
    size = {"height": side, "width": side, "count": 2, "dtype": "float32"}
    with rasterio.open(path, "w", driver="GTiff", tiled=True, **size, **place) as target:
        target.descriptions, target.units = ("VV", "VH"), ("dB", "dB")
        target.write(db)


def main() -> None:
    """Print one JSON line a ring of pixels: how many of its labels differ."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--model", default="sovs-tiny")
    ask.add_argument("--side", type=int, default=2048)
    asked = ask.parse_args()
    window = Window(asked.side // 5 + 3, asked.side // 4 + 1, asked.side // 2 + 5, asked.side // 2 - 7)
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder) / "whole.tif", Path(folder) / "part.tif"
        write_landscape(whole, side=asked.side)
        with rasterio.open(whole) as source:
            size = {"width": window.width, "height": window.height, "transform": source.window_transform(window)}
            with rasterio.open(part, "w", **source.profile | size) as target:
                target.descriptions, target.units = source.descriptions, source.units
                target.write(source.read(window=window))
        options = {"classes": CLASSES, "output": folder, "model": asked.model, "vector": "none", "scores": "none"}
        labels = [sovs_map.map_scene(scene, **options).labels for scene in (whole, part)]
        with rasterio.open(labels[0]) as of_whole, rasterio.open(labels[1]) as of_part:
            differs = of_whole.read(1, window=window) != of_part.read(1)
    row, col = np.ogrid[: window.height, : window.width]
    distance = np.minimum(np.minimum(row, window.height - 1 - row), np.minimum(col, window.width - 1 - col))
    for low, high in pairwise(RINGS):
        ring = (distance >= low) & (distance < high)
        print(json.dumps({"from": low, "to": high, "labels_that_differ": round(float(differs[ring].mean()), 5)}))


if __name__ == "__main__":
    main()
