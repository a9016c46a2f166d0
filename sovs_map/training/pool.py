"""The invented landscapes that chips are cut from: a window over their numbers that moves on as training goes."""

from __future__ import annotations

import multiprocessing
import weakref
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.training.simulator.compose import make_landscapes
from sovs_map.training.simulator.landscape import Landscape
from sovs_map.training.workers import worker, workers

SIDE = 640
"""Side of an invented landscape [pixels]."""

GRAIN = 16
"""Places of a leaf are looked up on a grid of so many pixels."""

LEAVES = range(1, 23)
"""Labels that chips are cut around."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Which landscapes chips are cut from."""

    size: int = 96
    """Landscapes at one time; each takes 7.4 MB of the device's memory."""

    refresh: int = 8
    """Steps after which the oldest makes room for a new one."""

    seed: int = 7
    """Landscape ``k`` is drawn from seed ``(seed, k)``; several processes that train take them in turn."""

    makers: int = 0
    """Processes that make the coming landscapes while the network trains; 0 makes each when it is needed. One makes
    about 1.3 a second. The landscapes are the same."""


class Landscapes:
    """The window: landscape ``k`` of a process lies in slot ``k`` modulo the size."""

    def __init__(self, pool: Pool, *, device: torch.device) -> None:
        self.pool, self.device = pool, device
        self.numbers: list[int | None] = [None] * pool.size
        self.places: list[dict[int, NDArray[np.int64]]] = [{} for _ in range(pool.size)]
        self.all = _empty(pool.size, device)
        self.coming: dict[int, Future[tuple[NDArray[np.generic], ...]]] = {}
        self.makers = _hire(pool.makers) if pool.makers else None
        if self.makers:
            weakref.finalize(self, self.makers.shutdown, wait=False, cancel_futures=True)

    def move_to(self, step: int) -> None:
        """Hold the landscapes of a step, which is not before the last one."""
        first = step // self.pool.refresh
        self._order(first, self.pool.size + 2 * self.pool.makers)
        for turn in range(first, first + self.pool.size):
            slot, number = turn % self.pool.size, turn * workers() + worker()
            if self.numbers[slot] != number:
                self._put(slot, self._take(number))
                self.numbers[slot] = number

    def _order(self, first: int, count: int) -> None:
        if self.makers is None:
            return
        for turn in range(first, first + count):
            number = turn * workers() + worker()
            if number not in self.coming and number not in self.numbers:
                self.coming[number] = self.makers.submit(_make_arrays, self.pool.seed, number)

    def _take(self, number: int) -> Landscape:
        if number not in self.coming:
            return make_landscape(self.pool.seed, number)
        return Landscape(*(torch.from_numpy(part) for part in self.coming.pop(number).result()))

    def _put(self, slot: int, landscape: Landscape) -> None:
        for field in fields(Landscape):
            getattr(self.all, field.name)[slot] = getattr(landscape, field.name)[0]
        thin = landscape.label[0, ::GRAIN, ::GRAIN].numpy()
        self.places[slot] = {leaf: np.argwhere(thin == leaf) * GRAIN for leaf in LEAVES if (thin == leaf).any()}


def make_landscape(seed: int, number: int) -> Landscape:
    """Return a landscape of a seed, on the CPU; two of three have pixels of about 10 m, the others of 0.5 to 30 m."""
    draw = np.random.default_rng((seed, number))
    spacing = float(np.exp(draw.uniform(*np.log((7, 14) if draw.random() < 0.67 else (0.5, 30)))))
    chance = torch.Generator().manual_seed(int(draw.integers(2**62)))
    return make_landscapes(chance, count=1, side=SIDE, spacing_m=torch.tensor([spacing]))


def _empty(size: int, device: torch.device) -> Landscape:
    like = make_landscapes(torch.Generator().manual_seed(0), count=1, side=SIDE, spacing_m=torch.tensor([10.0]))

    def empty(part: Tensor) -> Tensor:
        return torch.zeros(size, *part.shape[1:], dtype=part.dtype, device=device)

    return Landscape(**{field.name: empty(getattr(like, field.name)) for field in fields(Landscape)})


def _hire(count: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # a forked process would share the threads' locks
    return ProcessPoolExecutor(count, mp_context=context, initializer=torch.set_num_threads, initargs=(1,))


def _make_arrays(seed: int, number: int) -> tuple[NDArray[np.generic], ...]:
    """Return the parts of a landscape as arrays: tensors would be passed on through files that are counted."""
    landscape = make_landscape(seed, number)
    return tuple(getattr(landscape, field.name).numpy() for field in fields(Landscape))
