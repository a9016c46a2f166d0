"""What a radar makes of a landscape: levels, parcels, texture, relief, houses, speckle, noise, products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sovs_map.radiometry import reference_level_db
from sovs_map.training.backscatter import BACKSCATTER
from sovs_map.training.ground import Ground

PARCELS = 4096
"""Parcel numbers are folded to as many offsets."""


@dataclass(frozen=True, slots=True, eq=False)
class Sensor:
    """One acquisition: everything that is the same for the whole scene."""

    polarisations: tuple[str, ...]
    """One to four of HH, HV, VH, VV."""

    levels: NDArray[np.float32]
    """Mean backscatter of each leaf, shape ``(polarisations, 23)`` [dB]."""

    parcels: NDArray[np.float32]
    """Offset of each parcel number modulo PARCELS, in deviations, shape ``(PARCELS,)``."""

    looks: float
    """Equivalent number of independent looks of the speckle."""

    floor_db: float
    """Noise-equivalent sigma nought [dB]."""

    relief_db: float
    """Brightening of slopes that face the radar [dB per deviation]."""

    blur: float
    """Width of the point response [pixels]."""

    calibrated: bool
    """Whether the product's numbers are absolute."""

    eight_bit: bool
    """Whether an uncalibrated product is clipped and rounded to 8 bits."""


def draw_sensor(draw: np.random.Generator) -> Sensor:
    """Return a random acquisition, most often like Sentinel-1."""
    pairs = (
        ("VV", "VH"),
        ("VV", "VH"),
        ("VV", "VH"),
        ("VV",),
        ("VH",),
        ("HH", "HV"),
        ("HH",),
        ("HH", "HV", "VH", "VV"),
    )
    polarisations = pairs[draw.integers(len(pairs))]
    band = str(draw.choice(("C", "X", "L"), p=(0.8, 0.1, 0.1)))
    calibrated = bool(draw.random() < 0.6)
    return Sensor(
        polarisations=polarisations,
        levels=_levels(draw, polarisations, band),
        parcels=draw.normal(0, 1, PARCELS).astype(np.float32),
        looks=float(draw.choice((1.0, 2.0, 4.4, 4.4, 4.4, 8.0, 20.0))),
        floor_db=float(draw.normal(-26, 2)),
        relief_db=float(abs(draw.normal(0, 1.5))),
        blur=float(draw.uniform(0.3, 0.8)),
        calibrated=calibrated,
        eight_bit=bool(not calibrated and draw.random() < 0.7),
    )


def sentinel_1(draw: np.random.Generator) -> Sensor:
    """Return a calibrated dual-polarised C band acquisition of 4.4 looks with the table's own levels."""
    polarisations = ("VV", "VH")
    return Sensor(
        polarisations=polarisations,
        levels=np.array(
            [[_level(leaf, p, "C") for leaf in range(len(BACKSCATTER))] for p in polarisations], np.float32
        ),
        parcels=draw.normal(0, 1, PARCELS).astype(np.float32),
        looks=4.4,
        floor_db=-26.0,
        relief_db=0.8,
        blur=0.5,
        calibrated=True,
        eight_bit=False,
    )


def observe(draw: np.random.Generator, ground: Ground, sensor: Sensor) -> NDArray[np.float32]:
    """Return sigma nought ``(polarisations, rows, cols)`` [dB] of the landscape, with speckle and noise."""
    field = mean_field(ground, sensor)
    field += _houses(draw, ground)
    texture = _texture(draw, ground.leaf)
    image = np.empty((len(sensor.polarisations), *ground.leaf.shape), np.float32)
    for index in range(len(image)):
        power = ndimage.gaussian_filter(10 ** (field[index] / 10) * texture, sensor.blur)
        speckle = draw.standard_gamma(sensor.looks, power.shape, np.float32) / np.float32(sensor.looks)
        noise = 10 ** (sensor.floor_db / 10) * draw.standard_gamma(sensor.looks, power.shape, np.float32) / sensor.looks
        image[index] = 10 * np.log10(np.maximum(power * speckle + noise, 1e-5))
    return image


