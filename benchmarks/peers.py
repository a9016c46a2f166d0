"""The same network, scene, tiles, overlap and threads through sovs-map and through the tiled inference of its peers.

usage: python benchmarks/peers.py [--side 6000] [--repeats 3] [--contenders sovs-map monai terratorch geoai] [--folder DIR]

It needs an environment of its own, in which torch has one version for all:
python -m venv peers && peers/bin/pip install -e . monai terratorch geoai-py
Every contender reads the GeoTIFF and writes a label raster, in a process of its own, in turn, so often. Loading packages is
not counted; loading weights is for sovs-map, whose call does it, and for none of its peers. One JSON line a run, then
medians; with --report a table and a chart are written.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from reports import Run, medians, write_report
from scenes import make_big_scene

CLASSES = "water,forest,cropland,grassland,urban,bare ground,wetland,industrial area"

CONTENDERS = ("sovs-map", "monai", "terratorch", "geoai")

CONTESTANT = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, {here!r})
from contestants import PREPARED
run = PREPARED[{name!r}]({scene!r}, {target!r}, {classes!r})
began = time.monotonic()
run()
seconds = time.monotonic() - began
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def measure(name: str, scene: Path, folder: Path) -> tuple[float, float]:
    """Return wall time [s] and peak resident memory [GB] of one contender."""
    code = CONTESTANT.format(
        here=str(Path(__file__).parent), name=name, scene=str(scene), target=str(folder / name), classes=CLASSES
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak / 1e9


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--side", type=int, default=6000)
    ask.add_argument("--repeats", type=int, default=3)
    ask.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    ask.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "sovs-map-benchmark")
    ask.add_argument("--report", action="store_true", help="write benchmarks/results/peers.*")
    asked = ask.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    scene = make_big_scene(asked.folder / f"scene_{asked.side}.tif", asked.side)
    runs = []
    for _ in range(asked.repeats):
        for name in asked.contenders:
            seconds, peak = measure(name, scene, asked.folder)
            runs.append(Run(name, (("mpx_per_s", asked.side**2 / 1e6 / seconds), ("peak_gb", peak))))
            print(runs[-1].line, flush=True)
    for name, figures in medians(runs).items():
        print(json.dumps({"name": name, "median": {key: round(value, 3) for key, value in figures.items()}}))
    if asked.report:
        write_report("peers", f"{asked.side} x {asked.side} pixels, 8 classes, tiles of 512, overlap 64", runs)


if __name__ == "__main__":
    main()
