"""Make probabilities mean what they say: temperatures, fitted on scenes the network has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sovs_map.network.alignment import Words
from sovs_map.network.sovs_net import SovsNet
from sovs_map.training.batch import Batch
from sovs_map.training.losses import halve_labels, marginal_loss

PIXELS = 20_000
"""Labelled pixels of each batch that are looked at."""


@torch.inference_mode()
def fit_temperatures(model: SovsNet, batches: Sequence[Batch], words: Words, right: Tensor) -> None:
    """Set the temperatures of 0.5 to 4, for uncalibrated and calibrated images, that make the labels most likely.

    Args:
        model: in evaluation mode.
        batches: chips of scenes that training has not seen.
        words: classes of one prompt each: their logits fall as the temperature rises, in proportion.
        right: which class may be true where which label is, ``(labels, classes)``.

    Source:
        Temperature scaling: Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html
    """
    model.temperatures.fill_(1)
    found: tuple[list[Tensor], list[Tensor]] = ([], [])
    allowed: tuple[list[Tensor], list[Tensor]] = ([], [])
    for batch in batches:
        logits, labels = model.maps(batch.image, words, batch.view), halve_labels(batch.labels)
        for kind in (0, 1):
            mine = (batch.view.conditions[:, 2] > 0.5) == bool(kind)
            label = labels[mine].flatten()
            known = (label < len(right)).nonzero()[:, 0]
            known = known[right[label[known]].any(1)][:: max(1, len(known) // PIXELS)]
            found[kind].append(logits[mine].permute(0, 2, 3, 1).reshape(-1, words.classes)[known])
            allowed[kind].append(right[label[known]])
    grid = torch.logspace(-0.3, 0.6, 91)
    for kind in (0, 1):
        logits, may_be = torch.cat(found[kind]), torch.cat(allowed[kind])
        losses = torch.stack([marginal_loss(logits / temperature, may_be) for temperature in grid])
        model.temperatures[kind] = grid[int(losses.argmin())]
