"""What made a bundle: every number that matters, in one TOML file that travels with the weights."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sovs_map.errors import OptionError
from sovs_map.training.clip_weights import ClipRecipe
from sovs_map.training.distillation import DistillationRecipe
from sovs_map.training.loop import Schedule
from sovs_map.training.objective import Emphasis
from sovs_map.training.scene_set import SceneSet, scene_set
from sovs_map.training.simulated import Pool


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


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a TOML file.

    Raises:
        OptionError: not TOML, or a key is missing or unknown.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        parts: dict[str, Any] = {
            "schedule": _schedule(document.pop("schedule")),
            "yardstick": _schedule(document.pop("yardstick")),
            "text": _text(document),
            "scenes": scene_set(document.pop("scenes")),
            "pool": Pool(**document.pop("pool", {})),
            "emphasis": Emphasis(**document.pop("emphasis", {})),
            "spacing_m": tuple(document.pop("spacing_m")),
        }
        return Recipe(**document, **parts)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionError(f"recipe {path} cannot be read: {error}") from error
    except KeyError as error:
        raise OptionError(f"recipe {path} has no {error}; see models/sovs-tiny/recipe.toml for a whole one") from error
    except TypeError as error:
        raise OptionError(f"recipe {path}: {error}; see models/sovs-tiny/recipe.toml for a whole one") from error


def _text(document: dict[str, Any]) -> DistillationRecipe | ClipRecipe:
    if "clip" in document:
        return ClipRecipe(**document.pop("clip"))
    return DistillationRecipe(**document.pop("distillation"))


def _schedule(table: dict[str, Any]) -> Schedule:
    facts: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Schedule(**facts)
