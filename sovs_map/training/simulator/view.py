"""Landscapes as a radar's images have them: seen from the left, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sovs_map.training.simulator.landscape import SURFACES, Landscape
from sovs_map.training.simulator.sensors import HH, VV, Sensors

PARCELS = 4096
"""Parcel numbers are folded to as many offsets; a power of two."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is seen of ``n`` landscapes, and the images that are made of it."""

    ground: Landscape
    """Turned so that the radar stands at its left."""

    index: Tensor
    """Of each pixel in tables ``(n, SURFACES)``, int64 ``(n, rows, cols)``."""

    angle: Tensor
    """Of incidence, float32 ``(n, 1, cols)`` [radians]."""

    chip: Tensor
    """Which landscape each image shows, int64 ``(images,)``."""

    channel: Tensor
    """Which of CHANNELS it is, int64 ``(images,)``."""

    is_cross: Tensor
    """Whether each image is cross-polarised, bool ``(images,)``."""

    place: Tensor
    """Folded parcel numbers, int64 ``(n, rows, cols)``."""


def turn_to(landscape: Landscape, sensors: Sensors) -> View:
    """Return what radars see of landscapes, one sensor for each."""
    chip, channel = sensors.present.nonzero().unbind(1)
    ground = _turned(landscape, ~sensors.looks_right)
    count, _, cols = ground.surface.shape
    chips = torch.arange(count, device=chip.device)[:, None, None]
    across = torch.linspace(-0.5, 0.5, cols, device=chip.device)
    return View(
        ground,
        index=ground.surface.long() + SURFACES * chips,
        angle=sensors.incidence[:, None, None] + sensors.swath[:, None, None] * across,
        chip=chip,
        channel=channel,
        is_cross=(channel != HH) & (channel != VV),
        place=(ground.parcel & (PARCELS - 1)).long(),
    )


def _turned(landscape: Landscape, turn: Tensor) -> Landscape:
    """Return landscapes as seen with the radar at their left: some of them mirrored."""

    def mirrored(field: Tensor) -> Tensor:
        return torch.where(turn[:, None, None], field.flip(-1), field)

    return replace(
        landscape,
        surface=mirrored(landscape.surface),
        parcel=mirrored(landscape.parcel),
        terrain=mirrored(landscape.terrain),
        building=mirrored(landscape.building),
        facing=torch.where(turn[:, None, None], -landscape.facing.flip(-1), landscape.facing),
    )
