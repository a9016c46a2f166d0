"""How far simulated scenes are from real ones, class by class.

Compared are level, contrast, looks, grain of the speckle, bright points, and the shapes of regions, in the training
scenes of a recipe (Sentinel-1 of Los Angeles) and in invented landscapes as the same kind of product.

usage: python benchmarks/simulator_gap.py --data FOLDER [--recipe models/sovs-tiny/recipe.toml] [--scenes 12]
FOLDER holds the scenes that the recipe names; they do not come with this program.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from sovs_map.training.labels import LABEL_SETS
from sovs_map.training.real import Fragment
from sovs_map.training.recipe import read_recipe
from sovs_map.training.scene_set import SceneClass, read_scenes
from sovs_map.training.simulator.biomes import BIOMES
from sovs_map.training.simulator.compose import make_landscapes
from sovs_map.training.simulator.echo import observe
from sovs_map.training.simulator.products import to_product
from sovs_map.training.simulator.sensors import VH, Product, draw_sensors, sentinel_1

SIDE, SPACING_M = 1024, 8.3
"""Of the fragments, and of the invented scenes [pixels, m]."""

LIKE = ("city", "harbour", "mediterranean")
"""Biomes that look like the real scenes."""

POINT = 6.3
"""Power of a bright point over its surroundings of 27 pixels: 8 dB."""

WINDOWS = (3, 9, 27)
"""Sides of the windows in which contrast is measured [pixels]."""

HEADER = "class         share  level  sd3  sd9 sd27  between  looks  lag1  lag2  lag3  points   size  raggedness"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one class looks like."""

    share: float
    """Of the labelled pixels [%]."""

    level: float
    """Median over the scene's median [dB]."""

    contrast: tuple[float, ...]
    """Median deviation within pure windows of WINDOWS [dB]."""

    between: float
    """Deviation of the means of pure windows of 27 pixels [dB]."""

    looks: float
    """Upper decile of the equivalent number of looks in pure windows of 9 pixels: that of even ground."""

    lags: tuple[float, ...]
    """Correlation of intensity over its local mean at 1, 2, 3 pixels, columns and rows together."""

    points: float
    """Pixels 8 dB and more over their surroundings of 27 pixels [per 1000]."""

    size: float
    """Region size that half of the class's pixels lie below [1000 pixels]."""

    raggedness: float
    """Borders between regions over the root of their area; 4 for a square."""

    def __str__(self) -> str:
        """Return a row under HEADER."""
        columns = (*self.contrast, self.between, self.looks, *self.lags, self.points, self.size, self.raggedness)
        formats = ("5.1f", "5.1f", "5.1f", "8.1f", "7.1f", "6.2f", "6.2f", "6.2f", "8.1f", "7.1f", "8.1f")
        cells = "".join(f"{value:{form}}" for value, form in zip(columns, formats, strict=True))
        return f"{self.share:5.1f} {self.level:6.1f}{cells}"


def invented_scenes(count: int) -> Iterator[Fragment]:
    """Yield landscapes of LIKE as VH pictures of 8 bits, clipped as the real ones."""
    biomes = [biome for biome in BIOMES if biome.name in LIKE]
    for index in range(count):
        chance = torch.Generator().manual_seed(index)
        like = (biomes[index % len(biomes)],)
        land = make_landscapes(chance, count=1, side=SIDE, spacing_m=torch.tensor([SPACING_M]), biomes=like)
        only_vh = torch.tensor([[False, False, True, False]])
        sensor = replace(
            sentinel_1(1),
            present=only_vh,
            offsets_db=draw_sensors(chance, 1).offsets_db,
            product=torch.tensor([int(Product.QUANTILE_8)]),
            resampled=torch.ones(1, dtype=torch.bool),
        )
        seen = to_product(chance, observe(chance, land, sensor), land, sensor)
        db, label = seen.db[0, VH : VH + 1].numpy(), land.label[0].numpy()
        yield Fragment(f"invented {index}", db, label, ("VH",), calibrated=False, spacing_m=SPACING_M)


def labels_of(one: SceneClass) -> tuple[int, ...]:
    """Return the labels that stand for leaves of the class and for no other."""
    return tuple(label for label, leaves in enumerate(LABEL_SETS) if leaves and leaves <= one.leaves)


