"""What a stored scene costs and saves: size, fidelity, and the time of a question against that of a map.

usage: python benchmarks/asking.py [--side 8000] [--scenes FOLDER] [--queries 3]

A question is put to an open cube from Python, its answer for every pixel computed and kept in memory; the map is made by
`map_scene` with 8 classes and default outputs, and includes everything that it writes. Both are told beside each other
in one process, alternating; so is the whole command line of a query, which starts Python and writes files.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import rasterio
from scenes import make_big_scene

import sovs_map

CLASSES = "water,forest,cropland,grassland,urban,bare ground,wetland,industrial area"

PHRASES = ("flooded fields beside a river", "open water", "airport", "dense forest", "ships in a harbour")


def main() -> None:
    """Embed, ask, map, compare."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--side", type=int, default=8000)
    ask.add_argument("--scenes", type=Path, default=Path("/tmp"))  # noqa: S108 - a place for big files
    ask.add_argument("--queries", type=int, default=3)
    asked = ask.parse_args()
    scene = make_big_scene(asked.scenes / f"scene_{asked.side}.tif", asked.side)
    store = asked.scenes / f"scene_{asked.side}.zarr"
    with TemporaryDirectory(dir=asked.scenes) as folder:
        embedded = sovs_map.embed_scene(str(scene), store, overwrite=True)
        pixels = asked.side**2
        print(f"embedded in {embedded.seconds:.1f} s, {embedded.bytes / pixels:.2f} bytes a pixel", flush=True)
        cube = sovs_map.open_cube(store)
        questions, maps = [], []
        for phrase in PHRASES[: asked.queries]:
            started = time.monotonic()
            cube.query(phrase).compute()
            questions.append(time.monotonic() - started)
            result = sovs_map.map_scene(str(scene), classes=CLASSES, output=Path(folder, "direct"), overwrite=True)
            maps.append(result.seconds)
            print(f"question {questions[-1]:.2f} s, map {maps[-1]:.1f} s", flush=True)
        print(
            f"a question takes {median(questions) / median(maps):.4f} of a map (1/{median(maps) / median(questions):.1f})"
        )
        print(f"peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
        _compare(Path(folder), scene, store)
        _command(Path(folder), store)


def _compare(folder: Path, scene: Path, store: Path) -> None:
    """Print how many labels of the store's map are those of the direct one."""
    stored = sovs_map.map_scene(str(store), classes=CLASSES, output=folder / "stored")
    with rasterio.open(folder / "direct" / f"{scene.stem}_labels.tif") as one, rasterio.open(stored.labels) as other:
        direct, labels = one.read(1), other.read(1)
    inside = direct != 255
    print(
        f"map of the store in {stored.seconds:.1f} s; {(direct == labels)[inside].mean():.4%} of the labels are equal"
    )
    print(f"nodata is {'equal' if np.array_equal(inside, labels != 255) else 'NOT equal'}")


def _command(folder: Path, store: Path) -> None:
    """Print how long the whole command line takes, and its peak memory."""
    words = ["sovs_map", "query", str(store), "open water", "-o", str(folder / "found"), "-q"]
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"sovs-map query, start and files included: {seconds:.1f} s, peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
