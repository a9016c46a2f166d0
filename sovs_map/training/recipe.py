"""What made a bundle: every number that matters, in one TOML file that travels with the weights."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sovs_map.training.distillation import DistillationRecipe
from sovs_map.training.loop import Schedule


@dataclass(frozen=True, slots=True)
class Recipe:
    """Text tower, data and schedule of one model."""

    name: str
    """Of the bundle."""

    licence: str
    """SPDX identifier of the weights."""

    description: str
    """One sentence for `sovs-map models`."""

    spacing_m: tuple[float, float]
    """Pixel spacings that the model is for [m]."""

    tile: int
    """Side of the tiles for mapping [pixels], near that of training chips: in the middle of larger ones no rim is in
    sight, which the network has never seen. 256 in place of 512 gave 0.04 more mIoU with chips of 224."""

    overlap: int
    """How far they overlap [pixels]."""

    side: int
    """Side of a training chip [pixels], a multiple of 32."""

    landscapes: int
    """How many simulated landscapes chips are cut from."""

    landscape_seed: int
    """Of the landscapes."""

    fixed_share: float
    """Share of the steps whose classes are the real data's own."""

    schedule: Schedule
    """Of the network."""

    yardstick_steps: int
    """Steps of the closed-set copy, half as many chips each: the real ones."""

    distillation: DistillationRecipe
    """Of the text tower."""


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a TOML file."""
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    low, high = document.pop("spacing_m")
    schedule = Schedule(**document.pop("schedule"))
    distillation = DistillationRecipe(**document.pop("distillation"))
    return Recipe(**document, spacing_m=(low, high), schedule=schedule, distillation=distillation)
