"""Chips and whole scenes of invented landscapes, as invented sensors see them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.training.batch import Batch
from sovs_map.training.labels import FIRST_MATERIAL
from sovs_map.training.real import Fragment
from sovs_map.training.simulator.compose import crop, make_landscapes
from sovs_map.training.simulator.echo import observe
from sovs_map.training.simulator.landscape import SLOTS, Landscape
from sovs_map.training.simulator.materials import describe, material_attributes
from sovs_map.training.simulator.products import Seen, to_product
from sovs_map.training.simulator.sensors import Sensors, draw_sensors
from sovs_map.training.workers import worker, workers

SIDE = 640
"""Side of an invented landscape [pixels]."""

GAIN_DB = 1.0
"""Deviation of a gain that a chip's numbers are off by: sigma, beta and gamma nought differ by so much [dB]."""

GRAIN = 16
"""Places of a leaf are looked up on a grid of so many pixels."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Which landscapes chips are cut from: a window that moves on as training goes."""

    size: int = 96
    """Landscapes at one time."""

    refresh: int = 8
    """Steps after which the oldest makes room for a new one."""

    seed: int = 7
    """Landscape ``k`` is drawn from seed ``(seed, k)``; several processes take them in turn."""


class SimulatedChips:
    """Crops of invented landscapes, each seen by a new radar; half of them around a leaf that is drawn first."""

    def __init__(self, pool: Pool, *, device: torch.device) -> None:
        self.pool, self.device = pool, device
        self.landscapes: dict[int, Landscape] = {}
        self.places: dict[int, dict[int, Tensor]] = {}

    def draw(self, draw: np.random.Generator, step: int, *, count: int, side: int) -> Batch:
        """Return random chips of step ``step``."""
        self._move_to(step)
        chance = torch.Generator(self.device).manual_seed(int(draw.integers(2**62)))
        chips = [self._chip(draw, side) for _ in range(count)]
        return picture(chance, stack(chips), draw_sensors(chance, count), random.Random(int(draw.integers(2**31))))  # noqa: S311

    def _move_to(self, step: int) -> None:
        first = step // self.pool.refresh
        window = range(first * workers() + worker(), (first + self.pool.size) * workers(), workers())
        for old in [index for index in self.landscapes if index not in window]:
            del self.landscapes[old], self.places[old]
        for index in window:
            if index not in self.landscapes:
                self.landscapes[index] = make_landscape(self.pool.seed, index, device=self.device)
                self.places[index] = _places(self.landscapes[index])

    def _chip(self, draw: np.random.Generator, side: int) -> Landscape:
        index = int(draw.choice(list(self.landscapes)))
        top, left = (int(value) for value in draw.integers(0, SIDE - side + 1, 2))
        if draw.random() < 0.5:
            leaf = int(draw.integers(1, 23))
            holders = [key for key, places in self.places.items() if leaf in places]
            if holders:
                index = int(draw.choice(holders))
                spots = self.places[index][leaf]
                row, col = (int(value) for value in spots[int(draw.integers(len(spots)))])
                top = int(np.clip(row - draw.integers(0, side), 0, SIDE - side))
                left = int(np.clip(col - draw.integers(0, side), 0, SIDE - side))
        return crop(self.landscapes[index], torch.tensor([top]), torch.tensor([left]), side)


def make_landscape(seed: int, index: int, *, device: torch.device) -> Landscape:
    """Return landscape ``index`` of a seed; two of three have pixels of about 10 m, the others of 0.5 to 30 m."""
    draw = np.random.default_rng((seed, index))
    spacing = float(np.exp(draw.uniform(*np.log((7, 14) if draw.random() < 0.67 else (0.5, 30)))))
    chance = torch.Generator(device).manual_seed(int(draw.integers(2**62)))
    return make_landscapes(chance, count=1, side=SIDE, spacing_m=torch.tensor([spacing], device=device))


def stack(landscapes: Sequence[Landscape]) -> Landscape:
    """Return landscapes of one size as one."""
    parts = {field.name: torch.cat([getattr(land, field.name) for land in landscapes]) for field in fields(Landscape)}
    return Landscape(**parts)


