"""SOVS-Net: encode SAR into dense pixel embeddings, align them with text, decode the similarities into class maps."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.network.alignment import Words, combine_prompts, cosine_volume
from sovs_map.network.decoder import Decoder
from sovs_map.network.encoder import Encoder, EncoderConfig, View

STRIDE = 32
"""Tile sides are multiples of this."""


@dataclass(frozen=True, slots=True)
class SovsNetConfig:
    """The shape of the network."""

    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    """The image side."""

    shared_dim: int = 64
    """Features of the space that pixels and phrases share; the text tower's."""


class SovsNet(nn.Module):
    """Image and phrases in, one map a class out."""

    temperature: Tensor

    def __init__(self, config: SovsNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config.encoder)
        self.embed = nn.Conv2d(config.encoder.fused, config.shared_dim, 1)
        self.decoder = Decoder(config.encoder.fused)
        self.log_scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("temperature", torch.ones(()))

    def forward(self, image: Tensor, words: Words, view: View) -> Tensor:
        """Return logits ``(n, classes, h, w)``; see `maps` for the arguments."""
        return F.interpolate(self.maps(image, words, view), scale_factor=2, mode="bilinear")

    def maps(self, image: Tensor, words: Words, view: View) -> Tensor:
        """Return logits at stride 2, ``(n, classes, h/2, w/2)``.

        Args:
            image: ``(n, bands, h, w)``, standardised dB; h and w are multiples of STRIDE.
            words: the classes.
            view: how the image was taken.
        """
        return self.answer(self.encoder(image, view), words)

    def answer(self, features: Tensor, words: Words) -> Tensor:
        """Return logits at stride 2, ``(n, classes, h/2, w/2)``, of the encoder's features ``(n, fused, h/4, w/4)``."""
        pixels = F.normalize(self.embed(features), dim=1)  # (n, shared_dim, h/4, w/4)
        cosines = cosine_volume(pixels, words.phrases) * (self.log_scale.exp() / self.temperature)
        classes = combine_prompts(cosines, words)  # (n, classes, h/4, w/4)
        return self.decoder(classes, features)  # (n, classes, h/2, w/2)
