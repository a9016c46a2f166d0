"""What has an order of its own: rows, streets, waves, lines, patches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.training.simulator.landscape import FIRST_INVENTED, SLOTS, SURFACES, Landscape
from sovs_map.training.simulator.materials import BLOBS, LINES, PERIOD, POINTS
from sovs_map.training.simulator.structures import facing_gain

WATER, TIDAL_FLAT, ORCHARD = 1, 5, 8
DISTRICTS = (11, 12, 14)
"""Built-up surfaces that coarse images show as a whole."""

COARSE_M = 4.0
"""Images of this spacing and more show districts, not buildings [m]."""

EVEN, PATCHY = (1, 2, 10, 17, 19, 21, 32, 33, 34, 38), (3, 7, 15, 18, 20, 22, 30, 39, 40)
"""Waters, crops, pavement, sand and snow; wild plants, ruins, ground that nobody tends."""

STREET_M, STREET_GAIN = 14.0, 0.7
"""Width of a street between blocks [m], and its power over what stands between the streets."""

USUAL_FACING = 0.2953
"""Mean of `facing_gain` over all directions."""

NEPER = math.log(10) / 10
"""Natural logarithm of the power per dB."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What is added to the mean field, before the sensor."""

    log_gain: Tensor
    """Natural logarithm of a factor of power, float32 ``(n, rows, cols)``."""

    turned: Tensor
    """How much further than usual walls of a district are turned from the radar, -0.7 to 0.3 and 0 elsewhere, float32
    ``(n, rows, cols)``."""


def lookup(table: Tensor, index: Tensor) -> Tensor:
    """Return the entries of a table ``(m, SURFACES)`` for flat indices of any shape."""
    return table.flatten().index_select(0, index.flatten()).view(index.shape)


def slow_field(generator: torch.Generator, shape: torch.Size, *, cells: int) -> Tensor:
    """Return smooth noise of mean 0 and deviation about 1, with so many cells along a side."""
    count, rows, cols = shape
    grid = torch.randn((count, 1, cells, cells), generator=generator, device=generator.device)
    return 1.3 * F.interpolate(grid, size=(rows, cols), mode="bicubic", align_corners=True)[:, 0]


