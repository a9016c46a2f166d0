"""Encode with CLIP: its vision transformer for what things are, our own stem for where they end.

Takes the place of `sovs_map.network.encoder.Encoder`. The first features are CLIP's dense vectors themselves, and all
that is ours starts at nothing: an untrained network answers with CLIP's own similarities. What is trained of CLIP,
and where the rest stands: CAT-Seg, Cho et al. 2024, arXiv:2303.11797.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.network.decoder import REACH, weigh_neighbours
from sovs_map.network.encoder import CONDITIONS, Block, ConvNorm, EncoderConfig, Stem, View, local_statistics
from sovs_map.network.normalisation import SPREAD_DB
from sovs_map.network.vision_transformer import AttentionBlock, VisionTransformer

CLIP_MEAN, CLIP_SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Mean and deviation of the colours, 0 to 1, that CLIP's pictures are normalised by; OpenAI's numbers."""

CROSS_LIFT_DB = 7.0
"""What cross-polarised backscatter is lifted by, so that its picture is as bright; see `radiometry.reference_level_db`."""

TEXTURE_CENTRE, TEXTURE_SPREAD = 0.5, 0.35
"""Local deviation that becomes middle grey, and the step to CLIP's deviation [standardised dB]: an engineering
assumption; fields in four looks lie at 0.4, settlements at 0.8."""

AS_COPOL = (3, 4, 1, 2, 5)
"""How gladly each of POLARISATIONS is taken as the first channel."""

AS_CROSS = (0, 0, 1, 2, 0)
"""How gladly each of POLARISATIONS is taken as the second channel; 0 is not at all."""


@dataclass(frozen=True, slots=True)
class ClipEncoderConfig:
    """The shape of the encoder; the defaults are ViT-B-16."""

    patch: int = 16
    """Side of a patch of the transformer's picture [its pixels]."""

    stride: int = 16
    """Side of a patch in the scene [pixels]: 4, 8, 16 or 32. The picture is resized so that both agree."""

    grid: int = 14
    """Patches along a side of the pictures that CLIP was trained on."""

    width: int = 768
    """Features of a token."""

    layers: int = 12
    """Transformer blocks."""

    heads: int = 12
    """Attention heads; divides ``width``."""

    output_dim: int = 512
    """Features of CLIP's vectors: those of the space shared with phrases."""

    quick_gelu: bool = False
    """Whether the weights were trained with OpenAI's approximation of GELU."""

    stem: int = 16
    """Our features of one polarisation at stride 2."""

    guide: int = 64
    """Our features at stride 4."""

    @property
    def fused(self) -> int:
        """Return the features at stride 4: CLIP's, then ours."""
        return self.output_dim + self.guide


