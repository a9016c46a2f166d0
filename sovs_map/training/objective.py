"""What one step asks of the network: several vocabularies of one encoded batch, and what the losses say."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.network.alignment import Words, combine_prompts
from sovs_map.network.sovs_net import Pixels, SovsNet
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.batch import Batch
from sovs_map.training.closed_set import ClosedSet
from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.losses import attribute_loss, halve_labels, marginal_loss, query_loss, region_contrast
from sovs_map.training.syllabus import Syllabus
from sovs_map.training.vocabularies import Cut, Phrasebook, leaf_cut, material_cut, widen

DrawCut = Callable[[random.Random], Cut]

Objective = Callable[[nn.Module, Batch, random.Random], Tensor]
"""Network, batch and chance to the loss of one step."""

GLANCES = 3
"""Vocabularies a step that are asked without the decoder, at a quarter of the pixels: a tenth of the cost of a full question.
The first of them is always all leaves, which random cuts seldom ask for together."""


@dataclass(frozen=True, slots=True)
class Emphasis:
    """How much each loss counts beside the likelihood of the classes."""

    query: float = 0.5
    """Each class alone: present or not."""

    attributes: float = 0.3
    """Physical attributes of each pixel."""

    contrast: float = 0.2
    """Region means against phrases."""

    text_noise: float = 0.3
    """Length of the noise added to unit phrase vectors, so that near words mean nearly the same."""


def objective_for(
    syllabus: Syllabus, book: Phrasebook, *, cuts: DrawCut, count: int, emphasis: Emphasis, labelled: int
) -> Objective:
    """Return the objective of SOVS-Net.

    Args:
        syllabus: what may be taught.
        book: vectors of its words.
        cuts: draws a vocabulary.
        count: vocabularies a step, beside the one of invented materials where the batch has some.
        emphasis: weights of the losses.
        labelled: pixels that the losses of one vocabulary look at.
    """
    targets = attribute_targets(syllabus.unseen)

    def objective(model: nn.Module, batch: Batch, chance: random.Random) -> Tensor:
        assert isinstance(model, SovsNet)  # noqa: S101 - the loop trains what it was given
        pixels = model.see(batch.image, batch.view)
        labels = halve_labels(batch.labels)
        quarter = halve_labels(labels)
        losses = [_ask(model, pixels, cuts(chance), book, labels, emphasis, labelled) for _ in range(count)]
        glances = [leaf_cut(chance, syllabus), *(cuts(chance) for _ in range(GLANCES - 1))]
        if batch.phrases:
            glances.append(material_cut(batch.phrases))
        losses += [_glance(model, pixels, cut, book, quarter, emphasis, labelled // 4) for cut in glances]
        wanted = targets if batch.attributes is None else torch.cat([targets, batch.attributes.cpu()])
        looks = emphasis.attributes * _attributes(pixels, quarter, wanted, labelled) if emphasis.attributes else 0.0
        contrast = _contrast(pixels, quarter, syllabus, book, batch.phrases, chance) if emphasis.contrast else 0.0
        return torch.stack(losses).mean() + looks + emphasis.contrast * contrast

    return objective


def closed_set_objective(cut: Cut, *, labelled: int) -> Objective:
    """Return the objective of a closed-set copy whose classes are those of a cut, at so many labelled pixels."""

    def objective(model: nn.Module, batch: Batch, chance: random.Random) -> Tensor:  # noqa: ARG001 - nothing is drawn
        assert isinstance(model, ClosedSet)  # noqa: S101 - the loop trains what it was given
        logits = model.answer(model.see(batch.image, batch.view))
        labels = halve_labels(batch.labels)
        chosen = _some_pixels(labels, cut.right, most=labelled)
        return marginal_loss(_at(logits, chosen), cut.right.to(logits.device)[labels.flatten()[chosen]])

    return objective


def attribute_targets(unseen: frozenset[int]) -> Tensor:
    """Return the attributes of each label below FIRST_MATERIAL, ``(FIRST_MATERIAL, 12)``; NaN where nothing is said."""
    leaves = [torch.tensor(leaf.attributes) for leaf in load_taxonomy().leaves]
    targets = torch.full((FIRST_MATERIAL, len(leaves[0])), torch.nan)
    for index, label in enumerate(LABEL_SETS):
        if label and not label & unseen and len(label) <= 2:
            targets[index] = torch.stack([leaves[leaf - 1] for leaf in label]).mean(0)
    return targets


def _ask(
    model: SovsNet, pixels: Pixels, cut: Cut, book: Phrasebook, labels: Tensor, emphasis: Emphasis, labelled: int
) -> Tensor:
    words: Words = book.words(cut.prompts, noise=emphasis.text_noise).to(labels.device)
    logits = model.answer(pixels, words)
    rows = max(len(cut.right), int(labels.max()) + 1)
    right, sure, wrong = (widen(facts, rows).to(labels.device) for facts in (cut.right, cut.sure, cut.wrong))
    chosen = _some_pixels(labels, right | wrong, most=labelled)
    label = labels.flatten()[chosen]
    at = _at(logits, chosen)
    alone = query_loss(model.query_scale * at + model.query_bias, sure[label], wrong[label])
    return marginal_loss(at, right[label]) + emphasis.query * alone


def _glance(
    model: SovsNet, pixels: Pixels, cut: Cut, book: Phrasebook, labels: Tensor, emphasis: Emphasis, labelled: int
) -> Tensor:
    words: Words = book.words(cut.prompts, noise=emphasis.text_noise).to(labels.device)
    rows = max(len(cut.right), int(labels.max()) + 1)
    right, sure, wrong = (widen(facts, rows).to(labels.device) for facts in (cut.right, cut.sure, cut.wrong))
    chosen = _some_pixels(labels, right | wrong, most=labelled)
    vectors, looks = (_at(maps, chosen).T[None, :, :, None] for maps in (pixels.vectors, pixels.looks))
    at = combine_prompts(model.fit(vectors, looks.sigmoid(), words), words)[0, :, :, 0].T
    label = labels.flatten()[chosen]
    alone = query_loss(model.query_scale * at + model.query_bias, sure[label], wrong[label])
    return marginal_loss(at, right[label]) + emphasis.query * alone


def _attributes(pixels: Pixels, labels: Tensor, wanted: Tensor, labelled: int) -> Tensor:
    rows = torch.arange(int(labels.max()) + 1)
    wanted = wanted[rows].to(labels.device)
    chosen = _some_pixels(labels, ~wanted.isnan(), most=labelled)
    return attribute_loss(_at(pixels.looks, chosen), wanted[labels.flatten()[chosen]])


def _contrast(
    pixels: Pixels,
    labels: Tensor,
    syllabus: Syllabus,
    book: Phrasebook,
    materials: Sequence[str],
    chance: random.Random,
) -> Tensor:
    """Return the contrast of region means with one or two phrases of each leaf and the phrases of the materials."""
    leaves = [lesson for lesson in syllabus.lessons if lesson.concept.is_leaf]
    phrases = [
        (word, index)
        for index, leaf in enumerate(leaves)
        for word in chance.sample(leaf.words, min(2, len(leaf.words)))
    ]
    vectors = book.vectors([word for word, _ in phrases] + list(materials)).to(labels.device)
    fits = torch.zeros(FIRST_MATERIAL + len(materials), len(phrases) + len(materials), dtype=torch.bool)
    for number, some in enumerate(LABEL_SETS):
        if some and not some & syllabus.unseen:
            fits[number, : len(phrases)] = torch.tensor([bool(some & leaves[index].leaves) for _, index in phrases])
    for index, phrase in enumerate(materials):
        fits[FIRST_MATERIAL + index, len(phrases) :] = torch.tensor([phrase == other for other in materials])
    regions, label = region_means(pixels.vectors, labels)
    return region_contrast(regions, vectors, fits.to(labels.device)[label])


def region_means(vectors: Tensor, labels: Tensor, *, least: int = 12) -> tuple[Tensor, Tensor]:
    """Return the unit mean vector of each label of each image, and which label it is.

    Args:
        vectors: ``(n, dim, h, w)``.
        labels: ``(n, h, w)``; 0 is left out.
        least: regions of fewer pixels are left out.
    """
    n, dim = vectors.shape[:2]
    rows = int(labels.max()) + 1
    key = (labels + rows * torch.arange(n, device=labels.device)[:, None, None]).flatten()
    pixels = vectors.permute(0, 2, 3, 1).reshape(-1, dim).float()  # half precision loses long sums
    sums = pixels.new_zeros(n * rows, dim).index_add(0, key, pixels)
    counts = torch.bincount(key, minlength=n * rows)
    kept = ((counts >= least) & (torch.arange(n * rows, device=labels.device) % rows > 0)).nonzero()[:, 0]
    return F.normalize(sums[kept], dim=1), kept % rows


def _some_pixels(labels: Tensor, facts: Tensor, *, most: int) -> Tensor:
    """Return flat places of up to ``most`` random pixels whose label has any fact ``(labels, …)``.

    A label that is ten times as common as another is drawn three times as often: common ones would drown the rest.
    Square roots of frequencies: Mikolov et al. 2013, arXiv:1310.4546, for words; logit adjustment with half the weight,
    Menon et al. 2021, arXiv:2007.07314, comes to the same.
    """
    told = facts.any(1).to(labels.device)
    flat = labels.flatten()
    places = told[flat].nonzero()[:, 0]
    if len(places) <= most:
        return places
    own = flat[places]
    weights = torch.bincount(own).clamp_min(1).float().rsqrt()[own]
    return places[torch.multinomial(weights, most, replacement=True)]


def _at(maps: Tensor, places: Tensor) -> Tensor:
    """Return the values ``(places, channels)``, float32, of maps ``(n, channels, h, w)`` at flat places of ``(n, h, w)``."""
    h, w = maps.shape[-2:]
    return maps[places // (h * w), :, places // w % h, places % w].float()