def mean_field(ground: Ground, sensor: Sensor) -> NDArray[np.float32]:
    """Return the expected backscatter ``(polarisations, rows, cols)`` [dB], before texture and speckle."""
    spread = np.array([entry.parcels for entry in BACKSCATTER], np.float32)
    field = sensor.levels[:, ground.leaf] + (spread[ground.leaf] * sensor.parcels[ground.parcel % PARCELS])[None]
    slope = ndimage.sobel(ground.relief, axis=1) if min(ground.relief.shape) > 2 else np.zeros_like(ground.relief)
    slope /= slope.std() + 1e-6
    hilly = np.isin(ground.leaf, (6, 7, 9, 18, 20, 21))
    field += (np.clip(slope, -2.5, 3.5) * hilly * sensor.relief_db * np.where(ground.leaf == 20, 2.0, 1.0))[None]
    return field.astype(np.float32)


def product_offsets(ground: Ground, sensor: Sensor) -> NDArray[np.float32]:
    """Return the shift ``(polarisations,)`` [dB] that puts the scene's medians at their reference levels.

    It is what `sovs_map.scene` does to products of unknown gain: band by band for 8 bits, else one for all.
    """
    thin = Ground(ground.leaf[::4, ::4], ground.parcel[::4, ::4], ground.relief[::4, ::4], ground.streets[::4, ::4])
    medians = np.median(mean_field(thin, sensor).reshape(len(sensor.polarisations), -1), axis=1)
    wanted = np.array([reference_level_db(name) for name in sensor.polarisations])
    shift = wanted - medians
    return (shift if sensor.eight_bit else np.full_like(shift, shift.mean())).astype(np.float32)


def clip_to_8_bits(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return dB ``(polarisations, rows, cols)`` as they come back from amplitude clipped at its 99 % quantile in 8 bits."""
    amplitude = 10 ** (image / 20)
    top = np.quantile(amplitude[:, ::4, ::4], 0.99, axis=(1, 2), keepdims=True)
    numbers = np.clip(np.round(amplitude / top * 255), 1, 255)
    return (20 * np.log10(numbers * top / 255)).astype(np.float32)


def _levels(draw: np.random.Generator, polarisations: tuple[str, ...], band: str) -> NDArray[np.float32]:
    scene = draw.normal(0, [entry.spread for entry in BACKSCATTER])
    gain = draw.normal(0, 0.7)
    each = draw.normal(0, 0.6, (len(polarisations), len(BACKSCATTER)))
    table = np.array([[_level(leaf, p, band) for leaf in range(len(BACKSCATTER))] for p in polarisations])
    return (table + scene + each + gain).astype(np.float32)


def _level(leaf: int, polarisation: str, band: str) -> float:
    entry = BACKSCATTER[leaf]
    level = entry.level + {"C": 0.0, "X": entry.x_band, "L": entry.l_band}[band]
    if polarisation in ("VH", "HV"):
        return level + entry.cross
    if polarisation == "HH":
        return level + {1: -1.0, 2: -1.0, 11: 2.0, 12: 1.0, 14: 2.0}.get(leaf, 0.0)
    return level


def _houses(draw: np.random.Generator, ground: Ground) -> NDArray[np.float32]:
    """Return what single buildings add [dB]: corner reflections, and darker streets between them."""
    added = np.zeros(ground.leaf.shape, np.float32)
    added[ground.streets] = -3.5
    for leaf, share, strength in ((12, 0.10, 5.0), (11, 0.2, 5.0), (14, 0.10, 7.0)):
        bright = (ground.leaf == leaf) & ~ground.streets & (draw.random(added.shape) < share)
        added[bright] += draw.exponential(strength, int(bright.sum())).astype(np.float32)
    return added


def _texture(draw: np.random.Generator, leaf: NDArray[np.uint8]) -> NDArray[np.float32]:
    order = np.array([entry.order for entry in BACKSCATTER], np.float32)[leaf]
    texture = ndimage.gaussian_filter(draw.standard_gamma(order).astype(np.float32) / order, 0.6)
    rows = np.sin(np.add.outer(np.arange(leaf.shape[0]) * 0.9, np.arange(leaf.shape[1]) * 0.6)) * 0.35
    return np.where(leaf == 8, texture * (1 + rows), texture).astype(np.float32)