class ClipEncoder(nn.Module):
    """Backscatter to features at stride 4: CLIP's unit vectors, sharpened, and our own."""

    def __init__(self, config: ClipEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.tower = VisionTransformer(
            patch=config.patch,
            grid=config.grid,
            width=config.width,
            layers=config.layers,
            heads=config.heads,
            output_dim=config.output_dim,
            quick_gelu=config.quick_gelu,
        )
        self.tower.requires_grad_(requires_grad=False)
        for weight in tuned_weights(self.tower):
            weight.requires_grad_()
        self.stem = Stem(EncoderConfig(stem=config.stem, dims=(config.guide,), depths=(1,)))
        self.condition = nn.Sequential(nn.Linear(CONDITIONS, 32), nn.ReLU(), _silent(nn.Linear(32, 2 * config.guide)))
        self.adapter = _silent(nn.Conv2d(config.guide, config.width, 1))
        self.affinity = nn.Conv2d(config.guide, REACH, 1)
        self.sharpening = nn.Parameter(torch.zeros(()))
        self.lateral = ConvNorm(config.output_dim, config.guide, 1)
        self.fuse = Block(config.guide, 2)

    def forward(self, image: Tensor, view: View) -> Tensor:
        """Return features ``(n, output_dim + guide, h/4, w/4)`` of standardised dB ``(n, bands, h, w)``."""
        config, (h, w) = self.config, image.shape[-2:]
        scale, shift = self.condition(view.conditions)[:, :, None, None].chunk(2, dim=1)
        own = self.stem(image, view) * (1 + scale) + shift  # (n, guide, h/4, w/4)
        size = (h // config.stride * config.patch, w // config.stride * config.patch)
        picture = _resize(radar_picture(image, view), size)  # (n, 3, *size)
        addition = self.adapter(F.avg_pool2d(own, config.stride // 4))  # (n, width, h/stride, w/stride)
        vectors = F.normalize(self.tower(picture, addition), dim=1)  # (n, output_dim, h/stride, w/stride)
        vectors = F.interpolate(vectors, scale_factor=config.stride // 4, mode="bilinear")  # (n, output_dim, h/4, w/4)
        weights = self.affinity(own).softmax(1)
        around = weigh_neighbours(vectors, weights, dilation=max(config.stride // 8, 1))
        vectors = vectors + self.sharpening * (around - vectors)
        own = self.fuse(F.relu(self.lateral(vectors) + own))
        return torch.cat([vectors, own], dim=1)


class Correction(nn.Conv2d):
    """The first of some features, and a linear map of all of them, which starts at nothing, added."""

    def __init__(self, features: int, first: int) -> None:
        super().__init__(features, first, 1)
        _silent(self)

    def forward(self, features: Tensor) -> Tensor:
        """Return ``(n, first, h, w)`` of features ``(n, features, h, w)``."""
        return features[:, : self.out_channels] + super().forward(features)


def tuned_weights(tower: VisionTransformer) -> Iterator[Tensor]:
    """Yield the weights of CLIP that are trained: query and value projections, and the embeddings of positions.

    The last block has no attention, so its queries stay. So do all biases, as in CAT-Seg.
    """
    yield tower.positional_embedding
    for block in tower.resblocks:
        assert isinstance(block, AttentionBlock)  # noqa: S101 - as built
        if block is not tower.resblocks[-1]:
            yield block.q.weight
        yield block.v.weight


def radar_picture(image: Tensor, view: View) -> Tensor:
    """Return a picture for CLIP, ``(n, 3, h, w)``, of standardised dB ``(n, bands, h, w)``.

    Its channels are co-polarised backscatter; cross-polarised backscatter, or the first channel smoothed where there is
    none; local contrast. Mean and deviation of scenes become those of photographs, cut off at black and white.
    """
    first = _pick(view, AS_COPOL)
    copol = _channel(image, view, first)  # (n, 1, h, w)
    second = _pick(view, AS_CROSS)
    smooth = F.avg_pool2d(copol, 3, stride=1, padding=1, count_include_pad=False)
    there = (_worth(view, AS_CROSS).gather(1, second) > 0) & (second != first)  # (n, 1)
    cross = torch.where(there[:, :, None, None], _channel(image, view, second), smooth)
    texture = (local_statistics(copol)[:, 2:] - TEXTURE_CENTRE) / TEXTURE_SPREAD
    low = image.new_tensor([-mean / spread for mean, spread in zip(CLIP_MEAN, CLIP_SPREAD, strict=True)])
    high = image.new_tensor([(1 - mean) / spread for mean, spread in zip(CLIP_MEAN, CLIP_SPREAD, strict=True)])
    colours = torch.cat([copol, cross, texture], dim=1)
    return colours.clamp(low[:, None, None], high[:, None, None])


def _worth(view: View, worth: tuple[int, ...]) -> Tensor:
    """Return what each band is worth, ``(n, bands)``, 0 where there is none."""
    return torch.tensor(worth, device=view.present.device)[view.polarisations] * (view.present > 0)


def _pick(view: View, worth: tuple[int, ...]) -> Tensor:
    """Return which band is worth most, the first of equals, ``(n, 1)``."""
    bands = view.present.shape[1]
    order = torch.arange(bands, device=view.present.device)
    return (_worth(view, worth) * bands - order).argmax(1, keepdim=True)


def _channel(image: Tensor, view: View, index: Tensor) -> Tensor:
    """Return one band of each image, ``(n, 1, h, w)``, a cross-polarised one lifted."""
    band = image.gather(1, index[:, :, None, None].expand(-1, -1, *image.shape[-2:]))
    kind = view.polarisations.gather(1, index)[:, :, None, None]
    crossed = torch.tensor(AS_CROSS, device=kind.device)[kind] > 0
    return band + crossed * (CROSS_LIFT_DB / SPREAD_DB)


def _resize(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if picture.shape[-2:] == size:
        return picture
    return F.interpolate(picture, size=size, mode="bilinear", antialias=True)


def _silent(layer: nn.Linear | nn.Conv2d) -> nn.Linear | nn.Conv2d:
    """Return a layer that gives 0 until it is trained."""
    assert layer.bias is not None  # noqa: S101 - layers have a bias unless told otherwise
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
