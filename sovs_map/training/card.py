"""The card: what a model is, what it was trained on, how good it is, where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.network.bundle import NETWORK, TEXT
from sovs_map.training.chips import Fragment
from sovs_map.training.evaluation import EIGHT, FIVE
from sovs_map.training.recipe import Recipe
from sovs_map.training.writing import score_table


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How good one model is on the validation fragments."""

    name: str
    """Of the model."""

    eight: NDArray[np.float64]
    """IoU of the eight classes."""

    five: NDArray[np.float64]
    """IoU of the five groups."""


def write_card(
    folder: Path,
    recipe: Recipe,
    scores: Sequence[Scores],
    train: Sequence[Fragment],
    val: Sequence[Fragment],
    *,
    five_words: NDArray[np.float64],
    cpu_seconds: float,
    temperature: float,
) -> None:
    """Write ``README.md`` of a bundle."""
    size = sum((folder / name).stat().st_size for name in (NETWORK, TEXT)) / 1e6
    lines = [
        f"# {recipe.name}",
        "",
        recipe.description,
        "",
        f"Licence of the weights: {recipe.licence}. Size: {size:.1f} MB, float16. Softmax temperature: {temperature:.2f}.",
        "",
        *_training_lines(recipe, train, cpu_seconds=cpu_seconds),
        *_score_lines(scores, train, val, five_words=five_words),
        *_limit_lines(recipe),
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _training_lines(recipe: Recipe, train: Sequence[Fragment], *, cpu_seconds: float) -> list[str]:
    pixels, spacing = sum(f.labels.size for f in train) / 1e6, np.mean([f.spacing_m for f in train])
    return [
        "## Training data",
        "",
        f"- {len(train)} Sentinel-1 VH fragments of Los Angeles, {pixels:.0f} megapixels of {spacing:.1f} m on the ground,",
        "  2020-11-07, 8-bit amplitude; labels drawn from Sentinel-2 pictures. Contains modified Copernicus Sentinel data 2020.",
        f"- {recipe.landscapes} simulated landscapes (`sovs_map/training/ground.py`, `sensing.py`), each chip seen by a",
        "  new random radar: C, X, L band; one to four polarisations; 1 to 20 looks; absolute dB or unknown gain, 8 bits.",
        "- Words: the taxonomy's phrases, another random cut and other synonyms at every step. The text tower is distilled",
        "  from all-MiniLM-L6-v2 (Apache-2.0).",
        "",
        f"Recipe: `recipe.toml` beside this file. Seeds: {recipe.schedule.seed} (network), {recipe.landscape_seed}",
        f"(landscapes). {recipe.schedule.steps} steps of {recipe.schedule.batch} chips took the network",
        f"{cpu_seconds / 60:.0f} minutes of processor time.",
        "",
    ]


def _score_lines(
    scores: Sequence[Scores], train: Sequence[Fragment], val: Sequence[Fragment], *, five_words: NDArray[np.float64]
) -> list[str]:
    counts = sum((np.bincount(f.labels.ravel(), minlength=256) for f in val), np.zeros(256, np.int64))
    eight = [int(counts[label]) for _, label in EIGHT]
    five = [int(counts[list(labels)].sum()) for _, labels in FIVE]
    return [
        "## Scores",
        "",
        f"{len(val)} validation fragments of the same scene, classes prompted by their names, one global confusion matrix.",
        "The closed-set copy has the same encoder and decoder, the random forest sees local statistics at three scales;",
        f"both are trained on the same {len(train)} fragments. Eight classes are asked for; the groups are theirs, joined.",
        "",
        *score_table([name for name, _ in FIVE], [(s.name, s.five) for s in scores], pixels=five),
        "",
        f"Asked with the five single words instead, SOVS-Net reaches {np.nanmean(five_words):.3f}.",
        "",
        *score_table([name for name, _ in EIGHT], [(s.name, s.eight) for s in scores], pixels=eight),
        "",
        f"Tree pixels lie mostly in one fragment: read that row with care. {sum(eight) / counts.sum():.0%} of the pixels are",
        "labelled and transitions are left out, so all figures flatter.",
        "",
    ]


def _limit_lines(recipe: Recipe) -> list[str]:
    return [
        "## Limits",
        "",
        "- Trained mostly on simulation and on one city. Other places, seasons and sensors are extrapolation.",
        "- Crops, grass, shrubs and bare ground look alike in one image of one polarisation.",
        f"- Meant for pixels of {recipe.spacing_m[0]:g} to {recipe.spacing_m[1]:g} m.",
        "- Words far from land cover mean little to it; the nearest land-cover word wins.",
    ]
