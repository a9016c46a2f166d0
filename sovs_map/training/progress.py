"""What a training says of itself: a bar, a log of JSON lines, a curve."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sovs_map.training.loop import DrawBatch, Schedule, Training, load_checkpoint, run, save_checkpoint
from sovs_map.training.objective import Objective
from sovs_map.training.workers import worker

EVERY = 100
"""Steps between checkpoints."""


def train(training: Training, schedule: Schedule, *, draw: DrawBatch, objective: Objective, folder: Path) -> None:
    """Run a training to its end, from its last checkpoint if there is one.

    Args:
        training: as `sovs_map.training.loop.start` gives it.
        schedule: of the run.
        draw: chips.
        objective: losses.
        folder: for ``checkpoint.pt``, ``log.jsonl`` and ``curve.png``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, started, losses = folder / "checkpoint.pt", time.time(), []
    if checkpoint.exists():
        load_checkpoint(training, checkpoint)
    silent = worker() > 0 or not sys.stderr.isatty()
    bar = tqdm(total=schedule.steps, initial=training.step, desc=folder.name, disable=silent)
    for loss in run(training, schedule, draw=draw, objective=objective):
        losses.append(loss)
        bar.update()
        if worker() == 0 and (training.step % EVERY == 0 or training.step == schedule.steps):
            mean = float(np.mean(losses[-EVERY:]))
            bar.set_postfix(loss=f"{mean:.3f}")
            log_line(folder / "log.jsonl", step=training.step, loss=mean, seconds=time.time() - started)
            save_checkpoint(training, checkpoint)
            draw_curve(folder / "log.jsonl", folder / "curve.png")
    bar.close()


def log_line(path: Path, *, step: int, loss: float, seconds: float) -> None:
    """Append one line of JSON to the log."""
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps({"step": step, "loss": round(loss, 5), "seconds": round(seconds, 1)}) + "\n")


def draw_curve(log: Path, picture: Path) -> None:
    """Write the loss over the steps of a log as a PNG; of steps logged twice the last counts."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second

    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    losses = {line["step"]: line["loss"] for line in lines}
    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(list(losses), list(losses.values()), color="#0064c8")
    axes.set(xlabel="step", ylabel="loss", title=log.parent.name)
    axes.grid(visible=True, alpha=0.3)
    figure.savefig(picture, dpi=120)
