"""Make probabilities mean what they say: one temperature, fitted on scenes the network has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sovs_map.network.alignment import Words
from sovs_map.training.chips import Chip, collate
from sovs_map.training.losses import halve_labels, marginal_loss


@torch.inference_mode()
def fit_temperature(model: nn.Module, chips: Sequence[Chip], words: Words, allowed: Tensor) -> float:
    """Return the temperature of 0.5 to 4 that makes the labels of the chips most likely.

    Source:
        Temperature scaling: Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html
    """
    batches = [collate(chips[start : start + 8]) for start in range(0, len(chips), 8)]
    weights = torch.ones(len(allowed))
    maps = [(model.eval().maps(b.image, words, b.view), halve_labels(b.labels)) for b in batches]  # type: ignore[operator]
    grid = torch.logspace(-0.3, 0.6, 46)
    losses = [
        sum(marginal_loss(logits / temperature, labels, allowed, weights).item() for logits, labels in maps)
        for temperature in grid
    ]
    return float(grid[int(torch.tensor(losses).argmin())])
