"""What stands in a block: houses, perimeters, towers, halls, tanks, parks, ruins."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.canvas import (
    BROADLEAVES,
    DEBRIS,
    GARDEN,
    HEDGE,
    ROOF,
    TANK,
    YARD,
    Canvas,
    number,
    paint,
    put,
)
from sovs_map.training.simulator.noise import fates, fractal
from sovs_map.training.simulator.parcels import Parcels

SEEN = 2.0
"""Buildings are drawn one by one where they are at least so many pixels wide."""


@dataclass(frozen=True, slots=True, eq=False)
class Lots:
    """Blocks divided evenly; all ``(rows, cols)``."""

    number: Tensor
    """Of the lot, int64."""

    along: Tensor
    """Signed distance from the lot's centre along the block, float32 [m]."""

    across: Tensor
    """Signed distance from the lot's centre across the block, float32 [m]."""

    length: Tensor
    """Along the block, float32 [m]."""

    width: Tensor
    """Across the block, float32 [m]."""


def divide(blocks: Parcels, *, length: Tensor, width: Tensor) -> Lots:
    """Divide blocks into lots of about ``length`` times ``width`` [m], equal within a block."""
    columns = (blocks.length / length).round().clamp(min=1)
    rows = (blocks.width / width).round().clamp(min=1)
    lot_length, lot_width = blocks.length / columns, blocks.width / rows
    column = (blocks.along / lot_length).floor()
    row = (blocks.across / lot_width).floor()
    return Lots(
        number=blocks.number * 641 + column.long() * 67 + row.long(),
        along=blocks.along - (column + 0.5) * lot_length,
        across=blocks.across - (row + 0.5) * lot_width,
        length=lot_length,
        width=lot_width,
    )


def build_houses(canvas: Canvas, where: Tensor, blocks: Parcels) -> None:
    """Build houses with gardens of one to three floors."""
    if canvas.spacing_m > 12 / SEEN:
        return
    generator, draw = canvas.generator, canvas.draw
    plot = draw.uniform(14, 30) * (0.8 + 0.5 * fates(generator, blocks.number))
    lots = divide(blocks, length=plot, width=plot * draw.uniform(1.0, 1.6))
    fate, other = fates(generator, lots.number), fates(generator, lots.number + 29)
    length, width = (8 + 7 * fate).minimum(0.8 * lots.length), (8 + 4 * other).minimum(0.7 * lots.width)
    off_along, off_across = (lots.length - length) * (other - 0.5) * 0.7, (lots.width - width) * (fate - 0.5) * 0.7
    house = ((lots.along - off_along).abs() < length / 2) & ((lots.across - off_across).abs() < width / 2)
    house &= where & (fate > 0.06) & (torch.minimum(length, width) >= SEEN * canvas.spacing_m)
    if canvas.spacing_m <= 6:
        _plant_gardens(canvas, where, lots)
    _raise(canvas, house, lots.number, 3 + 2.8 * (1 + (2 * other).floor()) + fate, label=27 if canvas.is_fine else 12)


def _plant_gardens(canvas: Canvas, where: Tensor, lots: Lots) -> None:
    label = 33 if canvas.is_fine else 12
    paint(canvas, where, GARDEN, label=label)
    leafy = fractal(canvas.generator, canvas.side, slope=1.2, outer=max(3.0, 12 / canvas.spacing_m))
    side = torch.minimum(lots.length / 2 - lots.along.abs(), lots.width / 2 - lots.across.abs())
    paint(canvas, where & ((leafy > 1.3) | ((side < 1.2) & (leafy > 0))), HEDGE, label=label)


def build_perimeters(canvas: Canvas, where: Tensor, blocks: Parcels) -> None:
    """Build rows of houses around courtyards, and towers on some blocks."""
    generator, draw = canvas.generator, canvas.draw
    front = 16 + 14 * fates(generator, blocks.number)
    lots = divide(blocks, length=front, width=front)
    depth = draw.uniform(9, 13) + 5 * fates(generator, blocks.number + 1)
    floors = draw.uniform(3, 7) + 3 * fates(generator, lots.number)
    solid = fates(generator, blocks.number + 2) < 0.25
    tall = fates(generator, blocks.number + 4) < draw.choice((0.05, 0.15, 0.4))
    roof = where & ~tall & ((blocks.edge < depth) | (solid & (fates(generator, lots.number + 3) < 0.85)))
    roof &= depth >= SEEN * canvas.spacing_m
    if canvas.spacing_m <= 6:
        green = fates(generator, blocks.number + 6) < 0.4
        label = 30 if canvas.is_fine else 11
        paint(canvas, where & ~roof, YARD, label=label)
        paint(canvas, where & ~roof & green, GARDEN, label=33 if canvas.is_fine else 11)
    _raise(canvas, roof, lots.number, 3.1 * floors, label=26 if canvas.is_fine else 11)
    plots = divide(blocks, length=45 + 0 * front, width=45 + 0 * front)
    half = 9 + 8 * fates(generator, plots.number)
    tower = where & tall & (torch.maximum(plots.along.abs(), plots.across.abs() * 1.3) < half)
    tower &= 2 * half / 1.3 >= SEEN * canvas.spacing_m
    height = 20 + draw.uniform(10, 130) * fates(generator, plots.number + 1)
    _raise(canvas, tower, plots.number, height, label=26 if canvas.is_fine else 11)


