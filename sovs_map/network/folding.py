"""Fold batch normalisation into the convolution before it: the same numbers in fewer passes."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sovs_map.network.encoder import ConvNorm


def fold(module: nn.Module) -> None:
    """Replace each `ConvNorm` below ``module``, which is in evaluation mode, by one convolution."""
    for name, child in module.named_children():
        if isinstance(child, ConvNorm):
            setattr(module, name, fuse_conv_bn_eval(*child.parts))
        else:
            fold(child)
