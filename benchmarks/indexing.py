"""Time and memory of `sovs-map benchmark build` over many small pairs of picture and label.

usage: python benchmarks/indexing.py [--pairs 50000] [--side 64] [--folder DIR]

Pairs are made in the layout of OpenEarthMap-SAR, each with bytes of its own. One JSON line is printed: seconds and the
greatest resident memory of the command, reading, hashing and counting included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

SPLITS = ("train", "train", "train", "val", "test")
"""Taken in turn."""


def make_pairs(folder: Path, *, pairs: int, side: int) -> None:
    """Write pairs below a folder."""
    draw = np.random.default_rng(0)
    picture = as_tiff(folder, draw.integers(1, 255, (side, side), dtype=np.uint8))
    label = as_tiff(folder, draw.integers(0, 9, (side, side), dtype=np.uint8))
    for split in set(SPLITS):
        for kind in ("sar_images", "labels"):
            (folder / split / kind).mkdir(parents=True, exist_ok=True)
    for number in range(pairs):
        home = folder / SPLITS[number % len(SPLITS)]
        # What follows the last strip belongs to no image, so that equal pictures have files of their own.
        own = number.to_bytes(8, "little")
        (home / "sar_images" / f"Area_{number}.tif").write_bytes(picture + own)
        (home / "labels" / f"Area_{number}.tif").write_bytes(label + own)


def as_tiff(folder: Path, values: NDArray[np.uint8]) -> bytes:
    """Return the bytes of a GeoTIFF."""
    path = folder / "one.tif"
    place = {"crs": "EPSG:32631", "transform": Affine(0.5, 0, 500_000, 0, -0.5, 5_000_000)}
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "height": len(values), "width": len(values[0])}
    with rasterio.open(path, "w", **profile, **place) as raster:
        raster.write(values, 1)
    made = path.read_bytes()
    path.unlink()
    return made


def main() -> None:
    """Make pairs, index them in a process of its own, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=50_000)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Path(made) / "data"
        folder.mkdir()
        make_pairs(folder, pairs=options.pairs, side=options.side)
        command = [
            sys.executable,
            "-m",
            "sovs_map",
            "benchmark",
            "build",
            str(folder),
            "-o",
            str(Path(made) / "out"),
            "-q",
        ]
        started = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - started
    figures = {
        "pairs": options.pairs,
        "side": options.side,
        "seconds": round(seconds, 1),
        "megabytes": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "cores": os.cpu_count(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
