"""Speed of `sovs-map map`, every output included, beside the bare network on the same tiles.

usage: python benchmarks/speed.py [--side 6000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np
from scenes import make_big_scene

import sovs_map
from sovs_map.model import load_model
from sovs_map.network.bundle import load_bundle
from sovs_map.segmenter import segmenter_for
from sovs_map.vocabulary import read_vocabulary

CLASSES = "water,forest,cropland,grassland,urban,bare ground,wetland,industrial area"


def bare_network(*, tiles: int = 12) -> float:
    """Return megapixels a second of the network alone, on tiles of the bundle's size."""
    model = load_model(load_bundle("sovs-tiny"), read_vocabulary(CLASSES))
    segmenter = segmenter_for(model, polarisations=("VV", "VH"), spacing_m=10.0, calibrated=True)
    batch = np.random.default_rng(0).normal(-14, 5, (tiles, 2, segmenter.tile, segmenter.tile)).astype(np.float32)
    segmenter.logits(batch)
    started = time.monotonic()
    segmenter.logits(batch)
    return tiles * segmenter.tile**2 / 1e6 / (time.monotonic() - started)


def main() -> None:
    """Measure and print one JSON line."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--side", type=int, default=6000)
    ask.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "sovs-map-benchmark")
    asked = ask.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    scene = make_big_scene(asked.folder / f"scene_{asked.side}.tif", asked.side)
    bare = bare_network()
    result = sovs_map.map_scene(scene, classes=CLASSES, output=asked.folder / "out", overwrite=True)
    facts = {
        "side": asked.side,
        "mpx_per_s": round(result.megapixels_per_second, 2),
        "bare_network_mpx_per_s": round(bare, 2),
        "share_of_bare": round(result.megapixels_per_second / bare, 2),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
