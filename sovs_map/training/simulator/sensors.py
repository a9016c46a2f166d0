"""Radars and their acquisitions: band, geometry, noise, levels of the day, and the product that was made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from sovs_map.training.simulator.dice import Dice
from sovs_map.training.simulator.landscape import FIRST_INVENTED, SURFACES
from sovs_map.training.simulator.surfaces import CHANNELS, column

X, C, L = range(3)
"""Index of the bands."""

HH, HV, VH, VV = range(4)
"""Index of the channels."""


GAIN_DB = 0.33
"""Deviation of what all surfaces of a scene share, a part of each surface's spread [dB].

Source: absolute radiometric accuracy of Sentinel-1, 1 dB at three deviations, ESA SP-1322/1.
"""

CHANNEL_DB = 0.2
"""Deviation of what a channel has for itself, a part of each surface's spread [dB]. Our assumption."""


MOST_AVERAGED = 5.0
"""Pixels coarser than so many of the sensor's own are picked, not averaged. Our assumption."""


class Product(IntEnum):
    """How the numbers of an image are stored."""

    ABSOLUTE = 0
    """Calibrated, dB or power, float."""

    AMPLITUDE_16 = 1
    """Amplitude of unknown gain in 16 bits."""

    MEAN_8 = 2
    """Amplitude clipped at three times its mean, in 8 bits."""

    PERCENTILE_8 = 3
    """Amplitude between its 1 and 99 % quantiles, in 8 bits."""

    QUANTILE_8 = 4
    """Amplitude clipped at its 99 % quantile, in 8 bits."""

    LOGARITHM_8 = 5
    """dB between two limits, in 8 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Sensors:
    """``n`` acquisitions; all tensors on one device, float32 where nothing else is said."""

    band: Tensor
    """Index of BANDS, int64 ``(n,)``."""

    present: Tensor
    """Which of CHANNELS were taken, bool ``(n, 4)``; at least one."""

    incidence: Tensor
    """Angle of incidence in the middle of the chip ``(n,)`` [radians]."""

    swath: Tensor
    """By how much the angle grows from near to far side of the chip ``(n,)`` [radians]."""

    looks_right: Tensor
    """Whether range grows with the columns, bool ``(n,)``; else the radar stands at the right side."""

    looks: Tensor
    """Equivalent number of independent looks ``(n,)`` of pixels as fine as the sensor's own, before any filter."""

    own_m: Tensor
    """Spacing of the sensor's own pixels ``(n,)`` [m]; coarser ones are averages of them, see `looks_at`."""

    likeness: Tensor
    """Correlation of the speckle of HH and VV ``(n,)``."""

    width: Tensor
    """Point response, as the deviation of a Gaussian ``(n,)`` [pixels]."""

    floor_db: Tensor
    """Noise-equivalent sigma nought ``(n, 4)`` [dB]."""

    offsets_db: Tensor
    """What each surface is brighter than the table on that day ``(n, 4, SURFACES)`` [dB]."""

    weather_db: Tensor
    """Deviation of slow changes of soil moisture and wind within a scene ``(n,)`` [dB]."""

    ambiguous: Tensor
    """Whether bright targets have faint doubles along azimuth, bool ``(n,)``."""

    filtered: Tensor
    """Side of the speckle filter's window ``(n,)`` [pixels], int64; 1 for none."""

    adaptive: Tensor
    """Whether the filter spares edges as Lee's does, bool ``(n,)``; else it is a plain mean."""

    resampled: Tensor
    """Whether the image was resampled to another grid, bool ``(n,)``."""

    product: Tensor
    """A `Product`, int64 ``(n,)``."""

    flattened: Tensor
    """Whether the brightness of slopes was evened out with a height model, bool ``(n,)``."""

    stretch_db: Tensor
    """Lower and upper limit of a logarithmic picture over the median ``(n, 2)`` [dB]."""

    names_known: Tensor
    """Whether the names of the polarisations are known, bool ``(n,)``."""

    spacing_known: Tensor
    """Whether the pixel spacing is known, bool ``(n,)``."""

    def looks_at(self, spacing_m: Tensor) -> Tensor:
        """Return the equivalent number of looks ``(n,)`` of pixels of a spacing ``(n,)`` [m]: averages have more."""
        return self.looks * (spacing_m / self.own_m).clamp(1, MOST_AVERAGED).square()


@dataclass(frozen=True, slots=True)
class _Family:
    share: float
    """How often it is drawn."""

    band: int
    """X, C or L."""

    sets: tuple[tuple[int, ...], ...]
    """Channels taken together, each set as likely as the other."""

    looks: tuple[float, float]
    """Range of the number of looks."""

    width: tuple[float, float]
    """Range of the point response's deviation [pixels]."""

    floor: tuple[float, float]
    """Range of the noise-equivalent sigma nought [dB]."""

    own_m: float = 10.0
    """Spacing of the product's own pixels [m]."""


