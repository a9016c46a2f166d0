"""Pixels that no map could tell: specks of few pixels, and some of the pixels along borders."""

from __future__ import annotations

import torch
from torch import Tensor

from sovs_map.training.simulator.noise import pick

SMALLEST = 12
"""Regions of fewer pixels are not labelled. Our choice: about the area below which speckle hides a region's class."""

KEPT = (13, 16, 26, 27, 28, 29, 30, 31, 32)
"""Labels that are kept however small: roads, buildings and what lies between them."""

MIXED = 0.15
"""Share of the pixels along borders that are not labelled."""


def forget(label: Tensor, generator: torch.Generator) -> Tensor:
    """Return labels, uint8 ``(rows, cols)``, with 0 where a region is a speck or a border pixel is mixed."""
    kept = torch.zeros(256, dtype=torch.bool, device=label.device)
    kept[list(KEPT)] = True
    kept = pick(kept, label.int())
    border = torch.zeros_like(kept)
    border[1:] |= label[1:] != label[:-1]
    border[:, 1:] |= label[:, 1:] != label[:, :-1]
    mixed = border & (torch.rand(label.shape, generator=generator, device=label.device) < MIXED)
    return label.masked_fill((mixed | specks(label, smallest=SMALLEST)) & ~kept, 0)


def specks(label: Tensor, *, smallest: int) -> Tensor:
    """Return where regions of equal labels, joined along pixel edges, have fewer than ``smallest`` pixels.

    The largest pixel number of a region spreads through it, one pixel a step. A speck is numbered alike after so many
    steps as it has pixels, and no neighbour of its label has another number; a larger region is not, or has more pixels.
    """
    rows, cols = label.shape
    number = torch.arange(rows * cols, device=label.device, dtype=torch.int32).reshape(rows, cols)
    below, beside = (label[1:] == label[:-1]).int(), (label[:, 1:] == label[:, :-1]).int()
    for _ in range(smallest):
        _spread(number, below, beside)
    spread = number.clone()
    _spread(spread, below, beside)
    flat = number.flatten().long()
    size = torch.bincount(flat, minlength=rows * cols)
    unfinished = torch.zeros(rows * cols, dtype=torch.bool, device=label.device)
    unfinished[flat[(spread != number).flatten()]] = True
    return pick((size < smallest) & ~unfinished, number)


def _spread(number: Tensor, below: Tensor, beside: Tensor) -> None:
    """Let the larger of two joined pixels' numbers pass to the other, downwards, upwards, and to both sides."""
    number[1:] = torch.maximum(number[1:], number[:-1] * below)
    number[:-1] = torch.maximum(number[:-1], number[1:] * below)
    number[:, 1:] = torch.maximum(number[:, 1:], number[:, :-1] * beside)
    number[:, :-1] = torch.maximum(number[:, :-1], number[:, 1:] * beside)
