"""Settlements' places, and the roads and railways between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from sovs_map.training.simulator.biome import Biome
from sovs_map.training.simulator.canvas import Canvas, number, paint
from sovs_map.training.simulator.paths import Course, Path, crossing, follow

COUNTRY_ROAD_M, MAIN_ROAD_M, MOTORWAY_M, RAILWAY_M = (6.0, 10.0), (14.0, 24.0), (24.0, 40.0), (10.0, 25.0)
"""Narrowest and widest carriageways with their verges [m]. Engineering assumptions."""

STRAIGHT_M = 4000.0
"""Roads sway less over shorter distances [m]."""

WIDEST_SPAN = 41
"""Side of the surroundings that tell open water from a river [pixels]; odd."""


@dataclass(frozen=True, slots=True)
class Town:
    """Where people live."""

    down: float
    """Row of its middle [m]."""

    right: float
    """Column of its middle [m]."""

    radius: float
    """From its middle to its last houses [m]."""


def found_towns(canvas: Canvas, biome: Biome, wet: Tensor) -> tuple[Town, ...]:
    """Return settlements, the most on dry ground, sized by a power law."""
    draw = canvas.draw
    expected = biome.towns * max(0.6, min(3.0, canvas.extent_m**2 / 4e7))
    count = min(12, sum(draw.random() < expected / 12 for _ in range(12)))
    smallest, largest = biome.town_m
    towns: list[Town] = []
    for place in range(count):
        down, right = (draw.uniform(0.08, 0.92) * canvas.extent_m for _ in range(2))
        row, col = int(down / canvas.spacing_m), int(right / canvas.spacing_m)
        if bool(wet[row, col]) and draw.random() < 0.8:
            continue
        if any(math.hypot(down - town.down, right - town.right) < 0.8 * town.radius for town in towns):
            continue
        share = draw.random() ** 2 if place else draw.uniform(0.6, 1.0)
        radius = smallest * (largest / smallest) ** share
        towns.append(Town(down, right, max(radius, 14 * canvas.spacing_m)))
    return tuple(towns)


def build_roads(canvas: Canvas, towns: tuple[Town, ...], lakes: Tensor) -> Tensor:
    """Paint roads between the towns and through the landscape; return the distance from the nearest railway [m].

    Args:
        canvas: what to paint.
        towns: what the roads lead to.
        lakes: standing water, bool ``(rows, cols)``; bridges cross it where it is narrow, and rivers everywhere.
    """
    draw = canvas.draw
    land = ~_open_water(lakes)
    busy = bool(towns)
    room = max(0.4, min(1.0, canvas.extent_m / STRAIGHT_M))
    from_railway = torch.full_like(canvas.down, torch.inf)
    for bounds, sway, chance in (
        (MAIN_ROAD_M, 0.02, 1.0 if busy else 0.3),
        (MAIN_ROAD_M, 0.02, 0.4 * busy),
        (COUNTRY_ROAD_M, 0.03, 1.0 if busy else 0.5),
        (COUNTRY_ROAD_M, 0.03, 0.7 * busy),
        (MOTORWAY_M, 0.015, 0.9 * busy),
        (MOTORWAY_M, 0.015, 0.5 * busy),
    ):
        if draw.random() < chance * room:
            _pave(canvas, land, _crossing(canvas, sway=sway), width=draw.uniform(*bounds))
    for town, other in pairwise(towns):
        bounds = draw.choice((COUNTRY_ROAD_M, COUNTRY_ROAD_M, MAIN_ROAD_M))
        _pave(canvas, land, _between(canvas, town, other), width=draw.uniform(*bounds))
    if draw.random() < 0.65 * busy * room:
        railway = _crossing(canvas, sway=0.01)
        _pave(canvas, land, railway, width=draw.uniform(*RAILWAY_M))
        from_railway = railway.distance
    return from_railway


def _crossing(canvas: Canvas, *, sway: float) -> Path:
    sway *= min(1.0, canvas.extent_m / STRAIGHT_M)
    course = crossing(canvas.generator, canvas.extent_m, sway=sway, bend=0.25, slope=2.8)
    return follow(canvas.generator, canvas.down, canvas.right, course=course)


def _between(canvas: Canvas, town: Town, other: Town) -> Path:
    course = Course(town.down, town.right, other.down, other.right, 0.04, 0.3, 2.6)
    return follow(canvas.generator, canvas.down, canvas.right, course=course)


def _open_water(lakes: Tensor) -> Tensor:
    """Return where three quarters of the surroundings are water, bool: no bridge is that long."""
    share = lakes[None, None].float()
    share = F.avg_pool2d(share, (WIDEST_SPAN, 1), 1, (WIDEST_SPAN // 2, 0), count_include_pad=False)
    share = F.avg_pool2d(share, (1, WIDEST_SPAN), 1, (0, WIDEST_SPAN // 2), count_include_pad=False)
    return share[0, 0] > 0.75


def _pave(canvas: Canvas, land: Tensor, path: Path, *, width: float) -> None:
    """Paint a road if it is wide enough to be seen; a map tells it only if it is at least a pixel wide."""
    if width < 0.7 * canvas.spacing_m:
        return
    road = land & (path.distance < max(width, 1.05 * canvas.spacing_m) / 2)
    paint(canvas, road, 16, label=16 if width >= canvas.spacing_m else 0)
    number(canvas, road, torch.full_like(canvas.parcel, math.floor(width * 10), dtype=torch.int64))
