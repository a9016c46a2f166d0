"""What comes back to the radar: mean field, relief, buildings, texture, speckle, noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

PARCELS = 4096
"""Parcel numbers are folded to as many offsets; a power of two."""

LEVEL_GROUND = (1, 2, 5, 16, 17, 23, 25, 26, 28, 30, 34, 39)
"""Surfaces that lie level, or were made so: waters, flats, roads, yards, roofs, paddies, sea ice."""

DISTRICT = 11
"""Surface whose level of the day buildings follow."""


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
    chip, channel = sensors.present.nonzero().unbind(1)
    ground = _turned(landscape, ~sensors.looks_right)
    count, _, cols = ground.surface.shape
    chips = torch.arange(count, device=chip.device)[:, None, None]
    index = ground.surface.long() + SURFACES * chips
    across = torch.linspace(-0.5, 0.5, cols, device=chip.device)
    angle = sensors.incidence[:, None, None] + sensors.swath[:, None, None] * across
    relief = see_relief(ground.terrain, ground.building, lookup(_level_ground(index), index), angle, ground.spacing_m)
    pattern = lay_patterns(generator, ground, index)
    weather = slow_field(generator, ground.surface.shape, cells=5) * (NEPER * sensors.weather_db)[:, None, None]
    moist = lookup(_filled(column("moist", chip.device), count), index) * weather
    tilt = lookup(_filled(column("slope", chip.device), count), index) * torch.rad2deg(
        angle - sensors.incidence[:, None, None]
    )
    shared = pattern.log_gain + moist + NEPER * tilt
    texture = _texture(generator, ground, index) * (1 + scatter_points(generator, ground)) * relief.gain
    fate = torch.randn((count, PARCELS), generator=generator, device=chip.device)
    place = (ground.parcel & (PARCELS - 1)).long()

    image = torch.arange(len(chip), device=chip.device)[:, None, None]
    is_cross = (channel != HH) & (channel != VV)
    own = torch.randn((len(chip), PARCELS), generator=generator, device=chip.device)
    fates = (
        (0.9 * fate[chip] + 0.436 * own).flatten()[(place[chip] + PARCELS * image).flatten()].view(place[chip].shape)
    )
    surface = ground.surface[chip].long() + SURFACES * image
    levels = expected_db(landscape, sensors)[chip, channel]
    spread = NEPER * _filled(column("parcels", chip.device), len(chip))
    # Half the variance keeps the mean of a log-normal where the table has it.
    mean = lookup(NEPER * levels - spread**2 / 2, surface) + lookup(spread, surface) * fates + shared[chip]
    power = torch.exp(mean + is_cross[:, None, None] * (NEPER * 2.5) * pattern.turned[chip]) * texture[chip]
    power = _lie_over(power, relief.lies_over[chip])
    power = _with_houses(generator, power, ground, sensors, angle, relief.shadow, chip, is_cross)
    power = smoothed(power, gaussian(sensors.width[chip], reach=2))
    return _received(generator, power, ground, sensors, chip, channel)


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
    return order.clamp(0.6, 40.0), grain.clamp(0.0, 4.0)


def _level_ground(index: Tensor) -> Tensor:
    table = torch.zeros(len(index), SURFACES, device=index.device)
    table[:, LEVEL_GROUND] = 1.0
    return table


def _filled(values: Tensor, count: int) -> Tensor:
    """Return a column ``(FIRST_INVENTED,)`` as a table ``(count, SURFACES)``, 0 for invented materials."""
    return torch.nn.functional.pad(values, (0, SLOTS)).repeat(count, 1)


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


def _with_houses(
    generator: torch.Generator,
    power: Tensor,
    ground: Landscape,
    sensors: Sensors,
    angle: Tensor,
    shadow: Tensor,
    chip: Tensor,
    is_cross: Tensor,
) -> Tensor:
    seen = torch.where(shadow[chip], 0.0, power)
    if not bool((ground.building > 0).any()):
        return seen
    numbers = torch.rand((len(ground.surface), PARCELS), generator=generator, device=power.device)
    place = (ground.parcel & (PARCELS - 1)).long()
    chance = numbers.gather(1, place.flatten(1)).view(place.shape)
    glints = torch.rand(place.shape, generator=generator, device=power.device)
    houses = see_houses(ground.building, ground.facing, chance, glints, angle, ground.spacing_m)
    row = torch.full((len(ground.surface),), -1, device=chip.device)
    row[houses.chip] = torch.arange(len(houses.chip), device=chip.device)
    built = (row[chip] >= 0).nonzero()[:, 0]
    of_day = 10 ** (sensors.offsets_db[chip, :, DISTRICT].mean(1) / 10)
    seen[built] = raise_houses(
        power[built],
        houses,
        row[chip[built]],
        shadow=shadow[chip[built]],
        across=is_cross[built],
        gain=of_day[built],
    )
    return seen


def _received(
    generator: torch.Generator, power: Tensor, ground: Landscape, sensors: Sensors, chip: Tensor, channel: Tensor
) -> Echo:
    """Return power with noise, speckle and single targets, turned back to the map's sides."""
    _, rows, cols = power.shape
    floor = 10 ** (sensors.floor_db[chip, channel] / 10)
    twin = sensors.present[:, HH] & sensors.present[:, VV]
    is_co = (channel == HH) | (channel == VV)
    paired = twin[chip] & is_co
    alike = torch.where(paired, sensors.likeness[chip], 0.0)
    looks, width = sensors.looks, sensors.width
    speckle = draw_speckle(generator, looks[chip] * (1 - alike), width[chip], rows=rows, cols=cols)
    if bool(paired.any()):
        both = twin.nonzero()[:, 0]
        common = draw_speckle(generator, looks[both] * sensors.likeness[both], width[both], rows=rows, cols=cols)
        found = torch.searchsorted(both, chip[paired])
        share = alike[paired][:, None, None]
        speckle[paired] = (1 - share) * speckle[paired] + share * common[found]
    targets = place_targets(generator, ground, sensors.ambiguous)[chip]
    level = torch.where(is_co, 1.0, 0.1)[:, None, None]
    received = (power + floor[:, None, None]) * speckle + level * targets
    turn = ~sensors.looks_right[chip]
    return Echo(torch.where(turn[:, None, None], received.flip(-1), received), chip, channel)
