"""The landscape being painted: one at a time, layer over layer."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sovs_map.training.simulator.landscape import SURFACES
from sovs_map.training.simulator.noise import pick, scramble, smooth

STREET, GARDEN, ROOF, YARD, HEDGE, TANK, DIKE, EMERGENT, DEBRIS = range(23, 32)
PLOUGHED, TALL_CROP, PADDY, CONIFERS, BROADLEAVES, WET_MEADOW, WET_SNOW, SEA_ICE, GLACIER = range(32, 41)

LEAF_OF_PART = (16, 12, 13, 14, 6, 14, 0, 2, 15, 10, 10, 10, 6, 6, 9, 21, 21, 21)
"""What a map shows where a radar sees STREET to GLACIER and nothing else is said."""

LAYER = 1 << 20
"""Parcels that one layer has room for."""

LAYERS = 1 << 10
"""Layers that there can be; their order says nothing."""

BLOCKS_BELOW_M = 4.0
"""Maps of finer spacing tell buildings, streets and gardens apart; coarser ones show districts [m]. Our choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """One landscape, painted in place; all tensors ``(side, side)`` on the generator's device."""

    generator: torch.Generator
    """Draws fields."""

    draw: random.Random
    """Draws single numbers, without waiting for the device."""

    spacing_m: float
    """Pixel spacing [m]."""

    extent_m: float
    """Side of the landscape [m]."""

    down: Tensor
    """Row coordinate, float32 [m]."""

    right: Tensor
    """Column coordinate, float32 [m]."""

    bent_down: Tensor
    """Row coordinate bent by a few percent of the side, float32 [m]: borders that nature drew."""

    bent_right: Tensor
    """Column coordinate, bent likewise, float32 [m]."""

    label: Tensor
    """See `Landscape`."""

    surface: Tensor
    """See `Landscape`."""

    parcel: Tensor
    """See `Landscape`."""

    terrain: Tensor
    """See `Landscape`."""

    building: Tensor
    """See `Landscape`."""

    facing: Tensor
    """See `Landscape`."""

    top: int = 0
    """First row, if this is a window of a larger canvas."""

    left: int = 0
    """First column, likewise."""

    @property
    def side(self) -> int:
        """Rows and columns."""
        return self.label.shape[0]

    @property
    def is_fine(self) -> bool:
        """Whether a map of this spacing shows single buildings."""
        return self.spacing_m < BLOCKS_BELOW_M


def blank(generator: torch.Generator, *, side: int, spacing_m: float) -> Canvas:
    """Return a canvas of nothing: label and surface 0, flat."""
    device = generator.device
    seed = int(torch.randint(2**62, (), generator=generator, device=device))
    place = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) * spacing_m
    down, right = place[:, None].repeat(1, side), place[None].repeat(side, 1)
    bend = [smooth(generator, side, slope=3.0, outer=side / 4) * (0.013 * side * spacing_m) for _ in range(2)]
    empty = torch.zeros((side, side), device=device)
    return Canvas(
        generator=generator,
        draw=random.Random(seed),  # noqa: S311 - landscapes are no secrets
        spacing_m=spacing_m,
        extent_m=side * spacing_m,
        down=down,
        right=right,
        bent_down=down + bend[0],
        bent_right=right + bend[1],
        label=empty.to(torch.uint8),
        surface=empty.to(torch.uint8),
        parcel=empty.to(torch.int32),
        terrain=empty.clone(),
        building=empty.clone(),
        facing=empty.clone(),
    )


def window(canvas: Canvas, *, down: float, right: float, radius: float) -> Canvas:
    """Return a square of a canvas around a place, whole pixels inside it; painting it paints the canvas.

    Args:
        canvas: what to look at.
        down: row of the square's centre [m].
        right: column of its centre [m].
        radius: half of its side [m]; less where the canvas is smaller.
    """
    side = min(canvas.side, math.ceil(2 * radius / canvas.spacing_m))
    top, left = (min(max(0, round((place - radius) / canvas.spacing_m)), canvas.side - side) for place in (down, right))
    view = (slice(top, top + side), slice(left, left + side))
    return replace(
        canvas,
        top=top,
        left=left,
        extent_m=side * canvas.spacing_m,
        down=canvas.down[view],
        right=canvas.right[view],
        bent_down=canvas.bent_down[view],
        bent_right=canvas.bent_right[view],
        label=canvas.label[view],
        surface=canvas.surface[view],
        parcel=canvas.parcel[view],
        terrain=canvas.terrain[view],
        building=canvas.building[view],
        facing=canvas.facing[view],
    )


def leaf_table(device: torch.device) -> Tensor:
    """Return the usual label of each surface, uint8 ``(SURFACES,)``."""
    table = torch.zeros(SURFACES, dtype=torch.uint8, device=device)
    table[1:23] = torch.arange(1, 23, dtype=torch.uint8, device=device)
    table[STREET : GLACIER + 1] = torch.tensor(LEAF_OF_PART, dtype=torch.uint8, device=device)
    return table


def paint(canvas: Canvas, where: Tensor, surface: int, *, label: int) -> None:
    """Make pixels ``where`` (bool) one surface under one label, without buildings."""
    canvas.surface.masked_fill_(where, surface)
    canvas.label.masked_fill_(where, label)
    canvas.building.masked_fill_(where, 0.0)


def paint_kinds(canvas: Canvas, where: Tensor, surface: Tensor) -> None:
    """Make pixels ``where`` (bool) what ``surface`` (uint8) says, under the usual labels, without buildings."""
    put(canvas.surface, where, surface)
    put(canvas.label, where, pick(leaf_table(surface.device), surface.int()))
    canvas.building.masked_fill_(where, 0.0)


def number(canvas: Canvas, where: Tensor, parcel: Tensor) -> None:
    """Give pixels ``where`` (bool) the numbers ``parcel`` (int64) of a new layer."""
    layer = canvas.draw.randrange(1, LAYERS)
    put(canvas.parcel, where, (scramble(parcel, below=LAYER) + layer * LAYER).int())


def put(target: Tensor, where: Tensor, value: Tensor) -> None:
    """Overwrite ``target`` by ``value`` of its type where ``where`` (bool) is true; faster than ``torch.where``."""
    if target.dtype == torch.float32:
        put(target.view(torch.int32), where, value.view(torch.int32))
        return
    target.bitwise_xor_((target ^ value) & where.to(target.dtype).neg_())


def among(tensor: Tensor, kinds: tuple[int, ...]) -> Tensor:
    """Return where a uint8 tensor is one of ``kinds``."""
    table = torch.zeros(256, dtype=torch.bool, device=tensor.device)
    table[list(kinds)] = True
    return pick(table, tensor.int())
