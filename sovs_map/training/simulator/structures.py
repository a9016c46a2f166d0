"""What stands upright: relief and buildings, seen from the side. The radar stands at the left here.

Geometry: Auer, Hinz and Bamler, Ray-tracing simulation techniques for understanding high-resolution SAR images, 2010,
doi:10.1109/TGRS.2009.2029339. Decay of corner reflections with the walls' direction: an engineering assumption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.speckle import gaussian, smoothed

STEEPEST = 0.12
"""Foreshortening is taken no further than to this share of the flat ground's range; steeper slopes lie over."""

SLOPE_M = 8.0
"""Slopes are those of the ground smoothed with a Gaussian of this deviation [m]. Our assumption."""

STEEP = 0.9
"""Tangent of the steepest slope that ground holds. Our assumption."""

FACADE_DB = -7.0
"""Co-polarised level of a facade's strip [dB]. Our assumption."""

CORNER_DB = (5.0, 12.0)
"""Range of the co-polarised level of walls that face the radar, at 1 m [dB]: 8 to 15 over a dense town's mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """How the shape of the ground changes what comes back."""

    gain: Tensor
    """Factor of power on slopes, float32 ``(n, rows, cols)``."""

    lies_over: Tensor
    """Whether a slope is steeper than the radar's view, bool ``(n, rows, cols)``."""

    shadow: Tensor
    """Whether ground is out of sight behind relief or a building, bool ``(n, rows, cols)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Houses:
    """Where the parts of buildings appear."""

    chip: Tensor
    """Which chips have buildings, int64 ``(k,)``; all else is for these."""

    stands: Tensor
    """Where a map shows a building, bool ``(k, rows, cols)``."""

    roof: Tensor
    """Column at which the roof over a pixel appears, int64 ``(k, rows, cols)``."""

    facade: Tensor
    """Share of a pixel's power that is a facade's, float32 ``(k, rows, cols)``."""

    corner: Tensor
    """Power of walls and the ground before them, float32 ``(k, rows, cols)``."""

    turned: Tensor
    """How far walls are turned from the radar, 0 to 1, float32 ``(k, rows, cols)``."""


def facing_gain(facing: Tensor) -> Tensor:
    """Return how well walls along ``facing`` or across it return to a radar that looks along the columns, 0 to 1."""
    quarter = math.pi / 2
    turned = torch.remainder(facing + quarter / 2, quarter) - quarter / 2
    return torch.exp(-((turned / math.radians(15)) ** 2))


def see_relief(terrain: Tensor, building: Tensor, level: Tensor, angle: Tensor, spacing_m: Tensor) -> Relief:
    """Return what slopes and shadows do.

    Args:
        terrain: height, shape ``(n, rows, cols)`` [m].
        building: height over the terrain, same shape [m].
        level: 1 where the surface lies level whatever its surroundings do, else 0, same shape.
        angle: of incidence, shape ``(n, 1, cols)`` [radians].
        spacing_m: shape ``(n,)`` [m].
    """
    # Heights differ from pixel to pixel by stones and bushes too, which are texture and not slope.
    terrain = smoothed(terrain, gaussian((SLOPE_M / spacing_m).clamp(0.0, 4.0), reach=8))
    cotangent = 1 / torch.tan(angle)
    rise = torch.empty_like(terrain)
    rise[..., 1:-1] = (terrain[..., 2:] - terrain[..., :-2]) / 2
    rise[..., 0], rise[..., -1] = rise[..., 1], rise[..., -2]
    tangent = STEEP * torch.tanh(rise / (STEEP * spacing_m[:, None, None])) * (1 - level)
    open_range = 1 - tangent * cotangent
    gain = 1 / open_range.clamp(STEEPEST, 4.0)
    place = torch.arange(terrain.shape[-1], device=terrain.device)
    ray = terrain + building + place * spacing_m[:, None, None] * cotangent
    highest = ray.cummax(dim=-1).values
    return Relief(gain, open_range < STEEPEST, ray < highest - 1e-3 * spacing_m[:, None, None] - 0.01)


def see_houses(
    building: Tensor, facing: Tensor, chance: Tensor, glints: Tensor, angle: Tensor, spacing_m: Tensor
) -> Houses:
    """Return where roofs, facades and corners of buildings appear.

    Args:
        building: height over the ground, shape ``(n, rows, cols)`` [m].
        facing: direction of the walls, same shape [radians].
        chance: of each building, uniform in [0, 1), same shape.
        glints: of each pixel of a facade, uniform in [0, 1), same shape.
        angle: of incidence, shape ``(n, 1, cols)`` [radians].
        spacing_m: shape ``(n,)`` [m].
    """
    chip = (building.amax(dim=(1, 2)) > 0).nonzero()[:, 0]
    height, walls, chance = building[chip], facing[chip], chance[chip]
    pixels = 1 / (torch.tan(angle[chip]) * spacing_m[chip, None, None])
    place = torch.arange(height.shape[-1], device=height.device)
    roof = place - (height * pixels).round().long()
    step = (height - torch.cat([torch.zeros_like(height[..., :1]), height[..., :-1]], dim=-1)).clamp_min(0)
    step = torch.where(step > 1, step, 0.0)
    reach = step * pixels
    begin = (place - reach.ceil().long()).clamp_min(0)
    share = torch.where(step > 0, reach / reach.ceil().clamp_min(1), 0.0)
    strip = -share
    strip = strip.scatter_add(-1, begin, share)
    faces = facing_gain(walls)
    # Windows and balconies are small corners: strong and rare.
    glints = torch.log(glints[chip].clamp_min(1e-6)) ** 2 / 2
    facade = strip.cumsum(-1).clamp(0, 3) * glints * (0.3 + 0.7 * faces)
    low, high = CORNER_DB
    strength = 10 ** ((low + (high - low) * chance) / 10) * faces.clamp_min(0.02)
    corner = (
        strength * torch.where(step > 0, (step / 6).clamp(0.4, 2.0), 0.0) / spacing_m[chip, None, None].clamp_min(0.7)
    )
    return Houses(chip, height > 0, roof, facade, corner, 1 - faces)


def raise_houses(
    power: Tensor, houses: Houses, pair: Tensor, *, shadow: Tensor, across: Tensor, gain: Tensor
) -> Tensor:
    """Return power with buildings standing up.

    Args:
        power: of ground and roofs at their place on a map, shape ``(k, rows, cols)``.
        houses: what appears where.
        pair: row of ``houses`` for each of the ``k`` fields, int64 ``(k,)``.
        shadow: ground out of sight, bool ``(k, rows, cols)``.
        across: whether the channel is cross-polarised, bool ``(k,)``.
        gain: factor of built-up land on that day, shape ``(k,)``.
    """
    stands, roof = houses.stands[pair], houses.roof[pair]
    inside = stands & (roof >= 0)
    seen = torch.where(stands | shadow, 0.0, power)
    seen = seen.scatter_add(-1, roof.clamp_min(0), torch.where(inside, power, 0.0))
    turned = houses.turned[pair]
    crossed = 10 ** (-1.1 + 0.5 * turned)
    loss = torch.where(across[:, None, None], crossed, 1.0) * gain[:, None, None]
    return seen + (houses.facade[pair] * 10 ** (FACADE_DB / 10) + houses.corner[pair]) * loss
