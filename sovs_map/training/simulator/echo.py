"""What comes back to the radar: mean field, relief, buildings, texture, speckle, noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.landscape import FIRST_INVENTED, SLOTS, SURFACES, Landscape
from sovs_map.training.simulator.materials import CROSS, GRAIN, LEVEL, ORDER
from sovs_map.training.simulator.patterns import NEPER, lay_patterns, lookup, scatter_points, slow_field
from sovs_map.training.simulator.sensors import HH, VV, Sensors
from sovs_map.training.simulator.speckle import draw_speckle, gamma_texture, gaussian, smoothed
from sovs_map.training.simulator.structures import raise_houses, see_houses, see_relief
from sovs_map.training.simulator.surfaces import REFERENCE_DEG, column, level_table
from sovs_map.training.simulator.targets import place_targets
from sovs_map.training.simulator.view import PARCELS, View, turn_to

LEVEL_GROUND = (1, 2, 5, 16, 17, 23, 25, 26, 28, 30, 34, 39)
"""Surfaces that lie level, or were made so: waters, flats, roads, yards, roofs, paddies, sea ice."""

DISTRICT = 11
"""Surface whose level of the day buildings follow."""

LEFT_OVER = 0.2
"""Share of a slope's brightening [dB] that flattening leaves, because height models are coarse. Our assumption."""

TURNED_DB = 2.5
"""How much more a district's walls return in cross-polarisation when they are turned from the radar [dB]. Our assumption."""

ALIKE = 0.9
"""Correlation between the channels of what parcels differ by. Our assumption."""


@dataclass(frozen=True, slots=True, eq=False)
class Echo:
    """Images of the channels that were taken, one after the other."""

    power: Tensor
    """Sigma nought, linear, float32 ``(images, rows, cols)``."""

    chip: Tensor
    """Which landscape each image shows, int64 ``(images,)``."""

    channel: Tensor
    """Which of CHANNELS it is, int64 ``(images,)``."""


def observe(generator: torch.Generator, landscape: Landscape, sensors: Sensors) -> Echo:
    """Return what the radars get back from landscapes: one image for each channel that is present.

    Sizes of a chip are at least 16 pixels a side. Equal seeds give equal images, bit for bit.

    Args:
        generator: the source of chance, on the landscape's device.
        landscape: ``n`` of them.
        sensors: one for each.
    """
    view = turn_to(landscape, sensors)
    ground, chip = view.ground, view.chip
    level = lookup(_level_ground(view.index), view.index)
    relief = see_relief(ground.terrain, ground.building, level, view.angle, ground.spacing_m)
    slopes = relief.gain.pow(torch.where(sensors.flattened, LEFT_OVER, 1.0)[:, None, None])
    pattern = lay_patterns(generator, ground, view.index)
    texture = _texture(generator, ground, view.index) * (1 + scatter_points(generator, ground)) * slopes
    turned = view.is_cross[:, None, None] * (NEPER * TURNED_DB) * pattern.turned[chip]
    day = pattern.log_gain + _day(generator, view, sensors)
    power = torch.exp(_mean(generator, view, expected_db(landscape, sensors)) + day[chip] + turned) * texture[chip]
    power = _lie_over(power, relief.lies_over[chip])
    power = _with_houses(generator, power, view, sensors, relief.shadow)
    power = smoothed(power, gaussian(sensors.width[chip], reach=2))
    return _received(generator, power, view, sensors)


def _day(generator: torch.Generator, view: View, sensors: Sensors) -> Tensor:
    """Return the day's moisture and wind, and the change over the swath, ``(n, rows, cols)`` [nepers]."""
    count, device = len(view.index), view.index.device
    weather = slow_field(generator, view.index.shape, cells=5) * (NEPER * sensors.weather_db)[:, None, None]
    moist = lookup(_filled(column("moist", device), count), view.index)
    tilt = lookup(_filled(column("slope", device), count), view.index)
    return moist * weather + NEPER * tilt * torch.rad2deg(view.angle - sensors.incidence[:, None, None])


def _mean(generator: torch.Generator, view: View, expected: Tensor) -> Tensor:
    """Return the mean of each image's surfaces and parcels, natural logarithm of power ``(images, rows, cols)``."""
    chip, device = view.chip, view.chip.device
    images = torch.arange(len(chip), device=device)[:, None, None]
    shared = torch.randn((len(view.index), PARCELS), generator=generator, device=device)
    own = torch.randn((len(chip), PARCELS), generator=generator, device=device)
    fate = ALIKE * shared[chip] + (1 - ALIKE**2) ** 0.5 * own
    place = view.place[chip]
    surface = view.ground.surface[chip].long() + SURFACES * images
    spread = NEPER * _filled(column("parcels", device), len(chip))
    # Half the variance keeps the mean of a log-normal where the table has it.
    mean = lookup(NEPER * expected[chip, view.channel] - spread**2 / 2, surface)
    return mean + lookup(spread, surface) * fate.flatten()[(place + PARCELS * images).flatten()].view(place.shape)


def expected_db(landscape: Landscape, sensors: Sensors) -> Tensor:
    """Return the mean backscatter of each surface on that day, shape ``(n, 4, SURFACES)`` [dB], noise not included."""
    device = landscape.surface.device
    levels = torch.empty(len(landscape.surface), 4, SURFACES, device=device)
    degrees = torch.rad2deg(sensors.incidence)[:, None] - REFERENCE_DEG
    levels[..., :FIRST_INVENTED] = level_table(device)[sensors.band] + (degrees * column("slope", device))[:, None]
    invented = landscape.materials[:, :SLOTS]
    cross = torch.tensor([0.0, 1.0, 1.0, 0.0], device=device)[None, :, None]
    levels[..., FIRST_INVENTED:] = invented[:, None, :, LEVEL] + cross * invented[:, None, :, CROSS]
    return levels + sensors.offsets_db


