"""Speed of `sovs-map map`, every output included, beside the bare network and the reading of the scene alone.

usage: python benchmarks/speed.py [--side 6000] [--repeats 3] [--report] [--folder DIR]

One JSON line a run: megapixels a second of the call, of the bare network at its best tile and batch (no reading, no halo, no
files), the share of both; seconds until all chunks were mapped, seconds for the files, and seconds that reading the scene
once takes on one thread. With --report a table and a chart are written.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from reports import Run, write_report
from scenes import make_big_scene

import sovs_map
from sovs_map.eye import eye_for
from sovs_map.model import load_model
from sovs_map.network.bundle import load_bundle
from sovs_map.scene import open_scene, read_whole
from sovs_map.segmenter import segmenter_for
from sovs_map.vocabulary import read_vocabulary
from sovs_map.window import make_lattice

CLASSES = "water,forest,cropland,grassland,urban,bare ground,wetland,industrial area"

TILES, BATCHES = (512, 768, 1024), (2, 4, 8)
"""Sides and numbers of tiles that the bare network may choose from."""

CHUNK = 2240
"""Side of the windows that the scene is read in [pixels]."""


def bare_network() -> float:
    """Return megapixels a second of the network alone, the best of several tiles and batches."""
    model = load_model(load_bundle("sovs-tiny"), read_vocabulary(CLASSES))
    best = 0.0
    for side in TILES:
        eye = eye_for(model, polarisations=("VV", "VH"), spacing_m=10.0, calibrated=True, tile=side)
        segmenter = segmenter_for(eye)
        for batch in BATCHES:
            tiles = np.random.default_rng(0).normal(-14, 5, (batch, 2, side, side)).astype(np.float32)
            segmenter.logits(tiles)
            started = time.monotonic()
            segmenter.logits(tiles)
            best = max(best, batch * side * side / 1e6 / (time.monotonic() - started))
    return best


def read_alone(path: Path) -> float:
    """Return how long reading all of a scene takes on one thread [s]."""
    scene = open_scene(path)
    lattice = make_lattice(height=scene.height, width=scene.width, tile=512, overlap=64)
    started = time.monotonic()
    for window in lattice.chunks(CHUNK, cell=2):
        read_whole(scene, window)
    return time.monotonic() - started


def map_whole(path: Path, output: Path) -> tuple[float, float]:
    """Return how long a map takes until its chunks are done, and how long its files take [s]."""
    moments: list[float] = []
    note = partial(_note, moments)
    started = time.monotonic()
    sovs_map.map_scene(path, classes=CLASSES, output=output, overwrite=True, on_progress=note)
    return moments[-1] - started, time.monotonic() - moments[-1]


def _note(moments: list[float], *_: object) -> None:
    moments.append(time.monotonic())


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--side", type=int, default=6000)
    ask.add_argument("--repeats", type=int, default=3)
    ask.add_argument("--report", action="store_true", help="write benchmarks/results/speed.*")
    ask.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "sovs-map-benchmark")
    asked = ask.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    scene = make_big_scene(asked.folder / f"scene_{asked.side}.tif", asked.side)
    runs = []
    for _ in range(asked.repeats):
        bare = bare_network()
        mapping, files = map_whole(scene, asked.folder / "out")
        speed = asked.side**2 / 1e6 / (mapping + files)
        figures = (
            ("mpx_per_s", speed),
            ("bare_mpx_per_s", bare),
            ("share_of_bare", speed / bare),
            ("mapping_s", mapping),
            ("files_s", files),
            ("read_s", read_alone(scene)),
        )
        runs.append(Run("sovs-map map", figures))
        print(runs[-1].line, flush=True)
    if asked.report:
        write_report(
            "speed", f"{asked.side} x {asked.side} pixels, two bands of float32, 8 classes, every output", runs
        )


if __name__ == "__main__":
    main()
