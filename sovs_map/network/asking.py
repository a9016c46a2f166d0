"""Ways to ask what the network has seen for the logits of classes: all in one go, or each as if it were the only one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sovs_map.network.alignment import Words
from sovs_map.network.sovs_net import Asked, SovsNet

Ask = Callable[[SovsNet, Asked, Words], Tensor]
"""Network, pixels and words to logits ``(n, classes, h/2, w/2)``."""


def together(network: SovsNet, pixels: Asked, words: Words) -> Tensor:
    """Return the logits of all classes in one go, the fastest way."""
    return network.answer(pixels, words)


def one_by_one(network: SovsNet, pixels: Asked, words: Words) -> Tensor:
    """Return the logits of each class as if it were the only one, to the last bit.

    Matrix products and interpolations round differently when there is another column, so `together` could change a
    class when another one is added.
    """
    maps = [network.answer(pixels, words.only(index)) for index in range(words.classes)]
    return torch.cat(maps, dim=1)
