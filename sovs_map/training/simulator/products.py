"""What is stored of an echo, and what this program makes of it: numbers, their loss, and the way back to dB."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.encoder import POLARISATIONS
from sovs_map.radiometry import FLOOR_DB, STRETCH_DB, reference_level_db
from sovs_map.training.simulator.echo import Echo, expected_db, texture_table
from sovs_map.training.simulator.landscape import Landscape
from sovs_map.training.simulator.patterns import NEPER
from sovs_map.training.simulator.sensors import Product, Sensors
from sovs_map.training.simulator.surfaces import CHANNELS, column

QUANTILES = 129
"""How many quantiles stand for the numbers of a whole scene."""

JITTER_DB = 1.5
"""Deviation of a real scene's median from what its shares of surfaces tell [dB]. An engineering assumption."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the program sees after it opened ``n`` products."""

    db: Tensor
    """Backscatter, float32 ``(n, 4, rows, cols)`` [dB]; 0 where a channel is absent."""

    present: Tensor
    """Which channels there are, bool ``(n, 4)``."""

    polarisation: Tensor
    """Index of `POLARISATIONS`, int64 ``(n, 4)``; 0 where absent or the name was lost."""

    calibrated: Tensor
    """Whether levels are absolute, bool ``(n,)``."""

    spacing_known: Tensor
    """Whether the pixel spacing is known, bool ``(n,)``."""


def to_product(generator: torch.Generator, echo: Echo, landscape: Landscape, sensors: Sensors) -> Seen:
    """Return what the program sees of echoes after they were filtered, resampled, stored, and opened.

    Products of unknown gain are shifted as `sovs_map.scene.scaling` does: 8-bit bands each by its own median, 16-bit
    ones by one gain. The median is the whole scene's, from the landscape's shares.
    """
    chip, channel = echo.chip, echo.channel
    power = _filtered(echo.power, sensors.filtered[chip], sensors.adaptive[chip])
    power = _resampled(power, sensors.resampled[chip])
    db = 10 / math.log(10) * torch.log(power.clamp_min(1e-12))
    quantiles = scene_quantiles(landscape, sensors)[chip, channel]
    quantiles = quantiles + JITTER_DB * torch.randn((len(chip), 1), generator=generator, device=db.device)
    quantiles, db = _with_gain(generator, quantiles, db, chip, sensors)
    opened = _opened(quantiles, db, chip, channel, sensors)
    count = len(sensors.band)
    shown = torch.zeros(count, len(CHANNELS), *db.shape[1:], device=db.device)
    shown[chip, channel] = opened.clamp_min(FLOOR_DB)
    names = torch.tensor([POLARISATIONS.index(name) for name in CHANNELS], device=db.device)
    named = sensors.present & sensors.names_known[:, None]
    calibrated = sensors.product == Product.ABSOLUTE
    return Seen(shown, sensors.present, torch.where(named, names, 0), calibrated, sensors.spacing_known)


def scene_quantiles(landscape: Landscape, sensors: Sensors) -> Tensor:
    """Return evenly spaced quantiles of whole scenes in all channels, shape ``(n, 4, QUANTILES)`` [dB].

    Each surface counts as normal in dB, with the deviation of its parcels, texture and speckle; the median of speckle
    lies below its mean. The first and last are the quantiles 0.001 and 0.999.
    """
    order, _ = texture_table(landscape)
    floor = 10 ** (sensors.floor_db / 10)
    level = 10 ** (expected_db(landscape, sensors) / 10) + floor[..., None]
    looks = sensors.looks_at(landscape.spacing_m)[:, None] * sensors.filtered[:, None].float() ** 1.5
    contrast = (1 + 1 / order) * (1 + 1 / looks) - 1
    parcels = F.pad(column("parcels", order.device), (0, order.shape[1] - len(column("parcels", order.device))))
    variance = torch.log1p(contrast) + (NEPER * parcels) ** 2  # (n, surfaces)
    middle = torch.log(level) - variance[:, None] / 2  # (n, 4, surfaces)
    grid = torch.linspace(-42.0, 18.0, 241, device=order.device) * NEPER
    spread = variance.sqrt()[:, None, :, None]
    below = torch.special.ndtr((grid - middle[..., None]) / spread)
    shares = landscape.shares / landscape.shares.sum(1, keepdim=True)
    share = torch.einsum("ns,ncsg->ncg", shares, below).contiguous()
    wanted = (
        torch.linspace(0.001, 0.999, QUANTILES, device=order.device).expand(*share.shape[:2], QUANTILES).contiguous()
    )
    above = torch.searchsorted(share, wanted).clamp(1, len(grid) - 1)
    low, high = share.gather(-1, above - 1), share.gather(-1, above)
    part = ((wanted - low) / (high - low).clamp_min(1e-9)).clamp(0, 1)
    return (grid[above - 1] + part * (grid[above] - grid[above - 1])) / NEPER


def _filtered(power: Tensor, side: Tensor, adaptive: Tensor) -> Tensor:
    """Return power after the box or Lee filter of a window's side; 1 leaves it alone.

    Source:
        J.-S. Lee 1980, doi:10.1109/TPAMI.1980.4766994, with the scene's least contrast taken as the speckle's.
    """
    power = power.clone()
    for window in (3, 5, 7):
        some = (side == window).nonzero()[:, 0]
        if not len(some):
            continue
        image = power[some]
        mean, square = (_box(moment, window) for moment in (image, image**2))
        contrast = ((square - mean**2) / mean**2).clamp_min(0)
        speckle = contrast.flatten(1).quantile(0.3, dim=1)[:, None, None]
        weight = ((contrast - speckle) / contrast.clamp_min(1e-6)).clamp(0, 1) * adaptive[some][:, None, None]
        power[some] = mean + weight * (image - mean)
    return power