def build_halls(canvas: Canvas, where: Tensor, blocks: Parcels) -> None:
    """Build halls of 30 to 150 m on concrete yards, tanks on some blocks."""
    generator, draw = canvas.generator, canvas.draw
    size = draw.uniform(40, 110) * (0.6 + 0.9 * fates(generator, blocks.number))
    lots = divide(blocks, length=size * 1.4, width=size)
    setback = 5 + 12 * fates(generator, lots.number)
    stored = fates(generator, blocks.number + 1) < 0.12
    tanked = ~stored & (fates(generator, blocks.number + 1) < 0.27)
    hall = where & ~stored & ~tanked & (fates(generator, lots.number + 1) < 0.85)
    side = torch.minimum(lots.length / 2 - lots.along.abs(), lots.width / 2 - lots.across.abs())
    hall &= (side > setback) & (lots.width - 2 * setback >= SEEN * canvas.spacing_m)
    fine = canvas.is_fine
    if canvas.spacing_m <= 15:
        paint(canvas, where, YARD, label=32 if fine else 14)
    _raise(canvas, hall, lots.number, 6 + 14 * fates(generator, lots.number + 2), label=28 if fine else 14)
    plots = divide(blocks, length=35 + 30 * fates(generator, blocks.number + 3), width=35 + 0 * size)
    radius = 0.4 * torch.minimum(plots.length, plots.width) * (0.6 + 0.4 * fates(generator, plots.number))
    tank = where & tanked & (torch.hypot(plots.along, plots.across) < radius) & (2 * radius >= SEEN * canvas.spacing_m)
    _raise(canvas, tank, plots.number, 8 + 12 * fates(generator, blocks.number + 4), label=28 if fine else 14)
    canvas.surface.masked_fill_(tank, TANK)
    rows = where & stored & (blocks.across % 18 < 12) & (blocks.along % 60 < 52) & (SEEN * canvas.spacing_m <= 12)
    paint(canvas, rows, TANK, label=32 if fine else 14)


def lay_park(canvas: Canvas, where: Tensor) -> None:
    """Grow groups of trees on lawns."""
    grove = fractal(canvas.generator, canvas.side, slope=1.6, outer=max(6.0, 120 / canvas.spacing_m)) > 0.2
    paint(canvas, where & grove, BROADLEAVES, label=6)


def ruin(canvas: Canvas, where: Tensor, blocks: Parcels) -> None:
    """Leave rubble where houses stood, and some walls."""
    generator = canvas.generator
    lots = divide(blocks, length=20 + 15 * fates(generator, blocks.number), width=18 + 0 * blocks.edge)
    rubble = fractal(generator, canvas.side, slope=1.2, outer=max(4.0, 25 / canvas.spacing_m))
    paint(canvas, where & (rubble > -0.6), DEBRIS, label=15)
    ragged = torch.maximum(lots.along.abs() / lots.length, lots.across.abs() / lots.width) + 0.1 * rubble < 0.36
    standing = where & ragged & (fates(generator, lots.number) < 0.35) & (canvas.spacing_m * SEEN <= 12)
    height = (3 + 9 * fates(generator, lots.number + 1)) * (1 + 0.4 * rubble).clamp(0.2, 1.5)
    _raise(canvas, standing, lots.number, height, label=29 if canvas.is_fine else 15)


def _raise(canvas: Canvas, where: Tensor, lot: Tensor, height: Tensor, *, label: int) -> None:
    """Put roofs of a height [m] where a building stands, one parcel each."""
    paint(canvas, where, ROOF, label=label)
    number(canvas, where, lot)
    put(canvas.building, where, height)
