"""Single bright targets: ships, pylons, tanks, with the side lobes of the radar's focus."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sovs_map.training.simulator.landscape import SURFACES, Landscape
from sovs_map.training.simulator.patterns import lookup
from sovs_map.training.simulator.speckle import smoothed

PLACES = 24
"""Places of a chip that a target may stand on; most stay empty."""

PIECES = 4
"""Bright points of one target, in line."""

DOUBLE_DB = -20.0
"""Azimuth ambiguities below their target [dB], for images that have any. An engineering assumption."""

_LIKELY = (
    (1, 0.05),
    (2, 0.02),
    (5, 0.02),
    (9, 0.04),
    (10, 0.04),
    (11, 0.2),
    (12, 0.08),
    (14, 0.6),
    (16, 0.1),
    (18, 0.03),
)
"""Surfaces and how likely a place on them holds a target. An engineering assumption."""


def place_targets(generator: torch.Generator, landscape: Landscape, ambiguous: Tensor) -> Tensor:
    """Return the co-polarised power of targets ``(n, rows, cols)``, their side lobes included.

    Args:
        generator: the source of chance.
        landscape: seen with the radar at the left.
        ambiguous: whether targets have faint doubles along azimuth, bool ``(n,)``.
    """
    surface = landscape.surface
    count, rows, cols = surface.shape
    device = surface.device
    draw = torch.rand((6, count, PLACES), generator=generator, device=device)
    chips = torch.arange(count, device=device)[:, None]
    row, col = (draw[0] * rows).long(), (draw[1] * cols).long()
    index = surface[chips, row, col].long() + SURFACES * chips
    likely = torch.zeros(SURFACES, device=device)
    for kind, share in _LIKELY:
        likely[kind] = share
    busy = 10 ** (draw[2, :, :1] * 1.6 - 1)
    stands = draw[3] < lookup(likely.repeat(count, 1), index) * busy
    # A ship is 20 to 30 dB over the sea, a pylon over its field: about the same power, less in a coarser pixel.
    db = 3 + 12 * draw[4] - 5 * torch.log10((landscape.spacing_m / 10).clamp_min(0.3))[:, None]
    power = torch.where(stands, 10 ** (db / 10), 0.0)
    step = (20 / landscape.spacing_m).clamp(0, 6)[:, None, None] * draw[5, ..., None]
    piece = torch.arange(PIECES, device=device) * step
    angle = 2 * math.pi * draw[2, ..., None]
    down = (row[..., None] + piece * torch.sin(angle)).round().long().clamp(0, rows - 1)
    right = (col[..., None] + piece * torch.cos(angle)).round().long().clamp(0, cols - 1)
    field = torch.zeros(count, rows * cols, device=device)
    spread = power[..., None] * torch.tensor([1.0, 0.4, 0.25, 0.7], device=device)
    field.scatter_add_(1, (down * cols + right).flatten(1), spread.flatten(1))
    focused = smoothed(field.view(count, rows, cols), _side_lobes(count, device))
    away = min(60, rows // 3)
    double = torch.where(ambiguous, 10 ** (DOUBLE_DB / 10), 0.0)[:, None, None]
    return focused + double * (focused.roll(away, 1) + focused.roll(-away, 1))


def _side_lobes(count: int, device: torch.device) -> Tensor:
    """Return the power of a tapered sinc at 1.2 samples a resolution cell, peak 1, shape ``(n, 15)``."""
    place = torch.arange(-7, 8, device=device) / 1.2
    kernel = torch.sinc(place) ** 2 * (0.3 + 0.7 * torch.cos(math.pi * place / 13) ** 2)
    return kernel.expand(count, 15).contiguous()