def picture(chance: torch.Generator, landscape: Landscape, sensors: Sensors, words: random.Random) -> Batch:
    """Return landscapes as sensors see them, ready for the network.

    Args:
        chance: of speckle and products.
        landscape: ``n`` of them.
        sensors: as many acquisitions.
        words: of the descriptions of invented materials.
    """
    seen = to_product(chance, observe(chance, landscape, sensors), landscape, sensors)
    labels, chips, slots = _number_materials(landscape)
    phrases = tuple(describe(landscape.materials[i, s], words) for i, s in zip(chips, slots, strict=True))
    attributes = material_attributes(landscape.materials[chips, slots]) if chips else None
    known = [
        conditions(float(spacing) if told else None, calibrated=bool(calibrated))
        for spacing, told, calibrated in zip(landscape.spacing_m, seen.spacing_known, seen.calibrated, strict=True)
    ]
    image, kinds, present = _present_first(seen)
    gain = GAIN_DB * torch.randn(len(image), 1, 1, 1, generator=chance, device=image.device)
    view = View(kinds, present, torch.stack(known).to(image.device))
    return Batch(standardise(image + gain) * present[:, :, None, None], view, labels, phrases, attributes)


def _number_materials(landscape: Landscape) -> tuple[Tensor, list[int], list[int]]:
    """Return labels whose invented materials are numbered over the batch, and chip and slot of each."""
    labels = landscape.label.long()
    n = len(labels)
    there = torch.stack([(labels == FIRST_MATERIAL + slot).flatten(1).any(1) for slot in range(SLOTS)], 1)
    number = there.flatten().cumsum(0).reshape(n, SLOTS) - 1
    slot = (labels - FIRST_MATERIAL).clamp_min(0)
    numbered = number.gather(1, slot.flatten(1)).reshape(labels.shape) + FIRST_MATERIAL
    chips, slots = there.nonzero(as_tuple=True)
    return torch.where(labels >= FIRST_MATERIAL, numbered, labels), chips.tolist(), slots.tolist()


def _present_first(seen: Seen) -> tuple[Tensor, Tensor, Tensor]:
    """Return dB, polarisations and presence with as few bands as the fullest chip has."""
    order = seen.present.argsort(dim=1, descending=True, stable=True)[:, : int(seen.present.sum(1).max())]
    rows = torch.arange(len(order), device=order.device)[:, None]
    return seen.db[rows, order], seen.polarisation[rows, order].long(), seen.present[rows, order].float()


def _places(landscape: Landscape) -> dict[int, Tensor]:
    """Return where each leaf is, on a grid of GRAIN pixels, by leaf: rows and columns ``(places, 2)``."""
    thin = landscape.label[0, ::GRAIN, ::GRAIN]
    return {leaf: (thin == leaf).nonzero() * GRAIN for leaf in range(1, 23) if bool((thin == leaf).any())}


def make_scenes(seed: int, sensors: Sequence[Sensors], *, side: int, spacing_m: float) -> tuple[Fragment, ...]:
    """Return a labelled scene for each sensor, each of a new landscape.

    Args:
        seed: scene ``i`` is drawn from ``(seed, i)``.
        sensors: acquisitions of one scene each.
        side: of the scenes [pixels].
        spacing_m: of their pixels [m].
    """
    return tuple(
        _make_scene(seed, index, sensor, side=side, spacing_m=spacing_m) for index, sensor in enumerate(sensors)
    )


def _make_scene(seed: int, index: int, sensor: Sensors, *, side: int, spacing_m: float) -> Fragment:
    draw = np.random.default_rng((seed, index))
    chance = torch.Generator().manual_seed(int(draw.integers(2**62)))
    landscape = make_landscapes(chance, count=1, side=side, spacing_m=torch.tensor([spacing_m]))
    landscape = replace(landscape, label=torch.where(landscape.label >= FIRST_MATERIAL, 0, landscape.label))
    seen = to_product(chance, observe(chance, landscape, sensor), landscape, sensor)
    there = seen.present[0] > 0
    names = tuple(POLARISATIONS[kind] for kind in seen.polarisation[0, there].tolist())
    return Fragment(
        f"simulated-{seed}-{index}",
        seen.db[0, there].numpy(),
        landscape.label[0].numpy(),
        names,
        bool(seen.calibrated[0]),
        spacing_m,
    )
