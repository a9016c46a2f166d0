"""Big works outside the street grid: airports, quarries, harbours."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from sovs_map.training.simulator.biome import Biome, Shore
from sovs_map.training.simulator.canvas import ROOF, TANK, YARD, Canvas, number, paint, put
from sovs_map.training.simulator.noise import fates, smooth
from sovs_map.training.simulator.relief import Drainage

COAST = 32
"""Bays and capes smaller than this do not turn a harbour [pixels]."""


def build_works(canvas: Canvas, biome: Biome, drainage: Drainage, wet: Tensor) -> None:
    """Build what the biome's people need and has room."""
    draw = canvas.draw
    room = min(1.0, canvas.extent_m / 5000)
    if draw.random() < (0.1 + 0.08 * biome.towns) * room and biome.town_m[1] > 600:
        _build_airport(canvas, wet)
    if draw.random() < (0.35 if biome.towns > 0.3 else 0.1):
        for _ in range(draw.choice((1, 1, 2))):
            _dig_quarry(canvas, wet)
    if biome.name == "harbour" or (biome.shore in {Shore.BEACH, Shore.CLIFF, Shore.MUD} and draw.random() < 0.12):
        _build_harbour(canvas, drainage)


def _frame(canvas: Canvas, down: float, right: float, angle: float) -> tuple[Tensor, Tensor]:
    """Return distances along and across ``angle`` from a place, signed, float32 ``(rows, cols)`` [m]."""
    off_down, off_right = canvas.down - down, canvas.right - right
    cos, sin = math.cos(angle), math.sin(angle)
    return off_right * cos + off_down * sin, off_down * cos - off_right * sin


def _somewhere(canvas: Canvas) -> tuple[float, float]:
    return canvas.draw.uniform(0.1, 0.9) * canvas.extent_m, canvas.draw.uniform(0.1, 0.9) * canvas.extent_m


def _build_airport(canvas: Canvas, wet: Tensor) -> None:
    """Lay a runway, a taxiway and an apron on a meadow, and a terminal beside them."""
    draw = canvas.draw
    angle = draw.uniform(0, math.pi)
    along, across = _frame(canvas, *_somewhere(canvas), angle)
    half = draw.uniform(700, 1900)
    scale = half / 1500
    dry = ~wet
    field = dry & (along.abs() < half + 150) & (across.abs() < 420 * scale + 60)
    paint(canvas, field, 9, label=9)
    number(canvas, field, torch.zeros_like(canvas.parcel, dtype=torch.int64))
    runway = (along.abs() < half) & (across.abs() < draw.uniform(20, 35))
    taxiway = (along.abs() < half) & ((across - 180 * scale).abs() < draw.uniform(10, 18))
    links = (along.abs() < half) & (across > 0) & (across < 180 * scale) & ((along + half) % (half / 2) < 30)
    apron = ((along - half * draw.uniform(-0.4, 0.4)).abs() < draw.uniform(200, 700) * scale) & (
        (across - 290 * scale).abs() < 130 * scale
    )
    paved = dry & (runway | taxiway | links | apron)
    paint(canvas, paved, 17, label=17)
    number(canvas, paved, torch.ones_like(canvas.parcel, dtype=torch.int64))
    terminal = field & apron & (across > 370 * scale) & (along % 140 < 100)
    paint(canvas, terminal, ROOF, label=28 if canvas.is_fine else 14)
    number(canvas, terminal, (along / 140).floor().long() + 100)
    canvas.building.masked_fill_(terminal, draw.uniform(8, 20))
    canvas.facing.masked_fill_(field, angle)