def _box(image: Tensor, window: int) -> Tensor:
    half = window // 2
    return F.avg_pool2d(F.pad(image[None], (half,) * 4, mode="reflect")[0], window, stride=1)


def _resampled(power: Tensor, resampled: Tensor) -> Tensor:
    """Return power read between its pixels, bilinearly, by a distance that swings over the image as a new grid's does."""
    some = resampled.nonzero()[:, 0]
    if not len(some):
        return power
    power = power.clone()
    image = power[some]
    for axis in (1, 2):
        size = image.shape[axis]
        swing = torch.arange(size, device=power.device) * (3.0 / size)
        part = (torch.remainder(swing, 1) - 0.5).abs().view(-1, *(1,) * (2 - axis))
        after = image.index_select(axis, torch.arange(1, size + 1, device=power.device).clamp_max(size - 1))
        image = (1 - part) * image + part * after
    power[some] = image
    return power


def _with_gain(
    generator: torch.Generator, quantiles: Tensor, db: Tensor, chip: Tensor, sensors: Sensors
) -> tuple[Tensor, Tensor]:
    """Return scene and image with the unknown gain of products that aren't calibrated [dB]."""
    gain = 8 * torch.rand(len(sensors.band), generator=generator, device=db.device) - 4
    gain = torch.where(sensors.product == Product.ABSOLUTE, 0.0, gain)[chip]
    return quantiles + gain[:, None], db + gain[:, None, None]


def _opened(quantiles: Tensor, db: Tensor, chip: Tensor, channel: Tensor, sensors: Sensors) -> Tensor:
    """Return dB ``(images, rows, cols)`` that the program reads from products."""
    product = sensors.product[chip]
    reference = torch.tensor([reference_level_db(name) for name in CHANNELS], device=db.device)[channel]
    middle = QUANTILES // 2
    shift = reference - quantiles[:, middle]
    sums = torch.zeros(len(sensors.band), device=db.device).index_add(0, chip, shift)
    shared = (sums / sensors.present.sum(1))[chip]
    opened = db.clone()
    for kind in (Product.MEAN_8, Product.PERCENTILE_8, Product.QUANTILE_8, Product.LOGARITHM_8):
        some = (product == kind).nonzero()[:, 0]
        if len(some):
            opened[some] = _opened_8(kind, quantiles[some], db[some], reference[some], sensors.stretch_db[chip[some]])
    wide = (product == Product.AMPLITUDE_16).nonzero()[:, 0]
    if len(wide):
        opened[wide] = _rounded_16(db[wide]) + shared[wide][:, None, None]
    return opened


def _rounded_16(db: Tensor) -> Tensor:
    """Return dB after amplitude was rounded to whole numbers, 1000 at 0 dB."""
    number = (1000 * torch.exp(0.5 * NEPER * db)).round().clamp(0, 65535)
    return 2 / NEPER * torch.log(number.clamp_min(1e-6)) - 60


def _opened_8(kind: Product, quantiles: Tensor, db: Tensor, reference: Tensor, stretch_db: Tensor) -> Tensor:
    """Return dB that the program reads from 8-bit pictures ``(k, rows, cols)``."""
    low, high = _limits(kind, quantiles, stretch_db)
    scene, image = (_grey(kind, values, low, high) for values in (quantiles[..., None], db))
    logarithmic = _looks_logarithmic(scene[..., 0])[:, None, None]
    levels = []
    for grey in (scene, image):
        amplitude = 2 / NEPER * torch.log(grey.clamp_min(1e-6))
        levels.append(torch.where(logarithmic, grey * (STRETCH_DB / 255), amplitude))
    median = levels[0][:, QUANTILES // 2]
    return levels[1] + (reference[:, None] - median)[..., None]


def _limits(kind: Product, quantiles: Tensor, stretch_db: Tensor) -> tuple[Tensor, Tensor]:
    """Return what grey values 0 and 255 stand for ``(k,)``: amplitude, or dB for a logarithmic picture."""
    amplitude = torch.exp(0.5 * NEPER * quantiles)
    first, last = round(0.01 * (QUANTILES - 1)), round(0.99 * (QUANTILES - 1))
    nothing = torch.zeros_like(amplitude[:, 0])
    match kind:
        case Product.MEAN_8:
            return nothing, 3 * amplitude.mean(1)
        case Product.PERCENTILE_8:
            return amplitude[:, first], amplitude[:, last]
        case Product.QUANTILE_8:
            return nothing, amplitude[:, last]
        case _:
            median = quantiles[:, QUANTILES // 2]
            return median + stretch_db[:, 0], median + stretch_db[:, 1]


def _grey(kind: Product, db: Tensor, low: Tensor, high: Tensor) -> Tensor:
    value = db if kind is Product.LOGARITHM_8 else torch.exp(0.5 * NEPER * db)
    share = (value - low[:, None, None]) / (high - low)[:, None, None]
    return (255 * share).round().clamp(0, 255)


def _looks_logarithmic(grey: Tensor) -> Tensor:
    """Tell of scenes ``(k, quantiles)`` whether `sovs_map.radiometry.is_logarithmic` takes them for pictures of dB."""
    mean, deviation = grey.mean(1), grey.std(1).clamp_min(1e-6)
    skewness = (((grey - mean[:, None]) / deviation[:, None]) ** 3).mean(1)
    return (skewness < 0.5) & (deviation / mean.clamp_min(1e-6) < 0.45)
