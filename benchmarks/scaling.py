"""How the time of `sovs-map map` grows: with the scene, classes, overlap, threads and workers.

usage: python benchmarks/scaling.py [size classes overlap threads workers] [--side 4000] [--repeats 1] [--report] [--folder DIR]

Each run is a process of its own, start and every output included. For sizes the exponent of time over area is fitted to the
runs, and the time of a start, which does not grow, with it. With --report a table and a chart of each question are written.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from memory import measure
from reports import Run, write_report
from scenes import make_wide_scene

from sovs_map.taxonomy import load_lexicon

SIZES = (4000, 8000, 16000, 24000)

QUESTIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "size": (),
    "classes": tuple((str(count), ("--memory", "3GB")) for count in (2, 8, 32, 64, 100)),
    "overlap": tuple((side, ("--overlap", side)) for side in ("32", "64", "128", "256")),
    "threads": tuple((count, ("--threads", count)) for count in ("1", "2")),
    "workers": tuple((f"{count} x 1 thread", ("--workers", count, "--threads", "1")) for count in ("1", "2")),
}
"""What is changed, and the options that change it."""


def classes(count: int) -> str:
    """Return so many classes: names of the lexicon's concepts first, then phrases."""
    phrases = dict.fromkeys(entry.concept for entry in load_lexicon())
    phrases |= dict.fromkeys(entry.phrase for entry in load_lexicon())
    return ",".join([phrase for phrase in phrases if not set(phrase) & set(",=|!@")][:count])


def time_map(scene: Path, folder: Path, *, count: int = 8, options: Sequence[str] = ()) -> tuple[float, float]:
    """Return wall time [s] and peak memory [GB] of mapping a scene with so many classes."""
    command = [sys.executable, "-m", "sovs_map", "map", str(scene), "-q", "--overwrite", "-o", str(folder / "out")]
    peak, seconds = measure([*command, "--classes", classes(count), *options])
    return seconds, peak


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """Return the exponent of time over size, and the time of a start [s] that makes the fit of logarithms best."""
    area, time = np.log(sizes), np.asarray(seconds)
    starts = np.linspace(0, 0.9 * time.min(), 200)
    fits = [np.polyfit(area, np.log(time - start), 1, full=True) for start in starts]
    best = int(np.argmin([float(fit[1][0]) for fit in fits]))
    return float(fits[best][0][0]), float(starts[best])


def main() -> None:
    """Measure and print one JSON line a run."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("questions", nargs="*", default=list(QUESTIONS))
    ask.add_argument("--side", type=int, default=4000)
    ask.add_argument("--repeats", type=int, default=1)
    ask.add_argument("--report", action="store_true", help="write benchmarks/results/scaling-*")
    ask.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "sovs-map-benchmark")
    asked = ask.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for question in asked.questions:
        runs = []
        sides = SIZES if question == "size" else (asked.side,)
        cases = QUESTIONS[question] or tuple((f"{side} x {side}", ()) for side in sides)
        for _ in range(asked.repeats):
            for index, (name, options) in enumerate(cases):
                side = sides[min(index, len(sides) - 1)]
                count = int(name) if question == "classes" else 8
                scene = make_wide_scene(asked.folder, side)
                seconds, peak = time_map(scene, asked.folder, count=count, options=options)
                figures = (("seconds", seconds), ("mpx_per_s", side**2 / 1e6 / seconds), ("peak_gb", peak))
                runs.append(Run(name, figures))
                print(runs[-1].line, flush=True)
        what = f"sovs-map map by {question}, two bands of 16 bits, start and every output included"
        if question == "size":
            power, start = exponent(
                [side**2 for side in sides] * asked.repeats, [dict(r.figures)["seconds"] for r in runs]
            )
            print(json.dumps({"exponent": round(power, 3), "start_s": round(start, 1)}))
            what += f"; time grows with area to the power {power:.2f}, after a start of {start:.1f} s"
        else:
            what += f", {asked.side} x {asked.side} pixels"
        if asked.report:
            write_report(f"scaling-{question}", what, runs)


if __name__ == "__main__":
    main()
