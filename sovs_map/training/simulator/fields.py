"""Farmland: fields, meadows, orchards and paddies between hedges and tracks."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sovs_map.training.simulator.biome import Biome
from sovs_map.training.simulator.canvas import (
    BROADLEAVES,
    CONIFERS,
    DIKE,
    HEDGE,
    PADDY,
    PLOUGHED,
    ROOF,
    TALL_CROP,
    Canvas,
    among,
    number,
    paint,
    paint_kinds,
    put,
)
from sovs_map.training.simulator.noise import TORUS, cells, choices, fates, level_below, smooth
from sovs_map.training.simulator.parcels import ESTATE_BITS, Cutting, Parcels, at_centres, cut
from sovs_map.training.simulator.relief import Drainage

WOODLAND = (6, BROADLEAVES, CONIFERS)
"""Surfaces where parcels are felled in squares."""

ARABLE = (10, PLOUGHED, TALL_CROP, PADDY)
"""Crops that take turns on the fields of one estate."""


def lay_fields(canvas: Canvas, biome: Biome, drainage: Drainage) -> None:
    """Turn part of the country, the low and even part first, into fields."""
    draw, generator = canvas.draw, canvas.generator
    share = draw.uniform(*biome.farmed)
    if not biome.crops or share < 0.02:
        return
    suits = smooth(generator, canvas.side, slope=1.9, outer=0.5 * canvas.side) - 0.6 * drainage.height
    parcels = _cut_estates(canvas, reference=draw.uniform(900, 2600))
    # A field is farmed as a whole, so its border with the wild is one of its sides.
    suits = at_centres(canvas, suits, parcels) if draw.random() < 0.8 else suits
    farmed = suits > level_below(suits, 1 - share)
    paint_kinds(canvas, farmed, _sow(canvas, biome, parcels))
    number(canvas, farmed, parcels.number)
    put(canvas.facing, farmed, parcels.angle)
    if biome.pivots and draw.random() < 0.7:
        _water_circles(canvas, farmed, parcels)
    _plant_borders(canvas, farmed, parcels)
    _build_farms(canvas, farmed, parcels)


def _sow(canvas: Canvas, biome: Biome, parcels: Parcels) -> Tensor:
    """Return what grows on each parcel, uint8 ``(rows, cols)``: most parcels of an estate serve its main use."""
    generator = canvas.generator
    main = choices(generator, parcels.number >> ESTATE_BITS, among=biome.crops)
    any_crop = choices(generator, parcels.number, among=biome.crops)
    rotation = tuple(crop for crop in biome.crops if crop in ARABLE)
    main = torch.where(among(main, ARABLE), choices(generator, parcels.number + 5, among=rotation or ARABLE), main)
    loyal = fates(generator, parcels.number + 7) < canvas.draw.uniform(0.5, 0.95)
    return torch.where(loyal, main, any_crop)


def fell_squares(canvas: Canvas) -> None:
    """Clear some rectangles in the woods: bare, growing again, or planted."""
    if canvas.draw.random() > 0.35:
        return
    parcels = _cut_estates(canvas, reference=2000.0)
    felled = (fates(canvas.generator, parcels.number) < canvas.draw.uniform(0.03, 0.2)) & (parcels.edge > 0)
    felled &= among(canvas.surface, WOODLAND)
    paint_kinds(canvas, felled, choices(canvas.generator, parcels.number, among=(18, 7, 7, 9, CONIFERS)))
    number(canvas, felled, parcels.number)


def _cut_estates(canvas: Canvas, *, reference: float) -> Parcels:
    draw, generator = canvas.draw, canvas.generator
    reference = max(reference, 0.15 * canvas.extent_m)
    size = math.exp(draw.uniform(math.log(max(50.0, 8 * canvas.spacing_m)), math.log(500)))
    crooked = draw.random() < 0.4 and not canvas.is_fine
    down, right = (canvas.bent_down, canvas.bent_right) if crooked else (canvas.down, canvas.right)
    estates = cells(generator, down, right, size=reference)
    turned = draw.uniform(0, math.pi) + draw.choice((0.15, 1.0)) * (
        torch.rand(TORUS * TORUS, generator=generator, device=generator.device) - 0.5
    )
    stretch = draw.choice((1.0, 1.0, 1.6, 2.5, 6.0))
    cutting = Cutting(size, 1.6 * reference, stretch=stretch)
    return cut(generator, down, right, estates=estates, angles=turned, cutting=cutting)


def _water_circles(canvas: Canvas, farmed: Tensor, parcels: Parcels) -> None:
    """Put a circle of crop into each parcel that is wide enough, and leave its corners bare."""
    from_centre = torch.hypot(parcels.along - parcels.length / 2, parcels.across - parcels.width / 2)
    radius = torch.minimum(parcels.length, parcels.width) / 2
    wide = farmed & (radius > 8 * canvas.spacing_m) & (radius < 700)
    paint(canvas, wide & (from_centre > 0.97 * radius), 18, label=18)
    number(canvas, wide & (from_centre > 0.97 * radius), parcels.number + 1)


def _plant_borders(canvas: Canvas, farmed: Tensor, parcels: Parcels) -> None:
    """Draw hedges or tracks between parcels, where they are wide enough to be seen at all."""
    fate = fates(canvas.generator, parcels.number)
    width = 4 + 10 * fates(canvas.generator, parcels.number + 17)
    border = farmed & (parcels.edge < width / 2) & (width > 0.7 * canvas.spacing_m)
    hedged, tracked = canvas.draw.choice(((0.6, 0.75), (0.1, 0.4), (0.0, 0.15), (0.3, 0.5)))
    hedge, track = border & (fate < hedged), border & (fate >= hedged) & (fate < tracked)
    paint(canvas, hedge, HEDGE, label=0)
    canvas.label.masked_fill_(hedge & (width > 3 * canvas.spacing_m), 6)
    paint(canvas, track & (parcels.edge < width / 4), DIKE, label=0)


def _build_farms(canvas: Canvas, farmed: Tensor, parcels: Parcels) -> None:
    """Put a farm of two or three roofs into some corners of parcels, where roofs are at least two pixels wide."""
    if canvas.spacing_m >= 8:
        return
    generator = canvas.generator
    number_of = parcels.number
    has_farm = farmed & (fates(generator, number_of) < 0.12) & (parcels.edge > 5)
    length, depth = 15 + 30 * fates(generator, number_of), 10 + 8 * fates(generator, number_of)
    column = (parcels.along - 12) / (length + 8)
    row = (parcels.across - 12) / (depth + 8)
    inside = (column > 0) & (column < 2) & (row > 0) & (row < 2)
    roof = inside & (column % 1 < length / (length + 8)) & (row % 1 < depth / (depth + 8))
    roof &= has_farm & (depth >= 1.2 * canvas.spacing_m)
    paint(canvas, roof, ROOF, label=13)
    number(canvas, roof, number_of * 4 + column.clamp(0, 1.99).long() * 2 + row.clamp(0, 1.99).long())
    put(canvas.building, roof, 4 + 5 * fates(generator, canvas.parcel.long()))
