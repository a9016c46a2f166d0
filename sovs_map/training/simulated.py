"""Chips and whole scenes of invented landscapes, as invented sensors see them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.training.batch import Batch
from sovs_map.training.labels import FIRST_MATERIAL
from sovs_map.training.pool import LEAVES, SIDE, Landscapes, Pool
from sovs_map.training.real import Fragment
from sovs_map.training.simulator.compose import crop, make_landscapes
from sovs_map.training.simulator.echo import observe
from sovs_map.training.simulator.landscape import SLOTS, Landscape
from sovs_map.training.simulator.materials import describe, material_attributes
from sovs_map.training.simulator.products import Seen, to_product
from sovs_map.training.simulator.sensors import Sensors, draw_sensors

GAIN_DB = 1.0
"""Deviation of a gain that a chip's numbers are off by: sigma, beta and gamma nought differ by so much [dB]."""


class SimulatedChips:
    """Crops of invented landscapes, each seen by a new radar; half of them around a leaf that is drawn first."""

    def __init__(self, pool: Pool, *, device: torch.device) -> None:
        self.landscapes = Landscapes(pool, device=device)

    def draw(self, draw: np.random.Generator, step: int, *, count: int, side: int) -> Batch:
        """Return random chips of step ``step``."""
        self.landscapes.move_to(step)
        device = self.landscapes.device
        chance = torch.Generator(device).manual_seed(int(draw.integers(2**62)))
        which, tops, lefts = torch.tensor([self._place(draw, side) for _ in range(count)]).to(device).unbind(1)
        chips = crop(self.landscapes.all, which, tops, lefts, side)
        return picture(chance, chips, draw_sensors(chance, count), random.Random(int(draw.integers(2**31))))  # noqa: S311

    def _place(self, draw: np.random.Generator, side: int) -> tuple[int, int, int]:
        """Return slot, first row and first column of a chip."""
        places = self.landscapes.places
        slot = int(draw.integers(len(places)))
        top, left = (int(value) for value in draw.integers(0, SIDE - side + 1, 2))
        if draw.random() < 0.5:
            leaf = int(draw.integers(LEAVES.start, LEAVES.stop))
            holders = [index for index, some in enumerate(places) if leaf in some]
            if holders:
                slot = holders[int(draw.integers(len(holders)))]
                spots = places[slot][leaf]
                row, col = (int(value) for value in spots[int(draw.integers(len(spots)))])
                top = min(max(row - int(draw.integers(0, side)), 0), SIDE - side)
                left = min(max(col - int(draw.integers(0, side)), 0), SIDE - side)
        return slot, top, left


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
    materials = landscape.materials[chips, slots].cpu()
    phrases = tuple(describe(material, words) for material in materials)
    attributes = material_attributes(materials) if chips else None
    facts = (landscape.spacing_m.tolist(), seen.spacing_known.tolist(), seen.calibrated.tolist())
    known = [
        conditions(spacing if told else None, calibrated=calibrated)
        for spacing, told, calibrated in zip(*facts, strict=True)
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
