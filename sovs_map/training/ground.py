"""Invented landscapes: coasts, rivers, fields, woods, towns, as maps of leaves and parcels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

NATURAL = (6, 6, 6, 7, 7, 9, 9, 18, 20, 3, 19, 21)
"""Leaves of the open country, the common ones several times."""

FARMED = (10, 10, 10, 10, 10, 10, 9, 9, 18, 8, 6)
"""Leaves of a parcel of farmland, the common ones several times."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A landscape, before any radar has seen it."""

    leaf: NDArray[np.uint8]
    """Leaf of each pixel, 1 to 22, shape ``(rows, cols)``."""

    parcel: NDArray[np.int32]
    """Number of the field, block or stand, shape ``(rows, cols)``."""

    relief: NDArray[np.float32]
    """Height, deviation 1, shape ``(rows, cols)``."""

    streets: NDArray[np.bool_]
    """Streets inside towns, shape ``(rows, cols)``; their pixels keep the leaf of the block."""


def make_ground(draw: np.random.Generator, shape: tuple[int, int], *, everything: bool = False) -> Ground:
    """Return a random landscape.

    Args:
        draw: where the randomness comes from.
        shape: rows and columns.
        everything: water, woods, fields and towns in one landscape, as a demonstration needs.
    """
    relief = fractal(draw, shape, slope=draw.uniform(1.8, 2.6))
    leaf, parcel = _open_country(draw, shape, kinds=3 if everything else int(draw.integers(1, 5)))
    if everything or draw.random() < 0.7:
        _lay_fields(draw, leaf, parcel, share=draw.uniform(0.25, 0.45) if everything else draw.uniform(0.1, 0.9))
    if everything or draw.random() < 0.6:
        _flood_lowland(draw, leaf, relief, share=0.2 if everything else draw.uniform(0.02, 0.5))
    for _ in range(1 if everything else int(draw.integers(0, 3))):
        _run_river(draw, leaf)
    streets = np.zeros(shape, bool)
    towns = max(4, shape[0] * shape[1] // 700_000) if everything else int(draw.integers(0, 5))
    for _ in range(towns):
        _build_town(draw, leaf, parcel, streets)
    for _ in range(int(draw.integers(0, 4))):
        _run_road(draw, leaf)
    return Ground(leaf, parcel, relief.astype(np.float32), streets)


def fractal(draw: np.random.Generator, shape: tuple[int, int], *, slope: float) -> NDArray[np.float64]:
    """Return noise of mean 0 and deviation 1 whose amplitude falls with frequency to the power ``-slope``."""
    rows, cols = (fft.next_fast_len(size + size // 4, real=True) for size in shape)  # no wrap-around inside
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None] * rows, np.fft.rfftfreq(cols)[None] * cols)
    frequency[0, 0] = np.inf
    phases = draw.normal(size=frequency.shape) + 1j * draw.normal(size=frequency.shape)
    field = fft.irfft2(phases * frequency**-slope, s=(rows, cols), workers=1)[: shape[0], : shape[1]]
    return (field - field.mean()) / field.std()


def _open_country(
    draw: np.random.Generator, shape: tuple[int, int], *, kinds: int
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    leaves = draw.choice(np.unique(NATURAL), kinds, replace=False, p=_shares(NATURAL))
    fields = np.stack([fractal(draw, shape, slope=draw.uniform(1.2, 2.2)) + draw.normal(0, 0.7) for _ in range(kinds)])
    leaf = np.asarray(leaves, np.uint8)[fields.argmax(0)]
    stands = np.digitize(fractal(draw, shape, slope=1.6), np.linspace(-2, 2, 9)).astype(np.int32)
    return leaf, stands + 16 * leaf


def _shares(leaves: tuple[int, ...]) -> NDArray[np.float64]:
    _, counts = np.unique(leaves, return_counts=True)
    return counts / counts.sum()


def _lay_fields(draw: np.random.Generator, leaf: NDArray[np.uint8], parcel: NDArray[np.int32], *, share: float) -> None:
    """Cut part of the country into rectangular fields, turned by one angle."""
    rows, cols = leaf.shape
    where = fractal(draw, leaf.shape, slope=2.0)
    inside = where > np.quantile(where, 1 - share)
    angle, size = draw.uniform(0, np.pi), float(np.exp(draw.uniform(np.log(10), np.log(60))))
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    strip = np.digitize(along, _cuts(draw, along, size))
    skew = draw.uniform(-3, 3, strip.max() + 1)[strip] * size
    field = np.digitize(across + skew, _cuts(draw, across, size * draw.uniform(0.5, 2.0)))
    number = (strip * 1009 + field).astype(np.int32)
    kinds = np.asarray(FARMED, np.uint8)[draw.integers(0, len(FARMED), 4096)]
    leaf[inside] = kinds[number[inside] % 4096]
    parcel[inside] = 1000 + number[inside]


def _cuts(draw: np.random.Generator, axis: NDArray[np.float32], size: float) -> NDArray[np.float64]:
    low, high = float(axis.min()), float(axis.max())
    steps = draw.uniform(0.5, 1.5, int((high - low) / size) + 2) * size
    return low + np.cumsum(steps)


def _flood_lowland(
    draw: np.random.Generator, leaf: NDArray[np.uint8], relief: NDArray[np.float64], *, share: float
) -> None:
    """Fill the lowest land with water, a shore of sand, mud or marsh around it."""
    level = np.quantile(relief, share)
    shore = level + draw.uniform(0, 0.06)
    leaf[relief < shore] = draw.choice((19, 5, 3, 9, 20))
    if draw.random() < 0.25:
        leaf[relief < level + draw.uniform(0.03, 0.25)] = 2
    leaf[relief < level] = 1


def _run_river(draw: np.random.Generator, leaf: NDArray[np.uint8]) -> None:
    rows, cols = leaf.shape
    path = fractal(draw, (rows, 2), slope=1.8)[:, 0] * cols * 0.12 + draw.uniform(0, cols)
    width = np.exp(draw.uniform(np.log(1.5), np.log(14))) * (1 + 0.3 * fractal(draw, (rows, 2), slope=1.5)[:, 0])
    turned = leaf if draw.random() < 0.5 or rows != cols else leaf.T
    distance = np.abs(np.arange(cols)[None] - path[:, None])
    turned[distance < width[:, None]] = 1


def _run_road(draw: np.random.Generator, leaf: NDArray[np.uint8]) -> None:
    rows, cols = leaf.shape
    path = fractal(draw, (rows, 2), slope=2.2)[:, 0] * cols * 0.1 + draw.uniform(0, cols)
    path += np.arange(rows) * draw.uniform(-1, 1)
    turned = leaf if draw.random() < 0.5 or rows != cols else leaf.T
    on = np.abs(np.arange(cols)[None] - path[:, None]) < draw.uniform(0.7, 2.2)
    turned[on & (turned != 1)] = 16


def _build_town(
    draw: np.random.Generator, leaf: NDArray[np.uint8], parcel: NDArray[np.int32], streets: NDArray[np.bool_]
) -> None:
    """Build a core, housing around it, industry and paved grounds in blocks between streets."""
    radius = float(np.exp(draw.uniform(np.log(25), np.log(170))))
    row, col = draw.uniform(0, leaf.shape[0]), draw.uniform(0, leaf.shape[1])
    reach = int(radius * 1.7)
    top, left = max(0, int(row) - reach), max(0, int(col) - reach)
    view = np.s_[top : max(top + 2, int(row) + reach), left : max(left + 2, int(col) + reach)]
    shape = leaf[view].shape
    if min(shape) < 4:
        return
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    y, x = y + (top - row), x + (left - col)
    distance = np.hypot(y, x) / radius + 0.18 * fractal(draw, shape, slope=1.4)
    angle, block = draw.uniform(0, np.pi), draw.uniform(5, 12)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    big = (np.floor(along / (block * 3)) * 733 + np.floor(across / (block * 2)) * 7919).astype(np.int64) % 4096
    kinds = draw.choice((12, 14, 17, 9, 18, 11), 4096, p=(0.62, 0.19, 0.07, 0.05, 0.03, 0.04)).astype(np.uint8)
    town = np.where(distance < draw.uniform(0, 0.35), np.uint8(11), kinds[big])
    inside = (distance < 1) & (leaf[view] != 1)
    leaf[view] = np.where(inside, town, leaf[view])
    parcel[view] = np.where(inside, (3_000_000 + big).astype(np.int32), parcel[view])
    street = (along % block < 1.1) | (across % (block * 1.6) < 1.1)
    streets[view] |= inside & street & np.isin(town, (11, 12))


def smooth_labels(leaf: NDArray[np.uint8], *, least: int) -> NDArray[np.uint8]:
    """Return the map with regions of fewer than ``least`` pixels set to 0, unlabelled: no real map shows them."""
    out = leaf.copy()
    for kind in np.unique(leaf):
        regions, count = ndimage.label(leaf == kind)
        small = np.bincount(regions.ravel(), minlength=count + 1) < least
        small[0] = False
        out[small[regions]] = 0
    return out
