"""Materials that no map names: drawn at random, and described by what a radar would see of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from sovs_map.training.simulator.landscape import SLOTS

LEVEL, CROSS, ORDER, GRAIN, PERIOD, POINTS, LINES, BLOBS = range(8)
"""Columns: mean C-VV [dB]; VH over VV [dB]; order of the gamma texture; its correlation [pixels]; period of rows [pixels],
0 for none; share of pixels that hold a bright point; share of area under bright lines; size of patches [pixels], 0 for
none. Rows and lines follow the landscape's `facing`."""

ATTRIBUTES = (
    "darkness",
    "smoothness",
    "volume",
    "double bounce",
    "point-like",
    "periodic",
    "linear",
    "man-made",
    "wet",
    "relief",
    "parcels",
    "size",
)
"""What text and pixels are compared by, each from 0 to 1."""

_DARK = (
    (-21.0, ("very dark", "black", "almost black", "pitch dark")),
    (-16.0, ("dark", "dim", "low return", "weakly scattering", "faint")),
    (-11.0, ("medium grey", "grey", "mid-grey", "moderate", "medium bright")),
    (-6.0, ("bright", "light", "strongly scattering", "pale")),
    (9.0, ("very bright", "brilliant", "dazzling", "extremely bright", "white")),
)
_ROUGH = (
    (1.5, ("spiky", "glittering", "sparkling", "very rough", "harsh")),
    (4.0, ("rough", "coarse", "uneven", "lumpy")),
    (12.0, ("grainy", "textured", "mottled", "granular")),
    (99.0, ("smooth", "homogeneous", "uniform", "even", "flat")),
)
_GRAIN = ("coarse-grained", "clumpy", "blotchy", "cloudy")
_VOLUME = ("depolarising", "diffuse", "volumetric", "bushy", "fuzzy")
_POINTS = ("point-like structures", "bright dots", "glints", "light specks", "isolated echoes", "sparkles")
_ROWS = ("in rows", "with stripes", "with periodic stripes", "ribbed", "with ridges", "corrugated")
_GRID = ("in a grid", "in a lattice", "regularly spaced", "in regular rows")
_LINES = ("with lines", "with bright streaks", "with linear features", "with thin lines")
_PATCHES = ("patchy", "spotted", "in patches", "cloud-like")
_NOUNS = ("surface", "area", "material", "ground", "texture", "region", "zone", "expanse")


def draw_materials(generator: torch.Generator, count: int) -> Tensor:
    """Return the invented materials of ``count`` landscapes, float32 ``(count, SLOTS, 8)``, see LEVEL to BLOBS."""
    chance = torch.rand((2, count, SLOTS, 8), generator=generator, device=generator.device)
    value, has = chance
    drawn = torch.empty_like(value)
    drawn[..., LEVEL] = -26 + 28 * value[..., LEVEL]
    drawn[..., CROSS] = -12 + 8 * value[..., CROSS]
    drawn[..., ORDER] = 0.7 * (40 / 0.7) ** value[..., ORDER]
    drawn[..., GRAIN] = 8.0 ** value[..., GRAIN]
    drawn[..., PERIOD] = (4 + 16 * value[..., PERIOD]) * (has[..., PERIOD] < 0.3)
    drawn[..., POINTS] = 0.003 * 10 ** value[..., POINTS] * (has[..., POINTS] < 0.25)
    drawn[..., LINES] = (0.03 + 0.12 * value[..., LINES]) * (has[..., LINES] < 0.2)
    drawn[..., BLOBS] = 8 * 6 ** value[..., BLOBS] * (has[..., BLOBS] < 0.3)
    return drawn


def describe(material: Tensor, chance: random.Random) -> str:
    """Return a phrase of 2 to 6 plain words for a material ``(8,)``, which names what is seen and never a land cover."""
    level, cross, order, grain, period, points, lines, blobs = material.tolist()
    if points > 0 and (period > 0 or chance.random() < 0.8):
        dense = "dense " if points > 0.01 else chance.choice(("sparse ", "scattered "))
        where = f" {chance.choice(_GRID)}" if period > 0 else f" on {_binned(level, _DARK, chance).split()[-1]} ground"
        return f"{dense}{chance.choice(_POINTS)}{where}"
    words = [_binned(level, _DARK, chance)]
    marks = [_binned(order, _ROUGH, chance)]
    marks += [chance.choice(_GRAIN)] if grain > 3 and order < 12 else []
    marks += [chance.choice(_VOLUME)] if cross > -6 else []
    marks += [chance.choice(_PATCHES[:2])] if blobs > 0 else []
    words += chance.sample(marks, min(len(marks), 1 if period > 0 or lines > 0 else 2))
    if period > 0:
        return " ".join([*words, chance.choice(_ROWS)])
    return " ".join([*words, chance.choice(_LINES) if lines > 0 else chance.choice(_NOUNS)])


def material_attributes(materials: Tensor) -> Tensor:
    """Return the ATTRIBUTES ``(..., 12)`` in [0, 1] of materials ``(..., 8)``."""
    level, cross, order, grain, period, points, lines, blobs = materials.unbind(-1)
    smooth = ((order / 0.7).log() / 4.0).clamp(0, 1)
    dotted = ((points / 0.003).clamp_min(0.1).log10() * 0.5 + 0.5).clamp(0, 1) * (points > 0)
    spiky = (1 - order / 3).clamp(0, 1)
    dark = ((-level - 2) / 20).clamp(0, 1)
    rows = (period > 0).float()
    attributes = [
        dark,
        smooth * (1 - 0.7 * dotted),
        ((cross + 10) / 5).clamp(0, 1) * (1 - dark),
        ((level + 7) / 7).clamp(0, 1) * ((-cross - 7) / 4).clamp(0, 1),
        torch.maximum(dotted, spiky),
        rows,
        ((lines / 0.08).clamp(0, 1) + 0.3 * rows).clamp(0, 1),
        (((level + 6) / 6).clamp(0, 1) * spiky + 0.3 * rows).clamp(0, 1),
        0.7 * ((-level - 16) / 6).clamp(0, 1) * smooth,
        0.3 * ((grain / 8) * (1 - smooth)).clamp(0, 1),
        ((blobs - 8) / 40).clamp(0, 1),
        (torch.maximum(blobs / 48, grain / 16)).clamp(0, 1),
    ]
    return torch.stack(attributes, dim=-1)


def _binned(value: float, bins: Sequence[tuple[float, tuple[str, ...]]], chance: random.Random) -> str:
    return chance.choice(next(words for top, words in bins if value <= top))