def measure(scenes: Sequence[Fragment], kinds: tuple[int, ...]) -> Figures | None:
    """Return the figures of a class over scenes, NaN where it is nowhere pure; None if it has no region to speak of."""
    masks = [np.isin(scene.labels, kinds) for scene in scenes]
    labelled = sum(int((scene.labels > 0).sum()) for scene in scenes)
    dbs = [scene.db[0] for scene in scenes]
    pairs = list(zip(dbs, masks, strict=True))
    means, deviations = zip(
        *(_joined([_windows(db, mask, side) for db, mask in pairs]) for side in WINDOWS), strict=True
    )
    grain = [_grain(10 ** (db / 10), mask) for db, mask in pairs]
    sizes, borders = _joined([_regions(mask) for mask in masks])
    order = np.argsort(sizes)
    large = sizes > 100
    if not large.any():
        return None
    looks = np.concatenate([one.looks for one in grain])
    variance = sum(one.variance for one in grain) or np.nan
    return Figures(
        100 * sum(int(mask.sum()) for mask in masks) / labelled,
        float(np.median(np.concatenate([(db - np.median(db))[mask] for db, mask in pairs]))),
        tuple(float(np.median(one)) if one.size else np.nan for one in deviations),
        float(means[-1].std()) if means[-1].size else np.nan,
        float(np.quantile(looks, 0.9)) if looks.size else np.nan,
        tuple(np.sum([one.products for one in grain], axis=0) / variance),
        1000 * float(np.concatenate([one.points for one in grain]).mean()),
        float(sizes[order][np.searchsorted(sizes[order].cumsum(), sizes.sum() / 2)]) / 1000,
        float(np.average(borders[large] / np.sqrt(sizes[large]), weights=sizes[large])),
    )


def _joined(parts: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> tuple[NDArray[Any], NDArray[Any]]:
    first, second = zip(*parts, strict=True)
    return np.concatenate(first), np.concatenate(second)


def _windows(
    db: NDArray[np.float32], mask: NDArray[np.bool_], side: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and deviation of windows that lie inside a class."""
    mean = ndimage.uniform_filter(db, side)
    deviation = np.sqrt(np.maximum(ndimage.uniform_filter(db**2, side) - mean**2, 0))
    step = max(1, side // 3)
    pure = (ndimage.uniform_filter(mask.astype(np.float32), side) > 0.999)[::step, ::step]
    return (mean - np.median(db))[::step, ::step][pure], deviation[::step, ::step][pure]


@dataclass(frozen=True, slots=True, eq=False)
class _Grain:
    looks: NDArray[np.float32]
    """Of pure windows."""

    products: NDArray[np.float64]
    """Of neighbours at 1 to 3 pixels in even ground, mean times the number of pixels ``(3,)``."""

    variance: float
    """The same of pixels with themselves."""

    points: NDArray[np.bool_]
    """Which pixels of the class are points."""


def _grain(power: NDArray[np.float32], mask: NDArray[np.bool_]) -> _Grain:
    """Return the speckle of a class; even ground is the 30 % of its pure windows that have most looks."""
    mean, square = ndimage.uniform_filter(power, 9), ndimage.uniform_filter(power**2, 9)
    looks = mean**2 / np.maximum(square - mean**2, 1e-12)
    even = ndimage.uniform_filter(mask.astype(np.float32), 9) > 0.999
    inside = looks[even]
    points = (power > POINT * ndimage.uniform_filter(power, 27))[mask]
    if not inside.size:
        return _Grain(inside, np.zeros(3), 0.0, points)
    even &= looks > np.quantile(inside, 0.7)
    ratio = np.where(even, power / mean - 1, 0)
    products = np.zeros(3)
    for lag in (1, 2, 3):
        for axis in (0, 1):
            both = even & np.roll(even, lag, axis)
            products[lag - 1] += (ratio * np.roll(ratio, lag, axis))[both].sum() / max(1, both.sum()) / 2
    return _Grain(inside, products * even.sum(), float((ratio[even] ** 2).sum()), points)


def _regions(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return areas of connected regions [pixels] and lengths of their borders [pixel sides]."""
    regions, count = ndimage.label(mask)
    areas = np.bincount(regions.ravel(), minlength=count + 1)
    borders = np.zeros(count + 1)
    for axis in (0, 1):
        near, far = np.take(regions, range(len(mask) - 1), axis), np.take(regions, range(1, len(mask)), axis)
        differ = near != far
        borders += np.bincount(near[differ], minlength=count + 1) + np.bincount(far[differ], minlength=count + 1)
    return areas[1:].astype(np.float64), borders[1:]


def main() -> None:
    """Measure both sides and print one table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--recipe", type=Path, default=Path("models/sovs-tiny/recipe.toml"))
    ask.add_argument("--scenes", type=int, default=12)
    asked = ask.parse_args()
    wanted = read_recipe(asked.recipe).scenes
    real = read_scenes(wanted, asked.data, split="train")
    invented = tuple(invented_scenes(asked.scenes))
    print(HEADER)
    for one in wanted.classes:
        for side, scenes in ((one.name[:12], real), ("  simulated", invented)):
            print(f"{side:13s}{measure(scenes, labels_of(one)) or '    -'}", flush=True)


if __name__ == "__main__":
    main()
