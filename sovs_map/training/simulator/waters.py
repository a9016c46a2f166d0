"""Seas, lakes, rivers, canals and ponds, with what grows and lies on their shores."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sovs_map.training.simulator.biome import Biome, Shore
from sovs_map.training.simulator.canvas import (
    BROADLEAVES,
    EMERGENT,
    HEDGE,
    SEA_ICE,
    WET_MEADOW,
    Canvas,
    number,
    paint,
    paint_kinds,
)
from sovs_map.training.simulator.noise import cells, fates, fractal, level_below, smooth
from sovs_map.training.simulator.paths import crossing, follow
from sovs_map.training.simulator.relief import Drainage

MOUNTAINS = 0.3
"""Nobody digs canals where the ground may be steeper [m per m]."""

BANKS = (3, BROADLEAVES, WET_MEADOW, 19, 18, 7)
"""What lies along rivers."""


def fill_waters(canvas: Canvas, biome: Biome, drainage: Drainage) -> Tensor:
    """Paint every water and its shores; return where permanent water is, bool ``(rows, cols)``."""
    wet = torch.zeros_like(canvas.label, dtype=torch.bool)
    if canvas.draw.random() < biome.lakes:
        wet = wet | _fill_lakes(canvas, biome, drainage)
    wet = wet | _run_rivers(canvas, drainage)
    if biome.shore is not Shore.NONE:
        wet = wet | _fill_sea(canvas, biome, drainage)
    if biome.crops and biome.steepness[1] < MOUNTAINS and canvas.draw.random() < 0.35:
        wet = wet | _dig_canal(canvas)
    if canvas.draw.random() < 0.4:
        wet = wet | _dig_ponds(canvas)
    paint(canvas, wet, 1, label=1)
    number(canvas, wet, torch.zeros_like(canvas.parcel, dtype=torch.int64))
    if biome.shore is Shore.ICE:
        _freeze(canvas, wet & (drainage.above_sea < 0))
    return wet


def _fill_lakes(canvas: Canvas, biome: Biome, drainage: Drainage) -> Tensor:
    draw, generator = canvas.draw, canvas.generator
    basin = drainage.height + 0.6 * fractal(generator, canvas.side, slope=1.8, outer=draw.uniform(60, 250))
    level = level_below(basin, draw.uniform(0.01, 0.2))
    shore = basin - level
    width = draw.uniform(0.03, 0.2) * (1 + smooth(generator, canvas.side, slope=1.8, outer=80)).clamp(min=0)
    kind = 20 if biome.steepness[0] > 0.1 else draw.choice((3, 3, WET_MEADOW, 19, 18, 5, EMERGENT))
    paint(canvas, (shore > 0) & (shore < width), kind, label={EMERGENT: 3, WET_MEADOW: 9}.get(kind, kind))
    return shore < 0


def _run_rivers(canvas: Canvas, drainage: Drainage) -> Tensor:
    draw, generator = canvas.draw, canvas.generator
    breadth = draw.uniform(5, 60) * (0.4 + fractal(generator, canvas.side, slope=1.6, outer=60)).clamp(0, 2)
    bank = (drainage.from_river >= 0) & (drainage.from_river < breadth)
    kind = draw.choice(BANKS)
    paint(canvas, bank, kind, label={BROADLEAVES: 6, WET_MEADOW: 9}.get(kind, kind))
    bar = draw.choice((19, 19, 18, 7, 3, BROADLEAVES))
    paint(canvas, drainage.is_bar, bar, label={BROADLEAVES: 6}.get(bar, bar))
    return drainage.is_river


def _fill_sea(canvas: Canvas, biome: Biome, drainage: Drainage) -> Tensor:
    """Paint the coast that the biome has, and return the sea at low water."""
    draw, generator = canvas.draw, canvas.generator
    unevenness = (1 + 0.6 * smooth(generator, canvas.side, slope=2.2, outer=150)).clamp(0.1, 2.5)
    above = drainage.above_sea
    if biome.shore is Shore.MANGROVE:
        woods = draw.uniform(0.35, 1.0) * unevenness
        paint(canvas, above < woods, 4, label=4)
        paint(canvas, above < draw.uniform(0.06, 0.2) * unevenness, 5, label=5)
        return (above < 0) | _creeks(canvas, above, reach=woods)
    if biome.shore is Shore.MUD:
        tide, marsh = draw.uniform(0.3, 0.9) * unevenness, draw.uniform(0.1, 0.4) * unevenness
        paint(canvas, above < tide + marsh, 3, label=3)
        paint(canvas, above < tide, 5, label=5)
        return (above < 0) | _creeks(canvas, above, reach=tide + 0.5 * marsh)
    if biome.shore is Shore.ICE:
        return above < 0
    kind = 20 if biome.shore is Shore.CLIFF else 19
    paint(canvas, above < draw.uniform(0.03, 0.25) * (unevenness - 0.4), kind, label=kind)
    return above < 0


def _creeks(canvas: Canvas, above: Tensor, *, reach: Tensor) -> Tensor:
    """Return tidal channels, bool: zero lines of a fractal, wide at the sea and gone at ``reach`` above it."""
    draw, outer = canvas.draw, canvas.draw.uniform(40, 110)
    lines = fractal(canvas.generator, canvas.side, slope=2.8, outer=outer)
    down, right = torch.gradient(lines)
    distance = lines.abs() / torch.hypot(down, right).clamp(min=1e-3)
    width = draw.uniform(2.0, 6.0) * (1 - above / reach.clamp(min=1e-3))
    return distance < width


def _dig_canal(canvas: Canvas) -> Tensor:
    width = max(canvas.draw.uniform(12, 50), 1.5 * canvas.spacing_m)
    course = crossing(canvas.generator, canvas.extent_m, sway=0.004, bend=0.3, slope=2.6)
    path = follow(canvas.generator, canvas.down, canvas.right, course=course)
    reach = min(width * 0.8 + 8, 0.1 * canvas.extent_m)
    paint(canvas, path.distance < reach, 9, label=9)
    return path.distance < width / 2


def _dig_ponds(canvas: Canvas) -> Tensor:
    """Return fish ponds and reservoirs, bool: some cells of a small lattice, rounded at the corners."""
    draw, generator = canvas.draw, canvas.generator
    size = max(draw.uniform(60, 300), 8 * canvas.spacing_m)
    ponds = cells(generator, canvas.bent_down, canvas.bent_right, size=size)
    radius = size * (0.15 + 0.2 * fates(generator, ponds.number))
    chosen = fates(generator, ponds.number) < draw.uniform(0.005, 0.06)
    from_seed = torch.hypot(ponds.down, ponds.right)
    paint(canvas, chosen & (from_seed < 1.25 * radius) & (ponds.edge > 0), HEDGE, label=6)
    return chosen & (from_seed < radius) & (ponds.edge > 0)


def _freeze(canvas: Canvas, sea: Tensor) -> None:
    """Cover the sea with floes between leads of open water."""
    draw, generator = canvas.draw, canvas.generator
    size = math.exp(draw.uniform(math.log(12), math.log(80))) * canvas.spacing_m
    floes = cells(generator, canvas.bent_down, canvas.bent_right, size=size)
    openness = smooth(generator, canvas.side, slope=2.0, outer=0.5 * canvas.side)
    packed = (fates(generator, floes.number) < draw.uniform(0.6, 1.0) - 0.2 * openness) & (
        floes.edge > draw.uniform(0.0, 0.12) * size * (1 + openness).clamp(min=0)
    )
    paint_kinds(canvas, sea & packed, torch.full_like(canvas.surface, SEA_ICE))
    number(canvas, sea & packed, floes.number)
