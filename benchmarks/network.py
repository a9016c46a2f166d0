"""Speed of the bare network by side of the tile: no scene, no halo, no output.

usage: python benchmarks/network.py [--sides 256 384 512 640 768] [--bands 2] [--threads 2] [--repeats 8]

One JSON line a side: the best of the repeats, each of two tiles a thread; and the processor time of one tile alone.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor

import torch

from sovs_map.model import load_model
from sovs_map.network.bundle import load_bundle
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions
from sovs_map.vocabulary import read_vocabulary

CLASSES = "water,forest,cropland,grassland,urban,bare ground,wetland,industrial area"


def main() -> None:
    """Measure and print one JSON line a side."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--sides", nargs="+", type=int, default=[256, 384, 512, 640, 768])
    ask.add_argument("--bands", type=int, default=2, choices=range(1, 5))
    ask.add_argument("--threads", type=int, default=torch.get_num_threads())
    ask.add_argument("--repeats", type=int, default=8)
    asked = ask.parse_args()
    model = load_model(load_bundle("sovs-tiny"), read_vocabulary(CLASSES), device="cpu")
    kinds = torch.arange(1, len(POLARISATIONS)).flip(0)[None, : asked.bands]
    view = View(kinds, torch.ones_like(kinds), conditions(10.0, calibrated=True)[None])

    @torch.inference_mode()
    def run(image: torch.Tensor) -> float:
        began = time.thread_time()
        model.network.maps(image, model.words, view)
        return time.thread_time() - began

    with ThreadPoolExecutor(asked.threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for side in asked.sides:
            tiles = [torch.randn(1, asked.bands, side, side) for _ in range(2 * asked.threads)]
            list(pool.map(run, tiles))
            walls, alone = list[float](), list[float]()
            for _ in range(asked.repeats):
                began = time.monotonic()
                alone += pool.map(run, tiles)
                walls.append(time.monotonic() - began)
            pixels = side * side
            facts = {
                "side": side,
                "bands": asked.bands,
                "threads": asked.threads,
                "mpx_per_s": round(len(tiles) * pixels / 1e6 / min(walls), 2),
                "tile_ms": round(min(alone) * 1e3, 1),
                "ns_per_pixel": round(min(alone) * 1e9 / pixels),
            }
            print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
