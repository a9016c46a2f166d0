"""Make probabilities mean what they say, on scenes that the network has not seen: temperatures, and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.alignment import Words
from sovs_map.network.sovs_net import SovsNet
from sovs_map.training.batch import Batch
from sovs_map.training.losses import halve_labels, marginal_loss
from sovs_map.training.vocabularies import Cut, Phrasebook, widen

PIXELS = 20_000
"""Labelled pixels of each batch that are looked at."""


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """What probabilities are calibrated on: chips of simulated landscapes of a seed of their own."""

    landscapes: int = 24
    """That chips are cut from."""

    batches: int = 16
    """For the temperatures; every fourth serves for the queries."""

    chips: int = 8
    """Of each batch."""

    side: int = 256
    """Of a chip [pixels]."""

    cuts: int = 12
    """Vocabularies for the queries."""


@torch.inference_mode()
def fit_temperatures(model: SovsNet, batches: Sequence[Batch], words: Words, right: Tensor) -> None:
    """Set the temperatures of 0.5 to 4, for uncalibrated and calibrated images, that make the labels most likely.

    A temperature of which no image tells anything stays 1.

    Args:
        model: in evaluation mode.
        batches: chips of scenes that training has not seen.
        words: classes of one prompt each: their logits fall as the temperature rises, in proportion.
        right: which class may be true where which label is, ``(labels, classes)``.

    Source:
        Temperature scaling: Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html
    """
    model.temperatures.fill_(1)
    told = [_labelled(model, batch, words, right) for batch in batches]
    grid = torch.logspace(-0.3, 0.6, 91)
    for kind in (0, 1):
        logits = torch.cat([logits[calibrated == kind] for logits, _, calibrated in told])
        may_be = torch.cat([right[label[calibrated == kind]] for _, label, calibrated in told])
        if not len(logits):
            continue
        losses = torch.stack([marginal_loss(logits / temperature, may_be) for temperature in grid])
        model.temperatures[kind] = grid[int(losses.argmin())]


def fit_query(model: SovsNet, batches: Sequence[Batch], cuts: Sequence[Cut], book: Phrasebook) -> None:
    """Set scale and bias so that the sigmoid of a class alone is the probability that it is true.

    The focal loss of training teaches the order of pixels; it leaves probabilities too near to one half.

    Args:
        model: in evaluation mode, its temperatures fitted.
        batches: chips of scenes that training has not seen.
        cuts: vocabularies to ask.
        book: vectors of their words.

    Source:
        Platt 1999, in Advances in Large Margin Classifiers, MIT Press.
    """
    logits, truths = [], []
    for cut in cuts:
        words, known = book.words(cut.prompts), cut.sure | cut.wrong
        for batch in batches:
            with torch.inference_mode():
                at, label, _ = _labelled(model, batch, words, known)
            chosen = widen(known, int(label.max()) + 1)[label]
            logits.append(at[chosen])
            truths.append(widen(cut.sure, int(label.max()) + 1)[label][chosen].float())
    answers, truth = torch.cat(logits).clone(), torch.cat(truths)
    scale, bias = torch.ones((), requires_grad=True), torch.zeros((), requires_grad=True)
    optimiser = torch.optim.LBFGS([scale, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(scale * answers + bias, truth)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        model.query_scale.copy_(scale)
        model.query_bias.copy_(bias)


def _labelled(model: SovsNet, batch: Batch, words: Words, told: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits ``(pixels, classes)``, label and calibrated flag of pixels about whose label something is told."""
    maps, labels = model.maps(batch.image, words, batch.view), halve_labels(batch.labels)
    calibrated = (batch.view.conditions[:, 2] > 0.5).long()[:, None, None].expand_as(labels).flatten()
    label = labels.flatten()
    known = widen(told.any(1), int(label.max()) + 1)[label].nonzero()[:, 0]
    known = known[:: max(1, len(known) // PIXELS)]
    return maps.permute(0, 2, 3, 1).reshape(-1, words.classes)[known], label[known], calibrated[known]
