"""The yardstick: the same encoder and decoder with a fixed list of classes in place of words."""

from __future__ import annotations

from torch import Tensor, nn

from sovs_map.network.alignment import Words
from sovs_map.network.decoder import Decoder
from sovs_map.network.encoder import Encoder, EncoderConfig, View


class ClosedSet(nn.Module):
    """Image in, one map a class out; knows no words."""

    def __init__(self, config: EncoderConfig, *, classes: int) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.head = nn.Conv2d(config.fused, classes, 1)
        self.decoder = Decoder(config.fused)

    def maps(self, image: Tensor, words: Words, view: View) -> Tensor:  # noqa: ARG002 - takes SovsNet's place
        """Return logits at stride 2, ``(n, classes, h/2, w/2)``; the words are not looked at."""
        return self.answer(self.see(image, view))

    def see(self, image: Tensor, view: View) -> Tensor:
        """Return features ``(n, fused, h/4, w/4)`` of an image ``(n, bands, h, w)``."""
        features: Tensor = self.encoder(image, view)
        return features

    def answer(self, features: Tensor) -> Tensor:
        """Return logits at stride 2 of the encoder's features."""
        maps: Tensor = self.decoder(self.head(features), self.decoder.guide(features))
        return maps
