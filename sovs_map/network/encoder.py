"""Encode: backscatter of one to four polarisations, in any order, to a pyramid of features.

Shape of the blocks: ConvNeXt, Liu et al. 2022, doi:10.1109/CVPR52688.2022.01167, with batch normalisation in place of
layer normalisation (it folds into the convolutions). Conditioning: FiLM, Perez et al. 2018,
doi:10.1609/aaai.v32i1.11671. Nothing looks at the whole tile, so a pixel's features depend on its neighbourhood only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

POLARISATIONS = ("unknown", "HH", "HV", "VH", "VV")
"""Index of the learned polarisation features."""

CONDITIONS = 3
"""Known-spacing flag, log2 of the spacing over 10 m, calibrated flag."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """How each image of a batch was taken."""

    polarisations: Tensor
    """Index into POLARISATIONS, shape ``(n, bands)``."""

    present: Tensor
    """1 where the band is there, 0 where it pads the batch, shape ``(n, bands)``; at least one is there."""

    conditions: Tensor
    """Spacing known, log2 of spacing over 10 m (0 when unknown), calibrated; shape ``(n, CONDITIONS)``."""


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The shape of the encoder."""

    stem: int = 16
    """Features of one polarisation at stride 2."""

    dims: tuple[int, ...] = (40, 72, 128, 192)
    """Features at strides 4, 8, 16, 32."""

    depths: tuple[int, ...] = (1, 2, 4, 2)
    """Blocks at strides 4, 8, 16, 32."""

    expansion: int = 3
    """Width of a block's inside over its outside."""

    fused: int = 80
    """Features of the fused pyramid at stride 4."""


class ConvNorm(nn.Sequential):
    """A convolution without bias, then batch normalisation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs))

    @property
    def parts(self) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
        """Return the convolution and its normalisation."""
        convolution, norm = self
        assert isinstance(convolution, nn.Conv2d)  # noqa: S101 - as built above
        assert isinstance(norm, nn.BatchNorm2d)  # noqa: S101 - as built above
        return convolution, norm


class Stem(nn.Module):
    """Each polarisation alone through the same filters, then all of them together as mean and maximum."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.local = ConvNorm(3, config.stem, 3, stride=2)
        self.polarisation = nn.Embedding(len(POLARISATIONS), 2 * config.stem)
        self.mix = ConvNorm(config.stem, config.stem, 3, stride=1)
        self.join = ConvNorm(2 * config.stem, config.dims[0], 3, stride=2)

    def forward(self, image: Tensor, view: View) -> Tensor:
        """Return features ``(n, dims[0], h/4, w/4)`` of standardised dB ``(n, bands, h, w)``."""
        n, bands, h, w = image.shape
        there = view.present.reshape(-1).nonzero()[:, 0]  # k of the n·bands; padding is not looked at
        x = local_statistics(image.reshape(n * bands, 1, h, w)[there])  # (k, 3, h, w)
        x = self.local(x)  # (k, stem, h/2, w/2)
        kinds = view.polarisations.reshape(-1)[there]
        scale, shift = self.polarisation(kinds)[:, :, None, None].chunk(2, dim=1)
        x = F.relu(x.mul_(1 + scale).add_(shift), inplace=True)
        x = F.relu(self.mix(x), inplace=True)  # (k, stem, h/2, w/2)
        if len(there) < n * bands:
            empty = x.new_zeros(n * bands, *x.shape[1:]).contiguous(memory_format=torch.channels_last)
            x = empty.index_copy(0, there, x)
        each = [x[band::bands] for band in range(bands)]  # of (n, stem, h/2, w/2)
        mean = reduce(torch.add, each) / view.present.sum(1)[:, None, None, None]
        most = reduce(torch.maximum, each)  # features are not negative, so an absent band never wins
        return F.relu(self.join(torch.cat([mean, most], dim=1)), inplace=True)  # (n, dims[0], h/4, w/4)


class Block(nn.Module):
    """A residual block: 7 × 7 depthwise filter, then two 1 × 1 convolutions."""

    def __init__(self, dim: int, expansion: int) -> None:
        super().__init__()
        self.spatial = ConvNorm(dim, dim, 7, groups=dim)
        self.widen = nn.Conv2d(dim, expansion * dim, 1)
        self.narrow = ConvNorm(expansion * dim, dim, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the shape of ``x``: ``(n, dim, h, w)``."""
        return x + self.narrow(F.relu(self.widen(self.spatial(x)), inplace=True))


class Encoder(nn.Module):
    """Backscatter to features at stride 4 that know their surroundings."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        dims = config.dims
        self.stem = Stem(config)
        self.downs = nn.ModuleList(ConvNorm(a, b, 2, stride=2) for a, b in pairwise(dims))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(dim, config.expansion) for _ in range(depth)))
            for dim, depth in zip(dims, config.depths, strict=True)
        )
        films = nn.Linear(32, 2 * sum(dims))
        nn.init.zeros_(films.weight)
        nn.init.zeros_(films.bias)
        self.condition = nn.Sequential(nn.Linear(CONDITIONS, 32), nn.ReLU(), films)
        self.laterals = nn.ModuleList(nn.Conv2d(dim, config.fused, 1) for dim in dims)
        self.smooth = nn.ModuleList(Block(config.fused, 1) for _ in dims[1:])
        self.dims = dims

    def forward(self, image: Tensor, view: View) -> Tensor:
        """Return features ``(n, fused, h/4, w/4)`` of standardised dB ``(n, bands, h, w)``."""
        films = self.condition(view.conditions)[:, :, None, None].split([2 * dim for dim in self.dims], dim=1)
        x = self.stem(image, view)  # (n, dims[0], h/4, w/4)
        pyramid = []
        for level, stage in enumerate(self.stages):
            if level:
                x = F.relu(self.downs[level - 1](x), inplace=True)  # (n, dims[level], h/2**(level+2), …)
            scale, shift = films[level].chunk(2, dim=1)
            x = stage(torch.addcmul(shift, x, 1 + scale))
            pyramid.append(x)
        x = self.laterals[-1](pyramid[-1])  # (n, fused, h/32, w/32)
        for level in (2, 1, 0):
            x = F.interpolate(x, scale_factor=2, mode="bilinear") + self.laterals[level](pyramid[level])
            x = self.smooth[level](x)
        return x  # (n, fused, h/4, w/4)


def local_statistics(image: Tensor) -> Tensor:
    """Return ``(n, 3, h, w)``: the image ``(n, 1, h, w)``, its mean over 5 × 5 pixels, and its deviation there.

    Speckle makes single pixels nearly meaningless; the local level and contrast are what radiometry can tell.
    The result lies in memory channels last, and so does all that is computed from it: on CPUs pooling, interpolation and
    normalisation are several times as fast there (``python benchmarks/network.py`` measures the whole network).
    """
    turned = image.mT.contiguous()
    mean = _box(turned)
    spread = (_box(turned * turned) - mean * mean).clamp_min(0).add(1e-4).sqrt()
    return torch.cat([image, mean, spread], dim=1).contiguous(memory_format=torch.channels_last)


def _box(turned: Tensor) -> Tensor:
    return _average_rows(_average_rows(turned).mT.contiguous())


def _average_rows(image: Tensor) -> Tensor:
    """Return means of each pixel of ``(n, 1, h, w)`` with two above and two below; columns pass as channels, which are last."""
    columns = image[:, 0, :, None].permute(0, 3, 1, 2)  # (n, w, h, 1)
    return F.avg_pool2d(columns, (5, 1), stride=1, padding=(2, 0), count_include_pad=False).permute(0, 3, 2, 1)
