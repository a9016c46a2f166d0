"""Random brightness with a given mean, contrast and grain: texture and speckle."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

REACH = 3.0
"""Gaussian kernels end after so many deviations."""


def smoothed(field: Tensor, kernel: Tensor) -> Tensor:
    """Return a field filtered along rows and columns, edges mirrored.

    Args:
        field: shape ``(n, rows, cols)``, each side greater than half a kernel.
        kernel: odd length, shape ``(n, taps)``.
    """
    count, reach = len(field), kernel.shape[1] // 2
    if reach == 0:
        return field * kernel[:, :1, None] ** 2
    padded = F.pad(field[None], (reach, reach, reach, reach), mode="reflect")
    across = F.conv2d(padded, kernel[:, None, None], groups=count)
    return F.conv2d(across, kernel[:, None, :, None], groups=count)[0]


def gaussian(deviation: Tensor, *, reach: int) -> Tensor:
    """Return kernels ``(n, 2 * reach + 1)`` of sum 1 and the deviations ``(n,)`` [pixels]; 0 gives a single one."""
    place = torch.arange(-reach, reach + 1, device=deviation.device)
    kernel = torch.exp(-0.5 * (place / deviation.clamp_min(0.05)[:, None]) ** 2)
    return kernel / kernel.sum(1, keepdim=True)


def energy(kernel: Tensor) -> Tensor:
    """Return the variance ``(n,)`` that white noise of variance 1 keeps under the separable kernels ``(n, taps)``."""
    return (kernel**2).sum(1) ** 2


def gamma_texture(generator: torch.Generator, order: Tensor, coarse: Tensor, grain: Tensor) -> Tensor:
    """Return brightness of mean 1 and variance 1 / order, with grains.

    Gamma variables of a smaller order are smoothed to the wanted one, so both moments survive the smoothing.

    Args:
        generator: the source of chance.
        order: of the gamma distribution, shape ``(n, rows, cols)``.
        coarse: where the grains are large, bool ``(n, rows, cols)``; elsewhere each pixel is its own grain.
        grain: deviation of the large grains, at most 4, shape ``(n,)`` [pixels].

    Source:
        Product model of the K distribution, Jakeman and Pusey 1976, doi:10.1109/TAP.1976.1141451; the smoothing is an
        engineering choice.
    """
    kernel = gaussian(grain, reach=max(1, round(REACH * float(grain.max()))))
    white = order * torch.where(coarse, energy(kernel)[:, None, None], 1.0)
    drawn = torch._standard_gamma(white, generator=generator) / white  # noqa: SLF001 - the only one with a generator
    return torch.where(coarse, smoothed(drawn, kernel), drawn)


def draw_speckle(generator: torch.Generator, looks: Tensor, width: Tensor, *, rows: int, cols: int) -> Tensor:
    """Return speckle of mean 1 and variance 1 / looks, shape ``(n, rows, cols)``.

    Args:
        generator: the source of chance.
        looks: equivalent number of looks, shape ``(n,)``.
        width: deviation of the point response that correlates neighbours, 0 to 1, shape ``(n,)`` [pixels].
        rows: of the field.
        cols: of the field.
    """
    kernel = gaussian(width, reach=2)
    white = looks * energy(kernel)
    order = white[:, None, None].expand(len(looks), rows, cols).contiguous()
    drawn = torch._standard_gamma(order, generator=generator)  # noqa: SLF001 - the only one with a generator
    return smoothed(drawn / white[:, None, None], kernel)
