"""The card: what a model is, what it was trained on, how good it is, where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.network.bundle import NETWORK, TEXT
from sovs_map.training.clip_weights import ClipRecipe
from sovs_map.training.real import Fragment
from sovs_map.training.recipe import Recipe
from sovs_map.training.scene_set import class_labels, group_labels, names
from sovs_map.training.trial import WATER_WORDS, Trial
from sovs_map.training.understanding import Agreement, Understanding

PAIRS = 2_000
"""Pairs of phrases that the agreement with the teacher is measured on."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How good one model is on the validation scenes."""

    name: str
    """Of the model."""

    classes: NDArray[np.float64]
    """IoU of the classes."""

    groups: NDArray[np.float64]
    """IoU of their groups."""


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Everything that the card tells."""

    scores: tuple[Scores, ...]
    """On the validation scenes: SOVS-Net and its yardsticks; the classes asked, the groups joined from them."""

    group_words: NDArray[np.float64]
    """IoU of the groups asked by one word each."""

    synonyms: tuple[float, ...]
    """mIoU of the classes under held-out synonyms, one a draw."""

    trial: Trial
    """On simulated scenes."""

    understanding: Understanding
    """Of words alone."""

    agreement: Agreement | None
    """With the teacher, over random pairs of general English; None where there was no teacher."""

    cpu_seconds: float
    """Processor time of the network's training."""

    temperatures: tuple[float, float]
    """Of uncalibrated and of calibrated images."""

    protocols: tuple[str, ...]
    """Sections measured elsewhere with the same recipe, in Markdown."""


