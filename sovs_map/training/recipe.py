"""What made a bundle: every number that matters, in one TOML file that travels with the weights."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sovs_map.errors import OptionError
from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.sovs_net import STRIDE
from sovs_map.training.calibration import CalibrationPlan
from sovs_map.training.clip_weights import ClipRecipe
from sovs_map.training.distillation import DistillationRecipe
from sovs_map.training.loop import Schedule
from sovs_map.training.objective import Emphasis
from sovs_map.training.pool import SIDE, Pool
from sovs_map.training.recipe_tables import read_table
from sovs_map.training.scene_set import SceneSet
from sovs_map.training.scene_tables import scene_set
from sovs_map.training.trial import TrialPlan

LEVELS = 4
"""Of the encoder's pyramid: strides 4, 8, 16, 32."""


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
    """Side of the tiles for mapping [pixels]."""

    overlap: int
    """How far they overlap [pixels]."""

    real_share: float
    """Share of real chips in a batch; the others are simulated."""

    fixed_share: float
    """Share of the vocabularies whose classes are the real data's own."""

    cuts: int
    """Vocabularies a step: the image is encoded once and asked in so many ways."""

    schedule: Schedule
    """Of the network."""

    yardstick: Schedule
    """Of the closed-set copy, real chips only."""

    text: DistillationRecipe | ClipRecipe
    """Where phrases come from: a tower of our own, or CLIP with both its towers."""

    scenes: SceneSet
    """Labelled real scenes."""

    pool: Pool = field(default_factory=Pool)
    """Of the simulated landscapes."""

    emphasis: Emphasis = field(default_factory=Emphasis)
    """Of the losses."""

    network: EncoderConfig = field(default_factory=EncoderConfig)
    """Shape of our own encoder: the network's, unless CLIP gives it, and the closed-set copy's."""

    calibration: CalibrationPlan = field(default_factory=CalibrationPlan)
    """What probabilities are calibrated on."""

    trial: TrialPlan = field(default_factory=TrialPlan)
    """Of the examination on simulated scenes."""


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a TOML file.

    Raises:
        OptionError: not TOML, a key is missing or unknown, or a value is none that can be worked with.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionError(f"recipe {path} cannot be read: {error}") from error
    try:
        recipe = read_table(Recipe, document | {"text": _text(document), "scenes": _scenes(document)}, place="")
        _check(recipe)
    except OptionError as error:
        raise OptionError(f"recipe {path} {error}") from error
    return recipe


def _text(document: dict[str, Any]) -> DistillationRecipe | ClipRecipe:
    """Return what the one table says that tells where phrases come from; it is taken out of the document."""
    told = [key for key in ("clip", "distillation") if key in document]
    if len(told) != 1:
        raise OptionError(
            f"has {' and '.join(told) or 'neither'}; needed is one of the tables [clip] and [distillation]"
        )
    found = document.pop(told[0])
    if told[0] == "clip":
        return read_table(ClipRecipe, found, place="clip")
    return read_table(DistillationRecipe, found, place="distillation")


def _scenes(document: dict[str, Any]) -> SceneSet:
    found = document.get("scenes")
    if not isinstance(found, dict):
        raise OptionError(f"has {found!r} as scenes; needed is a table [scenes] of labelled scenes")
    return scene_set(found)


def _check(recipe: Recipe) -> None:
    low, high = recipe.spacing_m
    shape = recipe.network
    sides = (*recipe.schedule.sides, *recipe.yardstick.sides, recipe.calibration.side)
    counts = (
        recipe.cuts, recipe.schedule.steps, recipe.schedule.pixels, recipe.yardstick.steps, recipe.yardstick.pixels,
        recipe.pool.size, recipe.pool.refresh,
    )  # fmt: skip
    for is_right, needed in (
        (0 < low <= high, "spacing_m = two lengths in metres, the smaller first"),
        (recipe.tile > 0 and recipe.tile % STRIDE == 0, f"tile = a multiple of {STRIDE}"),
        (0 < recipe.overlap <= recipe.tile // 2, "overlap = 1 to half the tile"),
        (0 <= recipe.real_share <= 1 and 0 <= recipe.fixed_share <= 1, "real_share and fixed_share from 0 to 1"),
        (min(counts) > 0, "cuts, steps, pixels, pool.size and pool.refresh from 1"),
        (
            all(STRIDE <= side <= SIDE and side % STRIDE == 0 for side in sides),
            f"sides of chips that are multiples of {STRIDE}, up to the {SIDE} of a simulated landscape",
        ),
        (
            len(shape.dims) == len(shape.depths) == LEVELS,
            f"network.dims and network.depths of {LEVELS} numbers each",
        ),
    ):
        if not is_right:
            raise OptionError(f"has values that cannot be; needed are {needed}")
