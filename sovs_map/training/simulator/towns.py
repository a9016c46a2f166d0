"""Settlements: blocks between streets, each a district's; what stands in a block is in `blocks`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.blocks import build_halls, build_houses, build_perimeters, lay_park, ruin
from sovs_map.training.simulator.canvas import STREET, Canvas, among, number, paint, paint_kinds, put, window
from sovs_map.training.simulator.noise import TORUS, cells, fates, smooth
from sovs_map.training.simulator.parcels import ESTATE_BITS, Cutting, Parcels, at_centres, cut
from sovs_map.training.simulator.roads import Town

CITY_M = 700.0
"""Settlements of a larger radius have a dense core [m]."""

STREET_LABELS = ((11, 30), (12, 31), (14, 32), (15, 30))
"""Districts, and what a fine map calls their streets, see `LABEL_SETS`."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What the blocks of a settlement are used for."""

    core: float
    """Share of the radius around the middle that is dense."""

    industry: float
    """Chance of a quarter."""

    paved: float
    """Chance of a block: car parks, container yards, squares."""

    green: float
    """Chance of a block."""

    building_sites: float
    """Chance of a block in the outskirts."""

    ruins: float
    """Share of a damaged quarter; 0 in peace."""


def build_town(whole: Canvas, town: Town, *, from_railway: Tensor) -> None:
    """Build a settlement, but not on water.

    Args:
        whole: what to build it on.
        town: where.
        from_railway: distance from the nearest railway, float32, as large as the canvas [m].
    """
    canvas = window(whole, down=town.down, right=town.right, radius=1.5 * town.radius)
    draw = canvas.draw
    mix = Mix(
        core=draw.uniform(0.3, 0.65) if town.radius > CITY_M else 0.0,
        industry=draw.uniform(0.05, 0.35),
        paved=draw.uniform(0.02, 0.14),
        green=draw.uniform(0.02, 0.12),
        building_sites=draw.uniform(0.0, 0.25),
        ruins=draw.choice((0, 0, 0, 0, 0.35, 0.65)),
    )
    blocks = _cut_blocks(canvas)
    wobble = 0.25 * smooth(canvas.generator, canvas.side, slope=1.8, outer=0.3 * canvas.side)
    depth = 1 - torch.hypot(canvas.bent_down - town.down, canvas.bent_right - town.right) / town.radius + wobble
    depth = at_centres(canvas, depth, blocks)
    built = (depth > 0) & ~among(canvas.surface, (1, 16))
    railway = at_centres(canvas, from_railway[canvas.top :, canvas.left :][: canvas.side, : canvas.side], blocks) < 250
    district = _zone(canvas, blocks, mix, depth, railway)
    paint_kinds(canvas, built, district)
    number(canvas, built, blocks.number)
    put(canvas.facing, built, blocks.angle)
    inside = built & (blocks.edge >= 0)
    build_houses(canvas, inside & (district == 12), blocks)
    if mix.core:
        build_perimeters(canvas, inside & (district == 11), blocks)
    build_halls(canvas, inside & (district == 14), blocks)
    lay_park(canvas, built & (district == 9))
    if mix.ruins:
        ruin(canvas, inside & (district == 15), blocks)
    _pave_streets(canvas, built & (blocks.edge < 0), district)


def _cut_blocks(canvas: Canvas) -> Parcels:
    draw, generator = canvas.draw, canvas.generator
    organic = draw.random() < 0.4 and not canvas.is_fine  # houses have straight walls
    down, right = (canvas.bent_down, canvas.bent_right) if organic else (canvas.down, canvas.right)
    quarter = max(draw.uniform(350, 1500), 0.05 * canvas.extent_m)
    size = max(draw.uniform(55, 140), 2.5 * canvas.spacing_m)
    street, main = _street(canvas, draw.uniform(7, 14)), _street(canvas, draw.uniform(15, 30))
    estates = cells(generator, down, right, size=quarter)
    turned = draw.uniform(0, math.pi) + draw.choice((0.1, 1.2)) * (
        torch.rand(TORUS * TORUS, generator=generator, device=generator.device) - 0.5
    )
    cutting = Cutting(size, 1.6 * quarter, draw.choice((1.0, 1.4, 2.0)), street, main, main_size_m=4 * size)
    return cut(generator, down, right, estates=estates, angles=turned, cutting=cutting)


def _street(canvas: Canvas, width: float) -> float:
    """Return the width that a street is drawn with: none if walls beside it fill its pixels too [m]."""
    return 0.0 if width < 1.5 * canvas.spacing_m else width


def _zone(canvas: Canvas, blocks: Parcels, mix: Mix, depth: Tensor, near_rails: Tensor) -> Tensor:
    """Return the leaf of each block, uint8 ``(rows, cols)``."""
    generator = canvas.generator
    fate = fates(generator, blocks.number)
    quarter = fates(generator, blocks.number >> ESTATE_BITS)
    district = torch.full_like(canvas.surface, 12)
    if mix.core:
        district.masked_fill_(depth > 1 - mix.core + 0.12 * (quarter - 0.5), 11)
    # Works gather in quarters of their own and along railways; single ones lie among the houses.
    industry = 0.02 + 0.85 * (quarter < mix.industry + 0.4 * near_rails)
    limits = (
        (industry, 14),
        (industry + mix.paved, 17),
        (industry + mix.paved + mix.green, 9),
    )
    lower = torch.zeros_like(fate)
    for limit, leaf in limits:
        district.masked_fill_((fate >= lower) & (fate < limit), leaf)
        lower = limit if isinstance(limit, Tensor) else torch.full_like(fate, limit)
    outskirts = (depth < 0.3) & (fates(generator, blocks.number + 11) < mix.building_sites)
    district.masked_fill_(outskirts, 22)
    if mix.ruins:
        struck = smooth(generator, canvas.side, slope=2.0, outer=0.3 * canvas.side)
        struck = at_centres(canvas, struck, blocks) + 0.3 * fates(generator, blocks.number + 3)
        hit = (struck > 1.55 - 2 * mix.ruins) & ((district == 11) | (district == 12) | (district == 14))
        district.masked_fill_(hit, 15)
    return district


def _pave_streets(canvas: Canvas, streets: Tensor, district: Tensor) -> None:
    """Make the gaps between blocks streets; a coarse map leaves them to their district."""
    for leaf, fine in STREET_LABELS:
        paint(canvas, streets & (district == leaf), STREET, label=fine if canvas.is_fine else leaf)
