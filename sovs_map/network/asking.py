"""Ways to ask the network for the logits of classes: all in one go, or each as if it were the only one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sovs_map.network.alignment import Words
from sovs_map.network.encoder import View
from sovs_map.network.sovs_net import SovsNet

Ask = Callable[[SovsNet, Tensor, Words, View], Tensor]
"""Network, image, words and view to logits ``(n, classes, h/2, w/2)``."""


def together(network: SovsNet, image: Tensor, words: Words, view: View) -> Tensor:
    """Return the logits of all classes in one go, the fastest way."""
    return network.maps(image, words, view)


def one_by_one(network: SovsNet, image: Tensor, words: Words, view: View) -> Tensor:
    """Return the logits of each class as if it were the only one, to the last bit; the image is seen once.

    Matrix products and interpolations round differently when there is another column, so `together` could change a
    class when another one is added.
    """
    pixels = network.see(image, view)
    maps = [network.answer(pixels, words.only(index)) for index in range(words.classes)]
    return torch.cat(maps, dim=1)
