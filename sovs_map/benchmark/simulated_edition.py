"""Simulated scenes as a data set on disk: several sensors, fixed seeds, train and test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
import torch
from numpy.typing import NDArray
from rasterio.transform import Affine

from sovs_map.benchmark.data_sets.simulated import SIMULATED
from sovs_map.benchmark.finding import LocalSet
from sovs_map.outputs.finishing import finished_file
from sovs_map.training.real import Fragment
from sovs_map.training.simulated import make_scenes
from sovs_map.training.simulator.sensors import draw_sensors

SEED = 551_022
"""Of all scenes: neither training nor its examination draws from it."""

SIDE = 512
"""Of a scene [pixels]."""

TEST = 4
"""One scene in so many is of the test split."""

STEP = 1024.0
"""Amplitude of 0 dB in uncalibrated scenes, which are stored in 16 bits."""


def write_simulated(output: Path, count: int, *, side: int = SIDE) -> LocalSet:
    """Write simulated scenes and labels; those that are there already are kept.

    Calibrated scenes are stored in dB, others as amplitude in 16 bits.

    Args:
        output: of the benchmark; scenes go to its folder ``simulated``.
        count: of scenes; the first scenes of a larger number are those of a smaller one.
        side: of a scene [pixels].

    Raises:
        OutputError: no space, no permission.
    """
    root = output / SIMULATED.name
    for index in range(count):
        split = "test" if index % TEST == TEST - 1 else "train"
        labels = root / split / "labels" / f"{index:05d}.tif"
        if not labels.is_file():
            _write_scene(root / split, labels, index, side=side)
    return LocalSet(SIMULATED, root, SIMULATED.layouts[0])


def _write_scene(folder: Path, labels: Path, index: int, *, side: int) -> None:
    drawn = draw_sensors(torch.Generator().manual_seed(SEED + index), 1)
    sensor = replace(drawn, names_known=torch.ones(1, dtype=torch.bool))
    scene = make_scenes(SEED + index, (sensor,), side=side, spacing_m=SIMULATED.spacing_m)[0]
    picture = folder / "-".join(scene.polarisations) / labels.name
    for path in (picture, labels):
        path.parent.mkdir(parents=True, exist_ok=True)
    _write(picture, _stored(scene), scene.polarisations)
    _write(labels, scene.labels[None], ("label",))  # last, since it says that the scene is whole


def _stored(scene: Fragment) -> NDArray[np.generic]:
    if scene.calibrated:
        return scene.db
    return np.clip(np.round(STEP * 10 ** (scene.db / 20)), 1, 65535).astype(np.uint16)


def _write(path: Path, values: NDArray[np.generic], names: tuple[str, ...]) -> None:
    step = SIMULATED.spacing_m
    with (
        finished_file(path) as partial,
        rasterio.open(
            partial,
            "w",
            driver="GTiff",
            dtype=values.dtype,
            count=len(values),
            height=values.shape[1],
            width=values.shape[2],
            crs="EPSG:32631",
            transform=Affine(step, 0, 500_000, 0, -step, 5_000_000),
            compress="deflate",
        ) as raster,
    ):
        raster.write(values)
        raster.descriptions = names
