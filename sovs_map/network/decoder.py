"""Decode: the cosine volume to sharp, speckle-proof class maps, whatever the number of classes.

One set of filters is predicted from the image and applied to each class map alone. So the cost of another class is
small, and permuting the classes permutes the result. Filters with weights that sum to one: spatial propagation,
Liu et al. 2017, arXiv:1710.01020; convex upsampling: RAFT, Teed and Deng 2020, doi:10.1007/978-3-030-58536-5_24.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REACH = 9
"""Neighbours, 3 × 3, that a filter weighs."""

GUIDE = 48
"""Numbers that tell the filters at a place."""


class Decoder(nn.Module):
    """Refinement at stride 4, then guided upsampling to stride 2."""

    def __init__(self, features: int, *, dilations: tuple[int, ...] = (1, 2)) -> None:
        super().__init__()
        self.dilations = dilations
        self.guide = nn.Sequential(nn.Conv2d(features, GUIDE, 1), nn.ReLU(inplace=True))
        self.affinity = nn.Conv2d(GUIDE, len(dilations) * REACH, 1)
        self.upsample = nn.Conv2d(GUIDE, 4 * REACH, 1)
        for convolution, centre, part in ((self.affinity, 2.0, 1), (self.upsample, 1.0, 4)):
            bias = _bias(convolution)
            nn.init.zeros_(bias)
            nn.init.constant_(bias.detach().view(-1, REACH, part)[:, REACH // 2], centre)

    def forward(self, maps: Tensor, guide: Tensor) -> Tensor:
        """Return class maps ``(n, classes, 2h, 2w)`` of maps ``(n, classes, h, w)`` and what `guide` makes of features.

        Args:
            maps: one a class.
            guide: ``(n, GUIDE, h, w)``, not negative.
        """
        n, _, h, w = guide.shape
        filters = self._filters(guide)
        affinity, upsample = torch.split(filters, [len(self.dilations) * REACH, 4 * REACH], dim=1)
        weights = affinity.view(n, len(self.dilations), REACH, h, w).softmax(2)
        for index, dilation in enumerate(self.dilations):
            maps = weigh_neighbours(maps, weights[:, index], dilation=dilation)
        return upsample_convex(maps, upsample.view(n, REACH, 4, h, w).softmax(1))

    def _filters(self, guide: Tensor) -> Tensor:
        """Return the logits of all filters, ``(n, filters, h, w)``, a plane after the other.

        One product of matrices: a convolution would lay them out by pixels first, which takes longer than the rest.
        """
        both = (self.affinity, self.upsample)
        weight = torch.cat([convolution.weight.flatten(1) for convolution in both])
        bias = torch.cat([_bias(convolution) for convolution in both])
        planes = guide.flatten(2)  # (n, GUIDE, h·w)
        filters = torch.baddbmm(bias[None, :, None], weight.expand(len(planes), -1, -1), planes)
        return filters.view(len(guide), -1, *guide.shape[2:])


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None  # noqa: S101 - convolutions have a bias unless told otherwise
    return convolution.bias


def weigh_neighbours(maps: Tensor, weights: Tensor, *, dilation: int) -> Tensor:
    """Return each map ``(n, classes, h, w)`` filtered by its pixels' own weights ``(n, 9, h, w)``."""
    out = torch.zeros_like(maps)
    for index, neighbour in enumerate(_neighbours(maps, dilation=dilation)):
        out = torch.addcmul(out, neighbour, weights[:, index : index + 1])
    return out


def upsample_convex(maps: Tensor, weights: Tensor) -> Tensor:
    """Return maps ``(n, classes, 2h, 2w)``: each new pixel a weighted mean, weights ``(n, 9, 4, h, w)``, of 3 × 3 old ones."""
    n, classes, h, w = maps.shape
    corners = [torch.zeros_like(maps) for _ in range(4)]
    for index, neighbour in enumerate(_neighbours(maps, dilation=1)):
        corners = [
            torch.addcmul(corner, neighbour, weights[:, index, which, None]) for which, corner in enumerate(corners)
        ]
    stacked = torch.stack(corners, dim=2).reshape(n, classes * 4, h, w)
    return F.pixel_shuffle(stacked, 2)  # (n, classes, 2h, 2w)


def _neighbours(maps: Tensor, *, dilation: int) -> list[Tensor]:
    h, w = maps.shape[-2:]
    padded = F.pad(maps, (dilation,) * 4, mode="replicate")
    steps = (0, dilation, 2 * dilation)
    return [padded[..., row : row + h, col : col + w] for row in steps for col in steps]
