"""Make a scene, map it with five words, and score the map against the truth that the scene was made from.

usage: python examples/demo.py [--output demo] [--side 4096] [--seed 4]

Simulating 4096 x 4096 pixels takes 5 GB of memory, mapping them less than 2.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path
from typing import NoReturn

import numpy as np
import rasterio
import torch
from numpy.typing import NDArray
from rasterio.transform import Affine
from tqdm import tqdm

import sovs_map
from sovs_map.training.simulator.compose import make_landscapes
from sovs_map.training.simulator.echo import observe
from sovs_map.training.simulator.landscape import Landscape
from sovs_map.training.simulator.products import to_product
from sovs_map.training.simulator.sensors import sentinel_1
from sovs_map.training.simulator.surfaces import CHANNELS

CLASSES = (
    ("water", (1, 2)),
    ("forest", (6,)),
    ("cropland", (10,)),
    ("grassland", (9,)),
    ("urban", (11, 12, 13, 14, 15)),
)
"""Words of the demonstration, and the leaves of the taxonomy that count as true for each."""


def make_scene(folder: Path, *, side: int, seed: int) -> tuple[Path, Path]:
    """Write a simulated Sentinel-1 scene of two polarisations and, beside it, the leaf of each pixel."""
    chance = torch.Generator().manual_seed(seed)
    landscape = make_landscapes(chance, count=1, side=side, spacing_m=torch.tensor([10.0]))
    place = Affine(10.0, 0.0, 300_000.0, 0.0, -10.0, 5_200_000.0)
    profile = {
        "driver": "GTiff", "height": side, "width": side, "crs": "EPSG:32633", "transform": place,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
    }  # fmt: skip
    scene, truth = folder / "scene.tif", folder / "scene_truth.tif"
    with rasterio.open(truth, "w", count=1, dtype="uint8", nodata=0, **profile) as target:
        target.write(landscape.label[0].numpy(), 1)
    with rasterio.open(scene, "w", count=2, dtype="float32", nodata=np.nan, predictor=3, **profile) as target:
        target.descriptions = ("VV", "VH")
        target.units = ("dB", "dB")
        target.write(_observe(chance, landscape))
    return scene, truth


def _observe(chance: torch.Generator, landscape: Landscape) -> NDArray[np.float32]:
    """Return dB ``(2, rows, cols)``."""
    sensor = sentinel_1(1)
    seen = to_product(chance, observe(chance, landscape, sensor), landscape, sensor)
    return seen.db[0, [CHANNELS.index("VV"), CHANNELS.index("VH")]].numpy()


def score(labels: Path, truth: Path) -> list[tuple[str, float]]:
    """Return the IoU of each class over the pixels whose leaf belongs to one of them."""
    with rasterio.open(labels) as source, rasterio.open(truth) as true:
        got, leaf = source.read(1), true.read(1)
    known = np.isin(leaf, [number for _, leaves in CLASSES for number in leaves])
    scores = []
    for index, (name, leaves) in enumerate(CLASSES, start=1):
        predicted, real = (got == index) & known, np.isin(leaf, leaves)
        scores.append((name, float((predicted & real).sum() / max(1, (predicted | real).sum()))))
    return scores


def _advance(bar: tqdm[NoReturn], pixels: int) -> None:
    bar.update(pixels / 1e6)


def main() -> int:
    """Run the demonstration; return 0 when the map beats guessing the commonest class by far."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--output", type=Path, default=Path("demo"))
    ask.add_argument("--side", type=int, default=4096)
    ask.add_argument("--seed", type=int, default=4)
    asked = ask.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    asked.output.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    scene, truth = make_scene(asked.output, side=asked.side, seed=asked.seed)
    print(f"made {scene} ({asked.side} x {asked.side}, VV and VH, simulated) in {time.monotonic() - started:.0f} s")
    with tqdm(total=asked.side**2 / 1e6, unit="Mpx", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
        result = sovs_map.map_scene(
            scene,
            classes=[name for name, _ in CLASSES],
            output=asked.output,
            overwrite=True,
            on_progress=lambda _done, _chunks, pixels: _advance(bar, pixels),
        )
    for path in (scene, truth, *result.files):
        print(path)
    print(f"mapped in {result.seconds:.0f} s, {result.megapixels_per_second:.1f} Mpx/s, every output included")
    scores = score(result.labels, truth)
    for name, value in scores:
        print(f"  {name:10s} IoU {value:.3f}")
    mean = sum(value for _, value in scores) / len(scores)
    print(f"  {'mean':10s} IoU {mean:.3f} against the truth")
    return 0 if mean > 0.3 else 1


if __name__ == "__main__":
    sys.exit(main())
