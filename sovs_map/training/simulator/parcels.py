"""Recursive cuts of the plane into rectangles: fields, blocks between streets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.canvas import Canvas
from sovs_map.training.simulator.noise import Cells, pick

ESTATE_BITS = 18
"""Most cuts of an estate, one upon the other: parcels are numbered by the halves that they lie in."""


@dataclass(frozen=True, slots=True, eq=False)
class Parcels:
    """Rectangles that lie along the axes of their estate; all ``(rows, cols)``."""

    number: Tensor
    """Of the parcel, int64; differs between estates."""

    angle: Tensor
    """Direction of its sides, float32 [radians from the column axis]."""

    along: Tensor
    """Distance from its first short side along `angle`, float32 [m]; negative in the gap before it."""

    across: Tensor
    """Distance from its first long side, float32 [m]."""

    length: Tensor
    """Its extent along `angle`, float32 [m], gaps not included."""

    width: Tensor
    """Its extent across, float32 [m], gaps not included."""

    edge: Tensor
    """Distance inwards from its nearest side, float32 [m]; negative in the gaps between parcels."""

    centre_down: Tensor
    """Row coordinate of its centre, float32 [m], as bent as the plane that was cut."""

    centre_right: Tensor
    """Column coordinate of its centre, float32 [m]."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """How the plane is cut."""

    size_m: float
    """Shortest side that is still cut, times 0.8 to 1.6 [m]."""

    reach_m: float
    """Half of the square around an estate's seed that is cut [m]."""

    stretch: float = 1.0
    """How much longer than wide parcels are."""

    gap_m: float = 0.0
    """Width of the gaps between parcels [m]."""

    main_gap_m: float = 0.0
    """Width of the gaps that the first cuts leave [m]."""

    main_size_m: float = math.inf
    """Cuts through rectangles longer than this leave main gaps [m]."""


def cut(
    generator: torch.Generator, down: Tensor, right: Tensor, *, estates: Cells, angles: Tensor, cutting: Cutting
) -> Parcels:
    """Cut estates into rectangles, at 35 to 65 % of the longer side until they are small enough.

    Args:
        generator: where the randomness comes from.
        down: row coordinate that the estates were made of, float32 ``(rows, cols)`` [m].
        right: column coordinate, likewise.
        estates: what each has a direction of its own.
        angles: direction by estate's number, float32 ``(TORUS * TORUS,)`` [radians from the column axis].
        cutting: how.
    """
    angle = pick(angles, estates.number)
    cos, sin = angle.cos(), angle.sin()
    along = estates.right * cos + estates.down * sin
    across = estates.down * cos - estates.right * sin
    node = torch.zeros_like(estates.number, dtype=torch.int32)
    low = torch.full((1, 2), -cutting.reach_m, device=along.device)
    high = -low
    inner_low, inner_high = low, high
    levels = math.ceil(2 * math.log2(2 * cutting.reach_m / cutting.size_m) + abs(math.log2(cutting.stretch)) + 1)
    for _ in range(min(levels, ESTATE_BITS)):
        low, high, inner_low, inner_high, at = _halve(generator, low, high, inner_low, inner_high, cutting)
        node = 2 * node + ((along > pick(at[:, 0], node)) | (across > pick(at[:, 1], node)))
    along_low, across_low = along - pick(inner_low[:, 0], node), across - pick(inner_low[:, 1], node)
    along_high, across_high = pick(inner_high[:, 0], node) - along, pick(inner_high[:, 1], node) - across
    edge = torch.minimum(torch.minimum(along_low, along_high), torch.minimum(across_low, across_high))
    to_along, to_across = (along_high - along_low) / 2, (across_high - across_low) / 2
    return Parcels(
        number=node + (estates.number << ESTATE_BITS),
        angle=angle,
        along=along_low,
        across=across_low,
        length=along_low + along_high,
        width=across_low + across_high,
        edge=edge,
        centre_down=down + to_along * sin + to_across * cos,
        centre_right=right + to_along * cos - to_across * sin,
    )


def _halve(
    generator: torch.Generator, low: Tensor, high: Tensor, inner_low: Tensor, inner_high: Tensor, cutting: Cutting
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return both halves of each rectangle ``(2 n, 2)``, and the place of the cut on both axes ``(n, 2)``."""
    device = low.device
    extent = high - low
    axis = extent[:, 1] * cutting.stretch > extent[:, 0]
    longest = torch.where(axis, extent[:, 1] * cutting.stretch, extent[:, 0])
    draws = torch.rand((2, len(low)), generator=generator, device=device)
    whole = longest < cutting.size_m * cutting.stretch * (0.8 + 0.8 * draws[0]) * 1.4
    column = axis.long()[:, None]
    start, length = low.gather(1, column)[:, 0], extent.gather(1, column)[:, 0]
    at = torch.where(whole, torch.inf, start + length * (0.35 + 0.3 * draws[1]))
    gap = torch.where(longest > cutting.main_size_m, cutting.main_gap_m, cutting.gap_m) / 2
    place = torch.where(whole, high.gather(1, column)[:, 0], at)[:, None]
    before, after = high.scatter(1, column, place), low.scatter(1, column, place)
    kept = torch.where(whole, inner_high.gather(1, column)[:, 0], at - gap)[:, None]
    inner_before = inner_high.scatter(1, column, kept)
    inner_after = inner_low.scatter(1, column, place + gap[:, None])
    return (
        torch.stack([low, after], 1).flatten(0, 1),
        torch.stack([before, high], 1).flatten(0, 1),
        torch.stack([inner_low, inner_after], 1).flatten(0, 1),
        torch.stack([inner_before, inner_high], 1).flatten(0, 1),
        torch.full_like(low, torch.inf).scatter(1, column, at[:, None]),
    )


def at_centres(canvas: Canvas, field: Tensor, parcels: Parcels) -> Tensor:
    """Return the values of ``field`` ``(side, side)`` at the centres of the parcels that its pixels lie in."""
    row = (parcels.centre_down / canvas.spacing_m).round().int() - canvas.top
    col = (parcels.centre_right / canvas.spacing_m).round().int() - canvas.left
    last = canvas.side - 1
    return pick(field.flatten(), row.clamp(0, last) * canvas.side + col.clamp(0, last))