def lay_patterns(generator: torch.Generator, landscape: Landscape, index: Tensor) -> Pattern:
    """Return rows, streets, waves, lines and patches of landscapes.

    Args:
        generator: the source of chance.
        landscape: seen with the radar at the left.
        index: of each pixel in tables ``(n, SURFACES)``, int64 ``(n, rows, cols)``.
    """
    count, rows, cols = landscape.surface.shape
    device = landscape.surface.device
    down = torch.arange(rows, device=device, dtype=torch.float32)[:, None]
    right = torch.arange(cols, device=device, dtype=torch.float32)
    draw = torch.rand((count, 4), generator=generator, device=device)
    facing = landscape.facing + (landscape.facing == 0) * (math.pi * draw[:, 3, None, None])
    sine, cosine = torch.sin(facing), torch.cos(facing)
    along, across = right * cosine + down * sine, down * cosine - right * sine
    patches = slow_field(generator, landscape.surface.shape, cells=max(4, max(rows, cols) // 9))
    gain = patches * lookup(_patchiness(landscape), index)
    gain = gain + _rows(landscape, index, along, across, period_m=3 + 6 * draw[:, 0])
    gain = gain + _waves(generator, landscape, index, direction=math.pi * draw[:, 1], length=draw[:, 2])
    gain = gain + _lines(landscape, index, across)
    streets, turned = _districts(landscape, along, across, blocks=draw[:, 1:3])
    return Pattern(gain + streets, turned)


def scatter_points(generator: torch.Generator, landscape: Landscape) -> Tensor:
    """Return how many times brighter bright points of invented materials are, 0 where none is, ``(n, rows, cols)``."""
    surface = landscape.surface
    dense = landscape.materials[..., POINTS]
    if not bool((dense > 0).any()):
        return torch.zeros_like(landscape.terrain)
    share = _by_surface(dense)
    index = surface.long() + SURFACES * torch.arange(len(surface), device=surface.device)[:, None, None]
    drawn = torch.rand(surface.shape, generator=generator, device=surface.device)
    period = lookup(_by_surface(landscape.materials[..., PERIOD]).round(), index)
    right, down = (torch.arange(size, device=surface.device) for size in (surface.shape[2], surface.shape[1]))
    on_grid = (torch.remainder(right, period) < 1) & (torch.remainder(down[:, None], period) < 1)
    wanted = lookup(share, index)
    # A grid holds all points of a material: some of its places stay empty.
    likely = torch.where(period > 0, on_grid * (0.5 + 10 * wanted).clamp(0, 0.9) * (wanted > 0), wanted)
    return torch.where(drawn < likely, 15 + 45 * drawn / likely.clamp_min(1e-6), 0.0)


def _by_surface(values: Tensor) -> Tensor:
    table = torch.zeros(len(values), SURFACES, device=values.device)
    table[:, FIRST_INVENTED : FIRST_INVENTED + SLOTS] = values
    return table


def _patchiness(landscape: Landscape) -> Tensor:
    """Return the deviation of patches ``(n, SURFACES)`` [nepers]."""
    table = _by_surface(2.5 * (landscape.materials[..., BLOBS] > 0).float() + 0.2)
    table[:, :FIRST_INVENTED] = 0.5
    table[:, EVEN] = 0.2
    table[:, PATCHY] = 1.0
    return NEPER * table


def _rows(landscape: Landscape, index: Tensor, along: Tensor, across: Tensor, *, period_m: Tensor) -> Tensor:
    table = _by_surface(landscape.materials[..., PERIOD] * (landscape.materials[..., POINTS] == 0))
    table[:, ORCHARD] = period_m / landscape.spacing_m
    if not bool(((table >= 2) & (landscape.shares > 0)).any()):
        return torch.zeros_like(along)
    period = lookup(table, index)
    depth = ((period - 1.5) / 2).clamp(0, 1) * 0.8
    wave = torch.cos(2 * math.pi * across / period.clamp_min(1.0))
    return torch.log1p(depth * wave)


def _waves(
    generator: torch.Generator, landscape: Landscape, index: Tensor, *, direction: Tensor, length: Tensor
) -> Tensor:
    """Return wind streaks on water and ripples on tidal flats [nepers]."""
    table = torch.zeros(len(index), SURFACES, device=index.device)
    table[:, WATER], table[:, TIDAL_FLAT] = 0.5 * NEPER, 0.7 * NEPER
    wide = (120 + 300 * length) / landscape.spacing_m
    wide = wide.clamp(5, 200)[:, None, None]
    rows, cols = index.shape[1:]
    down = torch.arange(rows, device=index.device, dtype=torch.float32)[:, None]
    right = torch.arange(cols, device=index.device, dtype=torch.float32)
    sine, cosine = torch.sin(direction)[:, None, None], torch.cos(direction)[:, None, None]
    phase = slow_field(generator, index.shape, cells=6)
    wave = torch.sin(2 * math.pi * (right * cosine + down * sine) / wide + 2 * phase)
    return lookup(table, index) * (wave + 1.5 * phase)


def _lines(landscape: Landscape, index: Tensor, across: Tensor) -> Tensor:
    share = landscape.materials[..., LINES]
    if not bool((share > 0).any()):
        return torch.zeros_like(across)
    on = torch.remainder(across / 20, 1.0) < lookup(_by_surface(share), index)
    return on * (6 * NEPER)


def _districts(landscape: Landscape, along: Tensor, across: Tensor, *, blocks: Tensor) -> tuple[Tensor, Tensor]:
    """Return the streets and walls of districts [nepers], mean power 1, and how far the walls are turned.

    ``blocks`` ``(n, 2)`` from 0 to 1 says how long and wide blocks are. What walls beside a street return fills its
    pixels in part, so streets are STREET_GAIN of what is between them: an engineering assumption.
    """
    surface = landscape.surface
    coarse = (landscape.spacing_m >= COARSE_M)[:, None, None]
    built = sum((surface == kind for kind in DISTRICTS), torch.zeros_like(surface, dtype=torch.bool))
    built = built & coarse & (landscape.building == 0)
    if not bool(built.any()):
        return torch.zeros_like(along), torch.zeros_like(along)
    spacing = landscape.spacing_m[:, None, None]
    length, width = (blocks * torch.tensor([100.0, 50.0], device=surface.device) + 70)[..., None, None].unbind(1)
    street = (torch.remainder(along * spacing, length) < STREET_M) | (
        torch.remainder(across * spacing, width) < STREET_M
    )
    share = 1 - (1 - STREET_M / length) * (1 - STREET_M / width)
    grid = torch.where(street, STREET_GAIN, 1.0) / (1 - (1 - STREET_GAIN) * share)
    faces = facing_gain(landscape.facing)
    gain = torch.log(grid) + torch.log((0.65 + 1.2 * faces) / (0.65 + 1.2 * USUAL_FACING))
    return torch.where(built, gain, 0.0), torch.where(built, USUAL_FACING - faces, 0.0)
