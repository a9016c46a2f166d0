"""Lines that wander over the plane: rivers, roads, railways."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.noise import pick, wander

STEPS = 512
"""Points of a path."""

STEEPEST = 0.7
"""Mean slope of a path against its straight line, at most: a steeper one would tear where it is bent further."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a path leads, in metres from the landscape's upper left corner."""

    down: float
    """Row where it starts [m]."""

    right: float
    """Column where it starts [m]."""

    to_down: float
    """Row where it ends [m]."""

    to_right: float
    """Column where it ends [m]."""

    sway: float
    """Deviation from the straight line, as a share of its length."""

    bend: float
    """Length of the longest bends, as a share of its length."""

    slope: float = 2.2
    """How smooth it is, see `fractal`."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A path, seen from each pixel; all float32 ``(rows, cols)``."""

    distance: Tensor
    """From the path's middle [m]; infinite beyond its ends."""

    run: Tensor
    """How far along the path, 0 at its start and 1 at its end."""


def follow(generator: torch.Generator, down: Tensor, right: Tensor, *, course: Course) -> Path:
    """Return a path that leaves the straight line between two places by a fractal, and meets both ends.

    Args:
        generator: where the randomness comes from.
        down: row coordinate, float32 ``(rows, cols)`` [m]; warp it for loops.
        right: column coordinate, likewise.
        course: where it leads.
    """
    ahead_down, ahead_right = course.to_down - course.down, course.to_right - course.right
    length = max(1.0, math.hypot(ahead_down, ahead_right))
    cos, sin = ahead_right / length, ahead_down / length
    along = (right - course.right) * cos + (down - course.down) * sin
    across = (down - course.down) * cos - (right - course.right) * sin
    ramp = torch.linspace(0, 1, STEPS, device=down.device)
    line = wander(generator, STEPS, slope=course.slope, outer=course.bend * STEPS)
    line = (line - line[0] - ramp * (line[-1] - line[0])) * (course.sway * length)
    steepness = torch.diff(line, append=line[-1:]) * (STEPS - 1) / length
    gentler = (STEEPEST / steepness.square().mean().sqrt()).clamp(max=1)
    line, steepness = line * gentler, steepness * gentler
    run = along / length
    place = run.clamp(0, 1) * (STEPS - 1)
    step = place.long().clamp(max=STEPS - 2)
    here = pick(line, step)
    off = across - here - (pick(line, step + 1) - here) * (place - step)
    distance = off.abs() * pick((1 + steepness**2).rsqrt(), step)
    return Path(distance.masked_fill_((run < 0) | (run > 1), torch.inf), run)


def crossing(generator: torch.Generator, extent: float, *, sway: float, bend: float, slope: float = 2.2) -> Course:
    """Return a course that crosses a landscape of ``extent`` [m] from one side to another, its ends outside."""
    turn, shift = torch.rand(2, generator=generator, device=generator.device).tolist()
    angle, off = turn * math.pi, (shift - 0.5) * 0.7 * extent
    middle_down, middle_right = extent / 2 + off * math.cos(angle), extent / 2 - off * math.sin(angle)
    half = 0.85 * extent
    return Course(
        middle_down - half * math.sin(angle),
        middle_right - half * math.cos(angle),
        middle_down + half * math.sin(angle),
        middle_right + half * math.cos(angle),
        sway,
        bend,
        slope,
    )