def _dig_quarry(canvas: Canvas, wet: Tensor) -> None:
    """Dig a pit in steps of 8 to 15 m; some have a lake at their bottom."""
    draw = canvas.draw
    down, right = _somewhere(canvas)
    radius = math.exp(draw.uniform(math.log(120), math.log(900)))
    radius = min(max(radius, 12 * canvas.spacing_m), 0.2 * canvas.extent_m)
    along, across = _frame(canvas, down, right, draw.uniform(0, math.pi))
    wobble = smooth(canvas.generator, canvas.side, slope=1.8, outer=max(16.0, 1.5 * radius / canvas.spacing_m))
    depth = 1 - torch.hypot(along, across * draw.uniform(1.0, 1.8)) / radius + 0.15 * wobble
    pit = (depth > 0) & ~wet
    steps, step_m = draw.randint(3, 9), draw.uniform(8, 15)
    terrace = (depth * steps * 1.5).floor().clamp(0, steps)
    paint(canvas, pit, 22, label=22)
    number(canvas, pit, terrace.long())
    put(canvas.terrain, pit, canvas.terrain - step_m * terrace)
    if draw.random() < 0.3:
        lake = pit & (depth > 0.55)
        paint(canvas, lake, 1, label=1)
    heap = (torch.hypot(along - 1.4 * radius, across) < 0.4 * radius * (1 + 0.3 * wobble)) & ~wet
    paint(canvas, heap, 22, label=22)


def _build_harbour(canvas: Canvas, drainage: Drainage) -> None:
    """Build piers and basins side by side at the coast, with containers, sheds and tanks on the piers."""
    draw, generator = canvas.draw, canvas.generator
    coarse = F.avg_pool2d(drainage.above_sea[None, None], COAST, ceil_mode=True)[0, 0]
    tries = torch.randint(len(coarse), (2, 16), generator=generator, device=generator.device)
    best = int(coarse[tries[0], tries[1]].abs().argmin())
    row, col = tries[:, best].tolist()
    slope_down, slope_right = (float(slope[row, col]) for slope in torch.gradient(coarse))
    seaward = math.atan2(-slope_down, -slope_right)
    down, right = ((place + 0.5) * COAST * canvas.spacing_m for place in (row, col))
    along, across = _frame(canvas, down, right, seaward)
    reach, breadth = draw.uniform(350, 900), draw.uniform(300, 1400)
    reach, breadth = max(reach, 14 * canvas.spacing_m), max(breadth, 30 * canvas.spacing_m)
    pier, period = draw.uniform(90, 220), draw.uniform(250, 450)
    site = (across.abs() < breadth) & (along > -reach) & (along < reach)
    quay = site & ((along < -0.3 * reach) | ((across % period) < pier))
    basin = site & ~quay
    paint(canvas, basin, 1, label=1)
    number(canvas, basin, torch.zeros_like(canvas.parcel, dtype=torch.int64))
    paint(canvas, quay, YARD, label=32 if canvas.is_fine else 14)
    number(canvas, quay, (across / period).floor().long() + 4096)
    canvas.facing.masked_fill_(site, seaward)
    canvas.terrain.masked_fill_(quay, 3.0)
    _equip(canvas, quay, along, across / period, period=period, pier=pier)


def _equip(canvas: Canvas, quay: Tensor, along: Tensor, piers: Tensor, *, period: float, pier: float) -> None:
    """Put sheds, container stacks or a paved container yard on the quays, stretch by stretch."""
    from_edge, length = piers % 1 * period, canvas.draw.uniform(120, 280)
    stretch = (along / length).floor() + 32 * piers.floor()
    use = fates(canvas.generator, stretch.long())
    middle = quay & (from_edge > 22) & (from_edge < pier - 22) & (along % length < length - 20)
    shed = middle & (use < 0.4)
    paint(canvas, shed, ROOF, label=28 if canvas.is_fine else 14)
    number(canvas, shed, stretch.long() + 64)
    canvas.building.masked_fill_(shed, canvas.draw.uniform(8, 18))
    stacks = middle & (use >= 0.4) & (use < 0.7) & (from_edge % 18 < 13)
    if canvas.spacing_m <= 13:
        paint(canvas, stacks, TANK, label=32 if canvas.is_fine else 14)
    paint(canvas, middle & (use >= 0.7), 17, label=17)
