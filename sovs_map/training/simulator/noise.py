"""Randomness in one and two dimensions: fractal fields, cells, and numbers that belong to a cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

TORUS = 64
"""Cells repeat after so many in each direction; a power of two."""

TABLE = TORUS * TORUS
"""Cells, and random numbers that parcels share among them."""


def fractal(generator: torch.Generator, side: int, *, slope: float, outer: float) -> Tensor:
    """Return a field of mean 0 and deviation 1, float32 ``(side, side)``, that does not wrap around.

    Args:
        generator: where the randomness comes from; its device is the field's.
        side: rows and columns.
        slope: amplitude falls with frequency to this power; 1.2 is ragged, 3 is smooth.
        outer: the largest structures [pixels].
    """
    padded = 16 * math.ceil(side * 1.25 / 16)
    device = generator.device
    along = torch.fft.fftfreq(padded, device=device)[:, None]
    across = torch.fft.rfftfreq(padded, device=device)[None]
    power = along**2 + across**2 + outer**-2
    white = torch.randn(power.shape, generator=generator, device=device, dtype=torch.complex64)
    field = torch.fft.irfft2(white * power ** (-slope / 2), s=(padded, padded))[:side, :side]
    return (field - field.mean()) / field.std()


def smooth(generator: torch.Generator, side: int, *, slope: float, outer: float) -> Tensor:
    """Return a fractal without its finest quarter, float32 ``(side, side)``; eight times cheaper."""
    coarse = fractal(generator, math.ceil(side / 4) + 2, slope=slope, outer=max(1.0, outer / 4))
    fine = torch.nn.functional.interpolate(coarse[None, None], scale_factor=4, mode="bicubic", align_corners=False)
    return fine[0, 0, 4 : 4 + side, 4 : 4 + side]


def wander(generator: torch.Generator, steps: int, *, slope: float, outer: float) -> Tensor:
    """Return a fractal line of mean 0 and deviation 1, float32 ``(steps,)``; see `fractal`."""
    padded = 2 * steps
    power = torch.fft.rfftfreq(padded, device=generator.device) ** 2 + outer**-2
    white = torch.randn(power.shape, generator=generator, device=generator.device, dtype=torch.complex64)
    line = torch.fft.irfft(white * power ** (-slope / 2), n=padded)[:steps]
    return (line - line.mean()) / line.std()


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A plane cut into Voronoi cells; all ``(rows, cols)``."""

    number: Tensor
    """Of the cell, int64, below TORUS squared."""

    down: Tensor
    """Distance from the cell's seed along the rows, float32 [m]."""

    right: Tensor
    """Distance from the cell's seed along the columns, float32 [m]."""

    edge: Tensor
    """Distance from the nearest border of the cell, float32 [m], roughly."""


def cells(generator: torch.Generator, down: Tensor, right: Tensor, *, size: float) -> Cells:
    """Cut the plane into Voronoi cells around the jittered points of a square lattice.

    Args:
        generator: where the randomness comes from.
        down: row coordinate, float32 ``(rows, cols)`` [m]; warp it for cells with crooked borders.
        right: column coordinate, likewise.
        size: of the lattice [m].
    """
    seeds = torch.rand((2, TORUS * TORUS), generator=generator, device=generator.device) * 0.9 + 0.05
    row, col = (down / size).floor(), (right / size).floor()
    within_down, within_right = down / size - row, right / size - col
    row, col = row.int(), col.int()
    nearest = torch.full_like(row, torch.iinfo(torch.int32).max)
    second = nearest
    for down_by in (-1, 0, 1):
        for right_by in (-1, 0, 1):
            index = ((row + down_by) & (TORUS - 1)) * TORUS + ((col + right_by) & (TORUS - 1))
            off_down = within_down - down_by - pick(seeds[0], index)
            off_right = within_right - right_by - pick(seeds[1], index)
            distance = off_down**2 + off_right**2
            # Bits of positive floats are ordered as the floats are; the last twelve make room for the cell's number.
            packed = (distance.view(torch.int32) & -TABLE) | index
            second = torch.minimum(second, torch.maximum(nearest, packed))
            nearest = torch.minimum(nearest, packed)
    number = nearest & (TABLE - 1)
    step_down = ((number // TORUS - row + 1) & (TORUS - 1)) - 1
    step_right = ((number - col + 1) & (TORUS - 1)) - 1
    first, runner_up = ((packed & -TABLE).view(torch.float32).sqrt() for packed in (nearest, second))
    return Cells(
        number=number.long(),
        down=(within_down - step_down - pick(seeds[0], number)) * size,
        right=(within_right - step_right - pick(seeds[1], number)) * size,
        edge=(runner_up - first) * (size / 2),
    )


def pick(table: Tensor, index: Tensor) -> Tensor:
    """Return ``table[index]`` for a table ``(entries,)`` and indices of any shape; five times faster on a CPU."""
    return table.index_select(0, index.reshape(-1)).view(index.shape)


def scramble(number: Tensor, *, below: int) -> Tensor:
    """Return numbers below a power of two, int64, equal where ``number`` (int64) is equal and unlike elsewhere.

    Source:
        Multiplicative hashing by 2^32 over the golden ratio; D. E. Knuth, The Art of Computer Programming 3, 6.4.
    """
    return (number * 2654435769 >> 12) & (below - 1)


def fates(generator: torch.Generator, number: Tensor) -> Tensor:
    """Return a random number in [0, 1) for each pixel, float32, equal where ``number`` (int64) is equal."""
    return pick(torch.rand(TABLE, generator=generator, device=generator.device), scramble(number, below=TABLE))


def choices(generator: torch.Generator, number: Tensor, *, among: tuple[int, ...]) -> Tensor:
    """Return one of ``among`` for each pixel, uint8, equal where ``number`` (int64) is equal."""
    kinds = torch.tensor(among, dtype=torch.uint8, device=generator.device)
    drawn = torch.randint(len(among), (TABLE,), generator=generator, device=generator.device)
    return pick(kinds[drawn], scramble(number, below=TABLE))


def level_below(field: Tensor, share: float) -> float:
    """Return the value that ``share`` of the pixels of a field are below, within a percent."""
    return torch.quantile(field[::4, ::4].flatten(), share).item()