def write_card(
    folder: Path, recipe: Recipe, findings: Findings, train: Sequence[Fragment], val: Sequence[Fragment]
) -> None:
    """Write ``README.md`` of a bundle."""
    size = sum((folder / name).stat().st_size for name in (NETWORK, TEXT)) / 1e6
    lines = [
        f"# {recipe.name}",
        "",
        recipe.description,
        "",
        f"Licence of the weights: {recipe.licence}. Size: {size:.1f} MB, float16. Softmax temperatures:",
        f"{findings.temperatures[0]:.2f} for uncalibrated scenes, {findings.temperatures[1]:.2f} for calibrated ones.",
        "",
        *_training_lines(recipe, train, cpu_seconds=findings.cpu_seconds),
        *_score_lines(findings, recipe, train, val),
        *_trial_lines(findings.trial),
        *_word_lines(findings.understanding, findings.agreement),
        *findings.protocols,
        *_limit_lines(recipe),
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def score_table(
    names: Sequence[str], columns: Sequence[tuple[str, NDArray[np.float64]]], *, pixels: Sequence[int]
) -> list[str]:
    """Return Markdown lines: IoU by class, one column a model, their means at the end."""
    head = "| class | " + " | ".join(title for title, _ in columns) + " | labelled pixels |"
    rule = "|---|" + "---|" * (len(columns) + 1)
    rows = [
        f"| {name} | " + " | ".join(_rate(iou[index]) for _, iou in columns) + f" | {pixels[index]:,} |"
        for index, name in enumerate(names)
    ]
    mean = "| **mIoU** | " + " | ".join(f"**{np.nanmean(iou):.3f}**" for _, iou in columns) + f" | {sum(pixels):,} |"
    return [head, rule, *rows, mean]


def _rate(value: float) -> str:
    """Return a rate with three decimals; a dash for a class that is in no scene and in no answer."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def _training_lines(recipe: Recipe, train: Sequence[Fragment], *, cpu_seconds: float) -> list[str]:
    pixels, spacing = sum(f.labels.size for f in train) / 1e6, np.mean([f.spacing_m for f in train])
    schedule = recipe.schedule
    tower = (
        f"The text tower is CLIP's, {recipe.text.model} {recipe.text.pretrained}."
        if isinstance(recipe.text, ClipRecipe)
        else "The text tower is distilled from all-MiniLM-L6-v2 (Apache-2.0) and sharpened on the lexicon."
    )
    landscapes = recipe.pool.size + (schedule.steps - 1) // recipe.pool.refresh
    return [
        "## Training data",
        "",
        f"- {len(train)} real scenes, {pixels:.0f} megapixels of {spacing:.1f} m on the ground. {recipe.scenes.credit}",
        f"- {landscapes} simulated landscapes (`sovs_map/training/simulator`), each chip seen by a new random radar:",
        "  X, C and L band; any subset of HH, HV, VH, VV; 1 to 30 looks; 0.5 to 30 m; every product scale.",
        "- Words: the taxonomy and the lexicon less its held-out fifth; another random cut and other synonyms at every",
        f"  step. {tower}",
        "",
        f"Recipe: `recipe.toml` beside this file. Seeds: {schedule.seed} (network), {recipe.pool.seed} (landscapes).",
        f"{schedule.steps} steps of {schedule.pixels:,} pixels took the network {cpu_seconds / 60:.0f} minutes of processor time.",
        "",
    ]


def _score_lines(findings: Findings, recipe: Recipe, train: Sequence[Fragment], val: Sequence[Fragment]) -> list[str]:
    counts = np.bincount(np.concatenate([fragment.labels.ravel() for fragment in val]), minlength=256)
    scenes, scores = recipe.scenes, findings.scores
    classes = [int(counts[list(labels)].sum()) for labels in class_labels(scenes)]
    groups = [int(counts[list(labels)].sum()) for labels in group_labels(scenes)]
    loss = np.nanmean(scores[0].classes) - min(findings.synonyms)
    return [
        "## Real scenes",
        "",
        f"{len(val)} validation scenes of the same kind, classes prompted by their names, one global confusion matrix.",
        f"The closed set is {_closed_set(recipe)}.",
        f"The random forest sees local statistics at three scales. Both are trained on the same {len(train)} scenes.",
        "The classes are asked for; the groups are theirs, joined.",
        "",
        *score_table([name for name, _ in scenes.groups], [(s.name, s.groups) for s in scores], pixels=groups),
        "",
        f"Asked with the groups' own names instead, SOVS-Net reaches {np.nanmean(findings.group_words):.3f}.",
        "",
        *score_table(names(scenes), [(s.name, s.classes) for s in scores], pixels=classes),
        "",
        f"Held-out synonyms in place of the names, {len(findings.synonyms)} draws: "
        + ", ".join(f"{value:.3f}" for value in findings.synonyms)
        + f"; the worst loses {loss:.3f}.",
        "",
        f"{sum(classes) / counts.sum():.0%} of the pixels are labelled. Figures flatter where the labels leave out what is hard,",
        "such as transitions.",
        "",
    ]


def _closed_set(recipe: Recipe) -> str:
    if isinstance(recipe.text, ClipRecipe):
        return "a small encoder of ours, not CLIP's, with a fixed list of classes"
    return "the same encoder and decoder with a fixed list of classes"


def _trial_lines(trial: Trial) -> list[str]:
    plan = trial.plan
    return [
        "## Simulated scenes",
        "",
        f"{plan.scenes} scenes of unseen seeds, {plan.side} x {plan.side} pixels of {plan.spacing_m:g} m, two",
        "polarisations, sensors mixed. The leaves are asked for by their names; the groups are theirs, joined.",
        "",
        f"mIoU of the leaves **{np.nanmean(trial.leaves):.3f}**, of the 8 groups **{np.nanmean(trial.groups):.3f}**;",
        f"calibration error {trial.calibration_error:.3f} (15 bins of equal mass).",
        "",
        "| leaf | IoU |",
        "|---|---|",
        *(f"| {name} | {_rate(value)} |" for name, value in zip(trial.leaf_names, trial.leaves, strict=True)),
        "",
        "| group | IoU |",
        "|---|---|",
        *(f"| {name} | {_rate(value)} |" for name, value in zip(trial.group_names, trial.groups, strict=True)),
        "",
        "What a change of the same scenes costs, mIoU of the leaves:",
        "",
        "| change | mIoU | loss |",
        "|---|---|---|",
        *(
            f"| {change.name} | {change.miou:.3f} | {np.nanmean(trial.leaves) - change.miou:.3f} |"
            for change in trial.changes
        ),
        "",
        f"Water against everything else ({', '.join(f'`{word}`' for word in WATER_WORDS)} asked), IoU of water by band and",
        f"single polarisation, {plan.water_scenes} scenes each:",
        "",
        "| band | " + " | ".join(trial.water_polarisations) + " |",
        "|---|" + "---|" * len(trial.water_polarisations),
        *(
            f"| {band} | " + " | ".join(_rate(value) for value in row) + " |"
            for band, row in zip(trial.water_bands, trial.water, strict=True)
        ),
        "",
    ]


def _word_lines(words: Understanding, agreement: Agreement | None) -> list[str]:
    lines = [
        "## Words",
        "",
        f"{words.phrases:,} phrases of the lexicon never met their concepts in training. The nearest mean of a leaf's other",
        f"phrases is the right leaf of 22 for **{words.leaf:.3f}** of them, and of the right group of 8 for",
        f"**{words.group:.3f}**; the nearest leaf's name alone for {words.leaf_by_name:.3f} and {words.group_by_name:.3f}.",
    ]
    if agreement:
        lines += [
            f"{PAIRS:,} random pairs of general English phrases that were not distilled rank by likeness as the teacher's do:",
            f"Spearman **{agreement.sentences:.3f}** of the sentence vectors; {agreement.shared:.3f} in the space shared with",
            "pixels, which is made for land cover.",
        ]
    return [*lines, ""]


def _limit_lines(recipe: Recipe) -> list[str]:
    return [
        "## Limits",
        "",
        "- Trained on simulation and on the real scenes named above. Other places, seasons and sensors are extrapolation.",
        "- Crops, grass, shrubs and bare ground look alike in one image of one polarisation.",
        f"- Meant for pixels of {recipe.spacing_m[0]:g} to {recipe.spacing_m[1]:g} m.",
        "- Simulated scenes are ours: their figures say how well the network learnt the simulator, not the world.",
        "- Words far from land cover mean little to it; the nearest land-cover word wins.",
    ]