def texture_table(landscape: Landscape) -> tuple[Tensor, Tensor]:
    """Return order ``(n, SURFACES)`` and grain ``(n, SURFACES)`` [pixels] of the textures at the landscapes' spacing.

    Finer images resolve more of the gaps between trees and stones, so their texture is spikier: order grows with the
    root of the spacing, an engineering assumption.
    """
    device = landscape.surface.device
    spacing = landscape.spacing_m[:, None]
    order = _filled(column("order", device), len(spacing)) * (spacing / 10).clamp(0.05, 4.0).sqrt()
    grain = _filled(column("grain_m", device), len(spacing)) / spacing
    order[:, FIRST_INVENTED:] = landscape.materials[:, :SLOTS, ORDER]
    grain[:, FIRST_INVENTED:] = 0.5 * landscape.materials[:, :SLOTS, GRAIN]
    return order.clamp(0.6, 80.0), grain.clamp(0.0, 4.0)


def _level_ground(index: Tensor) -> Tensor:
    table = torch.zeros(len(index), SURFACES, device=index.device)
    table[:, LEVEL_GROUND] = 1.0
    return table


def _filled(values: Tensor, count: int) -> Tensor:
    """Return a column ``(FIRST_INVENTED,)`` as a table ``(count, SURFACES)``, 0 for invented materials."""
    return torch.nn.functional.pad(values, (0, SLOTS)).repeat(count, 1)


def _texture(generator: torch.Generator, ground: Landscape, index: Tensor) -> Tensor:
    order, grain = texture_table(ground)
    here = ground.shares * grain.ge(0.5)
    # One size of large grains serves a chip: that of the surfaces it shows, by their share.
    size = (here * grain).sum(1) / here.sum(1).clamp_min(1e-6)
    return gamma_texture(generator, lookup(order, index), lookup(grain, index) >= 0.5, size)


def _lie_over(power: Tensor, lies_over: Tensor) -> Tensor:
    """Return power with slopes that lie over smeared along range."""
    if not bool(lies_over.any()):
        return power
    some = lies_over.any(-1).any(-1).nonzero()[:, 0]
    smeared = torch.nn.functional.avg_pool2d(power[some], (1, 7), stride=1, padding=(0, 3))
    power[some] = torch.where(lies_over[some], smeared, power[some])
    return power


def _with_houses(generator: torch.Generator, power: Tensor, view: View, sensors: Sensors, shadow: Tensor) -> Tensor:
    """Return power with shadow, and with buildings where a landscape has any."""
    ground, chip, place = view.ground, view.chip, view.place
    seen = torch.where(shadow[chip], 0.0, power)
    if not bool((ground.building > 0).any()):
        return seen
    numbers = torch.rand((len(ground.surface), PARCELS), generator=generator, device=power.device)
    chance = numbers.gather(1, place.flatten(1)).view(place.shape)
    glints = torch.rand(place.shape, generator=generator, device=power.device)
    houses = see_houses(ground.building, ground.facing, chance, glints, view.angle, ground.spacing_m)
    row = torch.full((len(ground.surface),), -1, device=chip.device)
    row[houses.chip] = torch.arange(len(houses.chip), device=chip.device)
    built = (row[chip] >= 0).nonzero()[:, 0]
    of_day = 10 ** (sensors.offsets_db[chip, :, DISTRICT].mean(1) / 10)
    seen[built] = raise_houses(
        power[built],
        houses,
        row[chip[built]],
        shadow=shadow[chip[built]],
        across=view.is_cross[built],
        gain=of_day[built],
    )
    return seen


def _received(generator: torch.Generator, power: Tensor, view: View, sensors: Sensors) -> Echo:
    """Return power with noise, speckle and single targets, turned back to the map's sides."""
    chip, channel = view.chip, view.channel
    floor = 10 ** (sensors.floor_db[chip, channel] / 10)
    speckle = _speckle(generator, power, view, sensors)
    targets = place_targets(generator, view.ground, sensors.ambiguous)[chip]
    level = torch.where(view.is_cross, 0.1, 1.0)[:, None, None]
    received = (power + floor[:, None, None]) * speckle + level * targets
    turn = ~sensors.looks_right[chip]
    return Echo(torch.where(turn[:, None, None], received.flip(-1), received), chip, channel)


def _speckle(generator: torch.Generator, power: Tensor, view: View, sensors: Sensors) -> Tensor:
    """Return the speckle of all images, in part the same in HH and VV of one landscape."""
    chip = view.chip
    _, rows, cols = power.shape
    looks, width = sensors.looks_at(view.ground.spacing_m), sensors.width
    twin = sensors.present[:, HH] & sensors.present[:, VV]
    paired = twin[chip] & ~view.is_cross
    alike = torch.where(paired, sensors.likeness[chip], 0.0)
    speckle = draw_speckle(generator, looks[chip] * (1 - alike), width[chip], rows=rows, cols=cols)
    if bool(paired.any()):
        both = twin.nonzero()[:, 0]
        common = draw_speckle(generator, looks[both] * sensors.likeness[both], width[both], rows=rows, cols=cols)
        share = alike[paired][:, None, None]
        speckle[paired] = (1 - share) * speckle[paired] + share * common[torch.searchsorted(both, chip[paired])]
    return speckle
