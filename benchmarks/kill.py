"""Kill `sovs-map map` at random moments, run it again, and compare every byte with an undisturbed run.

usage: python benchmarks/kill.py [--kills 25] [--seed 0] [--side 1500] [--workers 0]

Half of the moments fall while chunks are mapped, half while files are written: rasters assembled, small regions merged,
polygons traced, pages drawn. Of the report everything is compared but how long the run took. The exit code is 1 when
anything differs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path

from scenes import make_big_scene

import sovs_map
from sovs_map.errors import AlreadyDoneError
from sovs_map.network.bundle import load_bundle  # noqa: F401
from sovs_map.preparation import prepare_model  # noqa: F401 - loaded once, here, for all processes

EPOCH = "1700000000"
"""The time that all results carry."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is mapped again and again."""

    scene: Path
    """The raster."""

    workers: int
    """Worker processes; 0 maps in one."""

    def start(self, output: Path, moments: Path | None = None) -> ForkProcess:
        """Start mapping into a folder, in another process."""
        process = multiprocessing.get_context("fork").Process(target=_map, args=(self, output, moments))
        process.start()
        return process


def _map(task: Task, output: Path, moments: Path | None) -> None:
    started, passed = time.monotonic(), list[float]()
    with suppress(AlreadyDoneError):  # it was killed when all was done
        sovs_map.map_scene(
            task.scene,
            classes="water,forest,urban",
            output=output,
            chunk=448,
            min_area="3000m2",
            scores="all",
            workers=task.workers,
            on_progress=lambda *_: passed.append(time.monotonic() - started),
        )
    if moments is not None:
        moments.write_text(json.dumps([passed[-1], time.monotonic() - started]), encoding="utf-8")


def _contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by name, the report without the section on time."""
    found = {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}
    return {
        name: re.sub(rb"<h2>Time</h2>.*?</section>", b"", content, flags=re.DOTALL)
        if name.endswith(".html")
        else content
        for name, content in found.items()
    }


def _stage(folder: Path) -> str:
    """Return what a killed run was doing, by what it left."""
    if list(folder.glob("*_labels.tif")):
        return "writing files"
    if list(folder.glob(".*.sovs/*/labels.vrt")):
        return "assembling"
    return "mapping" if list(folder.glob(".*.sovs/*/labels_*.tif")) else "starting"


def main() -> None:
    """Kill, resume, compare; print one JSON line."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--kills", type=int, default=25)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--side", type=int, default=1500)
    ask.add_argument("--workers", type=int, default=0)
    asked = ask.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    chance, different, stages = random.Random(asked.seed), list[str](), dict[str, int]()  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory(prefix="sovs-map-kill-") as place:
        folder = Path(place)
        task = Task(make_big_scene(folder / "scene.tif", asked.side), asked.workers)
        whole = task.start(folder / "whole", folder / "moments.json")
        whole.join()
        mapped, done = json.loads((folder / "moments.json").read_text(encoding="utf-8"))
        expected = _contents(folder / "whole")
        for number in range(asked.kills):
            output = folder / f"killed_{number}"
            moment = chance.uniform(0.1, mapped) if number % 2 else chance.uniform(mapped, done)
            victim = task.start(output)
            victim.join(moment)
            victim.kill()
            victim.join()
            stage = _stage(output) if output.exists() else "starting"
            stages[stage] = stages.get(stage, 0) + 1
            task.start(output).join()
            found = _contents(output)
            different += [f"{number}: {name}" for name in expected if found.get(name) != expected[name]]
            different += [f"{number}: {name} is left" for name in found.keys() - expected.keys()]
    facts = {"kills": asked.kills, "seed": asked.seed, "side": asked.side, "workers": asked.workers, "stages": stages}
    print(json.dumps(facts | {"different": different}))
    raise SystemExit(1 if different else 0)


if __name__ == "__main__":
    main()