_FAMILIES = (
    _Family(
        0.52, C, ((VV, VH), (VV, VH), (VV, VH), (VV,), (VH,), (HH, HV), (HH,)), (4.0, 5.0), (0.7, 0.9), (-28.0, -22.0)
    ),
    _Family(
        0.13,
        C,
        ((HH, HV, VH, VV), (HH, HV, VH, VV), (HH, HV), (VV, VH), (HH,)),
        (1.0, 4.0),
        (0.4, 0.9),
        (-32.0, -24.0),
        8.0,
    ),
    _Family(0.17, X, ((VV,), (HH,), (VV,), (HH,), (HH, VV)), (1.0, 2.5), (0.4, 0.8), (-23.0, -17.0), 2.5),
    _Family(0.10, L, ((HH, HV), (HH, HV), (HH,), (HH, HV, VH, VV)), (2.0, 8.0), (0.2, 0.8), (-32.0, -26.0), 6.0),
    _Family(0.08, C, ((VV, VH), (VV,), (HH, HV)), (8.0, 30.0), (0.6, 0.95), (-28.0, -22.0)),
)
"""Sentinel-1; GF-3, RADARSAT and their like; TerraSAR-X, Capella, Umbra, ICEYE; ALOS; averages over dates.

Source: mission handbooks for bands, channels, noise and pixels (GF-3 8 m, strips of X band 1 to 3 m, PALSAR-2 6 m). The width of Sentinel-1 gives its neighbours the correlation
that ground range products have, 0.6 at one pixel of 10 m and below 0.1 at two; that of X band the 0.4 of spotlight
images. Shares and the other widths are an engineering choice.
"""

_PRODUCTS = (0.55, 0.12, 0.07, 0.07, 0.12, 0.07)
"""How often each `Product` is drawn. An engineering choice."""


def draw_sensors(generator: torch.Generator, count: int) -> Sensors:
    """Return random acquisitions, most often like Sentinel-1's interferometric wide swath."""
    dice = Dice(generator, count)
    family = dice.one_of([one.share for one in _FAMILIES])
    product = dice.one_of(_PRODUCTS)
    return Sensors(
        band=_of(family, [one.band for one in _FAMILIES]),
        present=_channels(family, dice.between(0, 1)),
        incidence=torch.deg2rad(dice.between(25, 48)),
        swath=torch.deg2rad(dice.between(0, 2) * dice.chance(0.3)),
        looks_right=dice.chance(0.5),
        looks=_draw_looks(dice, _of(family, [one.looks for one in _FAMILIES])),
        likeness=dice.between(0.3, 0.6),
        own_m=_of(family, [one.own_m for one in _FAMILIES]),
        width=dice.within(_of(family, [one.width for one in _FAMILIES])),
        floor_db=dice.within(_of(family, [one.floor for one in _FAMILIES]))[:, None] + 0.3 * dice.normal(4),
        offsets_db=_draw_offsets(dice),
        weather_db=dice.between(0, 3),
        ambiguous=dice.chance(0.05),
        filtered=torch.where(dice.chance(0.15), 2 * torch.floor(dice.between(1, 4)).long() + 1, 1),
        adaptive=dice.chance(0.6),
        resampled=dice.chance(0.3),
        product=product,
        flattened=(product == Product.ABSOLUTE) & dice.chance(0.5),
        stretch_db=torch.stack([dice.between(-14, -9), dice.between(4, 16)], dim=1),
        names_known=dice.chance(0.9),
        spacing_known=dice.chance(0.8),
    )


def sentinel_1(count: int) -> Sensors:
    """Return calibrated VV and VH images of 4.4 looks with the table's own levels, on the CPU."""
    off = torch.zeros(count, dtype=torch.bool)
    return Sensors(
        band=torch.full((count,), C),
        present=torch.tensor([False, False, True, True]).repeat(count, 1),
        incidence=torch.full((count,), math.radians(37.0)),
        swath=torch.zeros(count),
        looks_right=~off,
        looks=torch.full((count,), 4.4),
        own_m=torch.full((count,), 10.0),
        likeness=torch.full((count,), 0.5),
        width=torch.full((count,), 0.8),
        floor_db=torch.full((count, 4), -26.0),
        offsets_db=torch.zeros(count, 4, SURFACES),
        weather_db=torch.full((count,), 1.0),
        ambiguous=off,
        filtered=torch.ones(count, dtype=torch.int64),
        adaptive=off,
        resampled=off,
        product=torch.full((count,), int(Product.ABSOLUTE)),
        flattened=off,
        stretch_db=torch.tensor([-12.0, 12.0]).repeat(count, 1),
        names_known=~off,
        spacing_known=~off,
    )


def _channels(family: Tensor, chance: Tensor) -> Tensor:
    longest = max(len(one.sets) for one in _FAMILIES)
    table = torch.zeros(len(_FAMILIES), longest, len(CHANNELS), dtype=torch.bool)
    for row, one in enumerate(_FAMILIES):
        for place, chosen in enumerate(one.sets):
            table[row, place, list(chosen)] = True
    sizes = torch.tensor([len(one.sets) for one in _FAMILIES], device=chance.device)[family]
    return table.to(chance.device)[family, (chance * sizes).long()]


def _of(family: Tensor, values: Sequence[float | tuple[float, float]]) -> Tensor:
    return torch.tensor(values, device=family.device)[family]


def _draw_looks(dice: Dice, bounds: Tensor) -> Tensor:
    """Return looks evenly spread over their logarithm; where few are usual, one is common."""
    low, high = bounds.unbind(1)
    return torch.where((low < 2) & dice.chance(0.4), low, low * (high / low) ** dice.between(0, 1))


def _draw_offsets(dice: Dice) -> Tensor:
    """Return scene offsets ``(count, 4, SURFACES)`` [dB] that deviate by the table's spread in all."""
    spread = torch.full((SURFACES,), 0.7, device=dice.generator.device)
    spread[:FIRST_INVENTED] = column("spread", dice.generator.device)
    own = (spread**2 - GAIN_DB**2 - CHANNEL_DB**2).clamp_min(0).sqrt()
    days = own * dice.normal(1, SURFACES).clamp(-2, 2)
    each = CHANNEL_DB * dice.normal(len(CHANNELS), SURFACES)
    return GAIN_DB * dice.normal(1, 1) + days + each
