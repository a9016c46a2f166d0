"""One readable loop: draw chips and words, step, keep an average of the weights, save, resume."""

from __future__ import annotations

import copy
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from sovs_map.training.batch import Batch
from sovs_map.training.objective import Objective
from sovs_map.training.parameter_groups import parameter_groups
from sovs_map.training.workers import agree, worker, workers

DrawBatch = Callable[[np.random.Generator, int, int], Batch]
"""Chance, step and side of the chips to a batch."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train."""

    steps: int
    """Optimiser steps."""

    sides: tuple[int, ...] = (192, 256, 384)
    """Sides of training chips [pixels], multiples of 32, taken in turn: on large ones most pixels see no rim."""

    pixels: int = 500_000
    """Of the chips of one step; so many chips of its side as fit."""

    labelled: int = 40_000
    """Labelled pixels that the losses of one vocabulary look at; more of a small batch cost time and tell nothing new."""

    learning_rate: float = 2e-3
    """Peak of a one-cycle schedule, AdamW."""

    weight_decay: float = 0.05
    """Of AdamW."""

    average: float = 0.995
    """Decay of the running mean of the weights, which is what is kept."""

    warm: int = 300
    """Steps that normalise by each batch's own statistics; the later ones use the running mean, as inference does.
    A batch's statistics hide the absolute level of backscatter, which is half of what a calibrated scene tells."""

    seed: int = 0
    """Of weights, chips, words."""


@dataclass(slots=True, eq=False)
class Training:
    """Everything that a checkpoint holds: a loop that was stopped goes on from it as if it had not been."""

    model: nn.Module
    """Being trained."""

    averaged: nn.Module
    """Its running mean, buffers included."""

    optimiser: torch.optim.Optimizer
    """AdamW."""

    scheduler: torch.optim.lr_scheduler.LRScheduler
    """One cycle."""

    device: torch.device
    """Where the model is."""

    step: int = 0
    """Steps done."""

    cpu_seconds: float = 0.0
    """Processor time they took, over all cores."""


def start(model: nn.Module, schedule: Schedule, *, device: torch.device) -> Training:
    """Return the training of a model before its first step."""
    model.to(device).to(memory_format=torch.channels_last).train()  # 7 % faster on a CPU
    groups = parameter_groups(model, learning_rate=schedule.learning_rate, weight_decay=schedule.weight_decay)
    peaks = [group["lr"] for group in groups]
    optimiser = torch.optim.AdamW(groups)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimiser, peaks, total_steps=schedule.steps + 1, pct_start=0.08)
    return Training(model, copy.deepcopy(model), optimiser, scheduler, device)


def run(training: Training, schedule: Schedule, *, draw: DrawBatch, objective: Objective) -> Iterator[float]:
    """Train step by step; yield the loss after each. Step ``i`` draws from seed ``(schedule.seed, i)``.

    The next step's batch is drawn by a thread meanwhile: a GPU waits for whoever launches its work.
    """
    half = training.device.type == "cuda"
    with ThreadPoolExecutor(1, "draw") as ahead:
        coming = ahead.submit(_draw, training, schedule, draw, training.step)
        while training.step < schedule.steps:
            if training.step >= schedule.warm:
                _freeze_normalisation(training.model)
            began = time.process_time()
            drawn = coming.result()
            if training.step + 1 < schedule.steps:
                coming = ahead.submit(_draw, training, schedule, draw, training.step + 1)
            torch.manual_seed(drawn.seed)
            with torch.autocast(training.device.type, torch.bfloat16, enabled=half):
                loss = objective(training.model, drawn.batch, drawn.words)
            training.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            agree(training.model)
            nn.utils.clip_grad_norm_(training.model.parameters(), 1.0)
            training.optimiser.step()
            training.scheduler.step()
            _average(training, schedule.average)
            training.step += 1
            training.cpu_seconds += time.process_time() - began
            yield loss.item()


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What chance gives one step."""

    batch: Batch
    """On the training's device."""

    words: random.Random
    """Chance of the words."""

    seed: int
    """Of torch's own chance."""


def _draw(training: Training, schedule: Schedule, draw: DrawBatch, step: int) -> _Drawn:
    chance = np.random.default_rng((schedule.seed, step * workers() + worker()))
    seed = int(chance.integers(2**31))
    batch = draw(chance, step, schedule.sides[step % len(schedule.sides)]).to(training.device)
    return _Drawn(batch, random.Random(int(chance.integers(2**31))), seed)  # noqa: S311 - no secret


def _freeze_normalisation(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


@torch.no_grad()
def _average(training: Training, decay: float) -> None:
    decay = min(decay, (1 + training.step) / (10 + training.step))
    pairs = list(zip(training.averaged.state_dict().values(), training.model.state_dict().values(), strict=True))
    means, values = zip(*(pair for pair in pairs if pair[0].dtype.is_floating_point), strict=True)
    torch._foreach_lerp_(means, values, 1 - decay)
    for mean, value in pairs:
        if not mean.dtype.is_floating_point:
            mean.copy_(value)


def save_checkpoint(training: Training, path: Path) -> None:
    """Write everything needed to go on; the old checkpoint stays whole until the new one is."""
    state = {
        "model": training.model.state_dict(),
        "averaged": training.averaged.state_dict(),
        "optimiser": training.optimiser.state_dict(),
        "scheduler": training.scheduler.state_dict(),
        "step": training.step,
        "cpu_seconds": training.cpu_seconds,
    }
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_checkpoint(training: Training, path: Path) -> None:
    """Go on from a checkpoint of the same model and schedule."""
    state = torch.load(path, weights_only=True, map_location=training.device)
    training.model.load_state_dict(state["model"])
    training.averaged.load_state_dict(state["averaged"])
    training.optimiser.load_state_dict(state["optimiser"])
    training.scheduler.load_state_dict(state["scheduler"])
    training.step, training.cpu_seconds = state["step"], state["cpu_seconds"]
