"""Peak memory of `sovs-map map` on two-band uint16 scenes of two sizes, each in a process of its own.

usage: python benchmarks/memory.py [--sides 10000 40000] [--threads N] [--folder DIR] [--base]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scenes import make_wide_scene

BASE = """
import geopandas, rasterio, torch
from sovs_map.preparation import prepare_model
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import read_vocabulary
prepare_model(read_vocabulary("water,forest"), MapSettings())
"""


def measure(command: list[str]) -> tuple[float, float]:
    """Return peak resident memory [GB] and wall time [s] of a command, through a child that waits for it."""
    watcher = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", watcher, *command], check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout) * 1024 / 1e9, time.monotonic() - started


def main() -> None:
    """Measure and print one JSON line a scene."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--sides", nargs="+", type=int, default=[10000, 40000])
    ask.add_argument("--threads", type=int)
    ask.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "sovs-map-benchmark")
    ask.add_argument("--base", action="store_true", help="only what a process needs before any scene")
    asked = ask.parse_args()
    if asked.base:
        print(json.dumps({"peak_gb": round(measure([sys.executable, "-c", BASE])[0], 3)}))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    for side in asked.sides:
        scene = make_wide_scene(asked.folder, side)
        command = [
            sys.executable,
            "-m",
            "sovs_map",
            "map",
            str(scene),
            "-q",
            "--overwrite",
            "-o",
            str(asked.folder / "out"),
        ]
        command += ["--classes", "water,forest,cropland,grassland,urban,bare ground,wetland,industrial area"]
        command += ["--threads", str(asked.threads)] if asked.threads else []
        peak, seconds = measure(command)
        speed = side * side / 1e6 / seconds
        print(
            json.dumps(
                {"side": side, "peak_gb": round(peak, 3), "seconds": round(seconds, 1), "mpx_per_s": round(speed, 2)}
            ),
            flush=True,
        )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
