"""SOVS-Net: encode SAR into dense pixel embeddings, align them with text, decode the similarities into class maps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.network.alignment import Words, attribute_match, combine_prompts, cosine_volume
from sovs_map.network.clip_encoder import ClipEncoder, ClipEncoderConfig, Correction
from sovs_map.network.decoder import Decoder
from sovs_map.network.encoder import Encoder, EncoderConfig, View
from sovs_map.network.text import ATTRIBUTES

STRIDE = 32
"""Tile sides are multiples of this."""

CELL = 2
"""Side of the square of pixels that one logit of `SovsNet.maps` stands for."""

EMBEDDING_CELL = 4
"""Side of the square of pixels that one vector of `Pixels` stands for."""


@dataclass(frozen=True, slots=True)
class SovsNetConfig:
    """The shape of the network."""

    encoder: EncoderConfig | ClipEncoderConfig = field(default_factory=EncoderConfig)
    """The image side."""

    shared_dim: int = 64
    """Features of the space that pixels and phrases share; the text tower's."""


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """An image before it has been asked anything, at stride 4."""

    guide: Tensor
    """What the decoder needs to sharpen maps of the image, not negative, ``(n, GUIDE, h/4, w/4)``."""

    vectors: Tensor
    """Unit vectors of the space shared with phrases, ``(n, shared_dim, h/4, w/4)``."""

    looks: Tensor
    """Logits of the physical attributes, ``(n, ATTRIBUTES, h/4, w/4)``."""

    calibrated: Tensor
    """1 where the image's dB are absolute, ``(n,)``."""

    @property
    def attributes(self) -> Tensor:
        """Return the physical attributes in [0, 1], ``(n, ATTRIBUTES, h/4, w/4)``."""
        return self.looks.sigmoid()


class Asked(Protocol):
    """What questions are put to: pixels as the network sees them, or as they were stored."""

    @property
    def guide(self) -> Tensor:
        """As in `Pixels`."""

    @property
    def vectors(self) -> Tensor:
        """As in `Pixels`."""

    @property
    def attributes(self) -> Tensor:
        """As in `Pixels`."""

    @property
    def calibrated(self) -> Tensor:
        """As in `Pixels`."""


class SovsNet(nn.Module):
    """Image and phrases in, one map a class out."""

    temperatures: Tensor

    def __init__(self, config: SovsNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.embed = _image_side(config)
        self.look = nn.Conv2d(config.encoder.fused, ATTRIBUTES, 1)
        self.decoder = Decoder(config.encoder.fused)
        self.log_scale = nn.Parameter(torch.tensor(2.0))
        self.look_weights = nn.Parameter(torch.zeros(ATTRIBUTES))
        self.query_scale = nn.Parameter(torch.ones(()))
        self.query_bias = nn.Parameter(torch.zeros(()))
        self.register_buffer("temperatures", torch.ones(2))

    def forward(self, image: Tensor, words: Words, view: View) -> Tensor:
        """Return logits ``(n, classes, h, w)``; see `maps` for the arguments."""
        return F.interpolate(self.maps(image, words, view), scale_factor=CELL, mode="bilinear")

    def maps(self, image: Tensor, words: Words, view: View) -> Tensor:
        """Return logits at stride 2, ``(n, classes, h/2, w/2)``.

        Args:
            image: ``(n, bands, h, w)``, standardised dB; h and w are multiples of STRIDE.
            words: the classes.
            view: how the image was taken.
        """
        return self.answer(self.see(image, view), words)

    def see(self, image: Tensor, view: View) -> Pixels:
        """Return what is known of each pixel of an image ``(n, bands, h, w)`` before any question."""
        features = self.encoder(image, view)  # (n, fused, h/4, w/4)
        vectors = F.normalize(self.embed(features), dim=1)
        return Pixels(self.decoder.guide(features), vectors, self.look(features), view.conditions[:, 2])

    def answer(self, pixels: Asked, words: Words) -> Tensor:
        """Return logits at stride 2, ``(n, classes, h/2, w/2)``; `temperatures` makes their softmax a probability."""
        maps: Tensor = self.decoder(
            self.match(pixels.vectors, pixels.attributes, pixels.calibrated, words), pixels.guide
        )
        return maps

    def match(self, vectors: Tensor, attributes: Tensor, calibrated: Tensor, words: Words) -> Tensor:
        """Return one logit a class and vector, ``(n, classes, h, w)``, before anything is sharpened.

        Args:
            vectors: as in `Pixels`, ``(n, shared_dim, h, w)``.
            attributes: as in `Pixels`, ``(n, ATTRIBUTES, h, w)``.
            calibrated: as in `Pixels`, ``(n,)``.
            words: the classes.
        """
        heat = torch.where(calibrated > 0.5, self.temperatures[1], self.temperatures[0])[:, None, None, None]
        fit = self.fit(vectors, attributes, words).contiguous()
        return combine_prompts(fit / heat, words)

    def fit(self, vectors: Tensor, attributes: Tensor, words: Words) -> Tensor:
        """Return how well each prompt fits each pixel, ``(n, prompts, h, w)``, before anything is sharpened.

        Args:
            vectors: as in `Pixels`, ``(n, shared_dim, h, w)``.
            attributes: as in `Pixels`, ``(n, ATTRIBUTES, h, w)``.
            words: the classes.
        """
        cosines = cosine_volume(vectors, words.phrases) * self.log_scale.exp()
        return cosines + attribute_match(attributes, words.attributes, self.look_weights.exp())


def _image_side(config: SovsNetConfig) -> tuple[nn.Module, nn.Module]:
    """Return the encoder, and the map from its features to the shared space; CLIP's vectors lie in it already."""
    match config.encoder:
        case EncoderConfig() as shape:
            return Encoder(shape), nn.Conv2d(shape.fused, config.shared_dim, 1)
        case ClipEncoderConfig() as shape:
            return ClipEncoder(shape), Correction(shape.fused, config.shared_dim)
