"""Made grounds and calm sensors for the tests of the simulator."""

from __future__ import annotations

import random
from dataclasses import replace

import torch

from sovs_map.training.simulator.echo import Echo
from sovs_map.training.simulator.landscape import SLOTS, SURFACES, Landscape
from sovs_map.training.simulator.sensors import Sensors, sentinel_1

NATURAL = (1, 5, 6, 7, 9, 10, 18, 19, 33, 36)


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def flat(surface: torch.Tensor, *, spacing_m: float = 10.0) -> Landscape:
    """Flat land of surfaces ``(n, rows, cols)``, parcels of 8 x 8 pixels."""
    count, rows, cols = surface.shape
    empty = torch.zeros(surface.shape)
    block = torch.arange(rows)[:, None] // 8 * ((cols + 7) // 8) + torch.arange(cols) // 8
    shares = torch.stack([torch.bincount(one.flatten().long(), minlength=SURFACES) for one in surface]) / (rows * cols)
    return Landscape(
        label=surface,
        surface=surface,
        parcel=block.int().expand(count, rows, cols).contiguous(),
        terrain=empty,
        building=empty.clone(),
        facing=empty + 0.7,
        materials=torch.zeros(count, SLOTS, 8) + torch.tensor([-10.0, -7, 40, 1, 0, 0, 0, 0]),
        shares=shares,
        spacing_m=torch.full((count,), spacing_m),
    )


def of_one(surface: int, *, count: int = 1, side: int = 128, spacing_m: float = 10.0) -> Landscape:
    return flat(torch.full((count, side, side), surface, dtype=torch.uint8), spacing_m=spacing_m)


def patchwork(seed: int, count: int, side: int = 128) -> Landscape:
    """Rectangles of random surfaces on random ground."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    kinds = (1, 3, 6, 7, 9, 10, 10, 11, 12, 14, 16, 18, 20, 36)
    surface = torch.empty(count, side, side, dtype=torch.uint8)
    for one in surface:
        one.fill_(chance.choice(kinds))
        for _ in range(25):
            row, col, high, wide = (chance.randrange(side), chance.randrange(side), *chance.choices(range(8, 50), k=2))
            one[row : row + high, col : col + wide] = chance.choice(kinds)
    return flat(surface)


def calm(count: int) -> Sensors:
    """Sentinel-1 without weather."""
    return replace(sentinel_1(count), weather_db=torch.zeros(count))


def image(echo: Echo, channel: int, chip: int = 0) -> torch.Tensor:
    return echo.power[(echo.chip == chip) & (echo.channel == channel)][0]


def db(power: torch.Tensor) -> float:
    """Mean level, without the few pixels that single targets light up."""
    few = power.flatten().sort().values[: max(1, int(power.numel() * 0.999))]
    return float(10 * torch.log10(few.mean()))


def contrast(power: torch.Tensor) -> float:
    """Deviation over mean, without the few pixels that single targets light up."""
    few = power.flatten().sort().values[: int(power.numel() * 0.995)]
    return float(few.std() / few.mean())
