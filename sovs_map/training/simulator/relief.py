"""Heights of the ground, and the rivers that carve them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.training.simulator.biome import Biome, Shore
from sovs_map.training.simulator.canvas import Canvas, among
from sovs_map.training.simulator.noise import fractal, level_below
from sovs_map.training.simulator.paths import crossing, follow


@dataclass(frozen=True, slots=True, eq=False)
class Drainage:
    """Where water gathers; all ``(rows, cols)``."""

    height: Tensor
    """Of the ground, mean 0 and deviation 1."""

    from_river: Tensor
    """Distance from the nearest river's bank, float32 [m]; negative inside, large where there is no river."""

    is_river: Tensor
    """Running water, bool."""

    is_bar: Tensor
    """Banks of sand or gravel between the channels, bool."""

    above_sea: Tensor
    """Height above the sea, in deviations of the relief; infinite without a sea."""


ROCK = 20
"""Its surface."""

CRAGS = (0.15, 0.5)
"""Range of the mean slope of bare rock, over that of the hills. An engineering assumption."""

NO_RIVER_M = 1e6
"""Distance from the nearest river of a landscape without one [m]."""


def shape_relief(canvas: Canvas, biome: Biome) -> Drainage:
    """Fill in the canvas's terrain and return where its waters are; valleys have level floors along their rivers."""
    draw, extent = canvas.draw, canvas.extent_m
    height = _raise_hills(canvas)
    if biome.shore is not Shore.NONE:
        angle = draw.uniform(0, 2 * math.pi)
        ramp = ((canvas.down - extent / 2) * math.sin(angle) + (canvas.right - extent / 2) * math.cos(angle)) / extent
        height = height + draw.uniform(2.0, 5.0) * ramp
        height = (height - height.mean()) / height.std()
    from_river, is_river, is_bar = _run_rivers(canvas, biome)
    valley = draw.uniform(0.08, 0.2) * extent
    height = height - draw.uniform(0.5, 1.2) * (-(from_river.clamp(min=0) / valley).square()).exp()
    above_sea = torch.full_like(height, torch.inf)
    if biome.shore is not Shore.NONE:
        jagged = height + 0.04 * fractal(canvas.generator, canvas.side, slope=1.8, outer=60.0)
        above_sea = jagged - level_below(jagged, draw.uniform(0.15, 0.5))
    steepness = math.exp(draw.uniform(*(math.log(bound) for bound in biome.steepness)))
    scale = steepness / _mean_slope(height, canvas.spacing_m)
    canvas.terrain.copy_((height if biome.shore is Shore.NONE else above_sea.clamp(min=0)) * scale)
    return Drainage(height, from_river, is_river, is_bar, above_sea)


def raise_crags(canvas: Canvas) -> None:
    """Roughen the terrain where rock lies bare: it does where the ground is too steep to keep any soil."""
    rock = among(canvas.surface, (ROCK,)).float()
    if not bool(rock.any()):
        return
    reach = 2 * round(canvas.draw.uniform(2, 6)) + 1
    inside = F.avg_pool2d(rock[None, None], reach, 1, reach // 2)[0, 0]
    ridges = fractal(canvas.generator, canvas.side, slope=2.4, outer=canvas.draw.uniform(15, 60)).abs()
    steepness = canvas.draw.uniform(*CRAGS)
    canvas.terrain.add_(inside * ridges * (steepness / _mean_slope(ridges, canvas.spacing_m)))


def _raise_hills(canvas: Canvas) -> Tensor:
    """Return even slopes that meet in narrow valleys, mean 0 and deviation 1."""
    draw, generator = canvas.draw, canvas.generator
    outer = draw.uniform(0.3, 1.0) * canvas.side
    height = fractal(generator, canvas.side, slope=draw.uniform(2.8, 3.3), outer=outer)
    spurs = fractal(generator, canvas.side, slope=draw.uniform(2.7, 3.1), outer=draw.uniform(0.12, 0.3) * canvas.side)
    height = height + draw.uniform(0.2, 0.6) * spurs.abs()
    return (height - height.mean()) / height.std()


def _mean_slope(height: Tensor, spacing_m: float) -> Tensor:
    """Return the mean slope from pixel to pixel, in heights per metre."""
    down, right = torch.gradient(height, spacing=spacing_m)
    return torch.hypot(down, right).mean()


def _run_rivers(canvas: Canvas, biome: Biome) -> tuple[Tensor, Tensor, Tensor]:
    """Return the distance from the nearest bank [m], the channels and the bars between them."""
    draw = canvas.draw
    nearest = torch.full_like(canvas.down, NO_RIVER_M)
    is_bar = torch.zeros_like(canvas.label, dtype=torch.bool)
    is_river = is_bar.clone()
    for _ in range(draw.randint(*biome.rivers)):
        width = math.exp(draw.uniform(*(math.log(bound) for bound in biome.river_m)))
        width = min(max(width, 1.5 * canvas.spacing_m), 0.25 * canvas.extent_m)
        course = crossing(
            canvas.generator, canvas.extent_m, sway=draw.uniform(0.02, 0.09), bend=draw.uniform(0.1, 0.4), slope=2.6
        )
        path = follow(canvas.generator, canvas.bent_down, canvas.bent_right, course=course)
        widening = 1 + 0.5 * (path.run - 0.5) * draw.choice((-1, 1))
        from_bank = path.distance - width / 2 * widening
        nearest = torch.minimum(nearest, from_bank)
        inside = from_bank < 0
        if biome.braided and width > 6 * canvas.spacing_m:
            islands = fractal(canvas.generator, canvas.side, slope=2.2, outer=1.5 * width / canvas.spacing_m) > 0.3
            is_bar = is_bar | (inside & islands)
        is_river = is_river | inside
    return nearest, is_river & ~is_bar, is_bar
