"""How far from a tile's rim zero padding changes labels: tiles against the middle of a larger tile.

usage: python benchmarks/halo.py [--model sovs-tiny]
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from sovs_map.network.bundle import load_bundle
from sovs_map.segmenter import load_model, segmenter_for
from sovs_map.training.ground import make_ground
from sovs_map.training.sensing import observe, sentinel_1
from sovs_map.vocabulary import read_vocabulary

RINGS = ((0, 16), (16, 32), (32, 48), (48, 64), (64, 96), (96, 128), (128, 256))


def main() -> None:
    """Print one JSON line a ring of pixels: how many of its labels differ."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--model", default="sovs-tiny")
    model = load_model(load_bundle(ask.parse_args().model), read_vocabulary("water,forest,cropland,grassland,urban"))
    facts = {"polarisations": ("VV", "VH"), "spacing_m": 10.0, "calibrated": True}
    small, large = segmenter_for(model, **facts, tile=512), segmenter_for(model, **facts, tile=1024)  # type: ignore[arg-type]
    differs = []
    for seed in range(4):
        draw = np.random.default_rng(seed)
        db = observe(draw, make_ground(draw, (1024, 1024), everything=True), sentinel_1(draw))
        whole = large.logits(db[None])[0].argmax(0)[256:768, 256:768]
        differs.append(small.logits(db[None, :, 256:768, 256:768])[0].argmax(0) != whole)
    edge = np.minimum(np.arange(512), np.arange(512)[::-1])
    distance = np.minimum(edge[:, None], edge[None])
    for low, high in RINGS:
        ring = (distance >= low) & (distance < high)
        share = float(np.mean([found[ring].mean() for found in differs]))
        print(json.dumps({"from": low, "to": high, "labels_that_differ": round(share, 4)}))


if __name__ == "__main__":
    main()
