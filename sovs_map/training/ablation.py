"""What each part of the method is worth: the same training without it, on the same small budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.alignment import Words, combine_prompts, cosine_volume
from sovs_map.network.sovs_net import Asked, SovsNet, SovsNetConfig
from sovs_map.training.evaluation import Tiling
from sovs_map.training.loop import DrawBatch, start
from sovs_map.training.mixing import mixed_chips, mixed_cuts, real_chips
from sovs_map.training.objective import Emphasis, objective_for
from sovs_map.training.progress import train
from sovs_map.training.real import Fragment, RealChips
from sovs_map.training.recipe import Recipe
from sovs_map.training.report import answers, score, synonym_scores
from sovs_map.training.scene_set import class_labels, group_labels, lessons_of, names
from sovs_map.training.simulated import SimulatedChips
from sovs_map.training.syllabus import full_syllabus, names_only
from sovs_map.training.trial import leaf_miou, leaf_words, trial_scenes
from sovs_map.training.vocabularies import Phrasebook

SCENES = 24
"""Simulated scenes that a variant is examined on."""


class WithoutDecoder(SovsNet):
    """Similarities are interpolated; nothing sharpens them."""

    def answer(self, pixels: Asked, words: Words) -> Tensor:
        """Return logits at stride 2, as `SovsNet.answer` does."""
        fit = combine_prompts(self.fit(pixels.vectors, pixels.attributes, words), words)
        return F.interpolate(fit, scale_factor=2, mode="bilinear")


class WithoutAttributes(SovsNet):
    """Phrases and pixels meet in their shared space alone."""

    def fit(self, vectors: Tensor, attributes: Tensor, words: Words) -> Tensor:  # noqa: ARG002 - takes SovsNet's place
        """Return how well each prompt fits each pixel, as `SovsNet.fit` does."""
        return cosine_volume(vectors, words.phrases) * self.log_scale.exp()


class DotProduct(WithoutAttributes, WithoutDecoder):
    """Neither attributes nor decoder: LSeg's alignment, Li et al. 2022, arXiv:2201.03546."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to leave something out."""

    name: str
    """What is left out."""

    network: type[SovsNet] = SovsNet
    """Its network."""

    simulated: bool = True
    """Whether it sees simulated chips."""

    synonyms: bool = True
    """Whether concepts are called by all their words, or by their names alone."""

    emphasis: Callable[[Emphasis], Emphasis] = lambda emphasis: emphasis
    """Its losses, made of the recipe's."""


VARIANTS = (
    Variant("nothing"),
    Variant("simulator", simulated=False),
    Variant("synonyms", synonyms=False),
    Variant("decoder", network=WithoutDecoder),
    Variant("attributes", network=WithoutAttributes, emphasis=lambda e: replace(e, attributes=0.0)),
    Variant(
        "decoder and attributes (plain dot product)", network=DotProduct, emphasis=lambda e: replace(e, attributes=0.0)
    ),
    Variant("region contrast", emphasis=lambda e: replace(e, contrast=0.0)),
    Variant("query loss", emphasis=lambda e: replace(e, query=0.0)),
)
"""What the table compares."""


@dataclass(frozen=True, slots=True)
class Worth:
    """How good a variant is."""

    variant: str
    """What was left out."""

    classes: float
    """mIoU of the scenes' classes on the validation scenes."""

    groups: float
    """mIoU of their groups, asked by single words."""

    synonyms: float
    """Mean mIoU of the classes under held-out synonyms."""

    leaves: float
    """mIoU of the leaves on simulated scenes."""


def run_variant(
    variant: Variant,
    recipe: Recipe,
    book: Phrasebook,
    *,
    fragments: Sequence[Fragment],
    val: Sequence[Fragment],
    folder: Path,
    device: torch.device,
) -> Worth:
    """Train a variant by a recipe and score it."""
    schedule = recipe.schedule
    torch.manual_seed(schedule.seed)
    network = variant.network(SovsNetConfig(recipe.network, shared_dim=book.tower.config.shared_dim))
    training = start(network, schedule, device=device)
    syllabus = full_syllabus() if variant.synonyms else names_only(full_syllabus())
    cuts = mixed_cuts(syllabus, lessons_of(recipe.scenes, syllabus), share=recipe.fixed_share)
    objective = objective_for(
        syllabus,
        book,
        cuts=cuts,
        count=recipe.cuts,
        emphasis=variant.emphasis(recipe.emphasis),
        labelled=recipe.schedule.labelled,
    )
    train(training, schedule, draw=_chips(variant, recipe, fragments, device), objective=objective, folder=folder)
    best = training.averaged.eval().cpu()
    assert isinstance(best, SovsNet)  # noqa: S101 - the average is a copy of the model
    tiling = Tiling(recipe.tile, recipe.overlap)
    scenes = recipe.scenes
    classes, groups = book.words([[name] for name in names(scenes)]), book.words([[name] for name, _ in scenes.groups])
    return Worth(
        variant.name,
        float(np.nanmean(score(answers(best, val, classes, tiling), val, class_labels(scenes)))),
        float(np.nanmean(score(answers(best, val, groups, tiling), val, group_labels(scenes)))),
        float(np.mean(synonym_scores(best, val, book, tiling, scenes))),
        leaf_miou(best, trial_scenes(replace(recipe.trial, scenes=SCENES)), leaf_words(book)[0], tiling),
    )


def _chips(variant: Variant, recipe: Recipe, fragments: Sequence[Fragment], device: torch.device) -> DrawBatch:
    real, pixels = RealChips(fragments), recipe.schedule.pixels
    if not variant.simulated:
        return real_chips(real, pixels=pixels)
    simulated = SimulatedChips(recipe.pool, device=device)
    return mixed_chips(real, simulated, real_share=recipe.real_share, pixels=pixels)


def ablation_section(worths: Sequence[Worth], recipe: Recipe) -> str:
    """Return the card's section on what each part is worth, in Markdown."""
    schedule = recipe.schedule
    rows = (
        f"| {worth.variant} | {worth.classes:.3f} | {worth.groups:.3f} | {worth.synonyms:.3f} | {worth.leaves:.3f} |"
        for worth in worths
    )
    return "\n".join(
        (
            "## What each part is worth",
            "",
            f"The same training of {schedule.steps} steps of {schedule.pixels:,} pixels each time, without the part named.",
            "mIoU on the validation scenes: classes by name, groups by single words, classes by held-out synonyms (mean of five",
            f"draws); on {SCENES} simulated scenes: the leaves.",
            "",
            "| without | classes | groups | synonyms | simulated leaves |",
            "|---|---|---|---|---|",
            *rows,
            "",
        )
    )
