"""CLIP's text transformer: tokens of a phrase in, one vector out.

Architecture and first weights: Radford et al. 2021, arXiv:2103.00020; names are those of open_clip's checkpoints.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from sovs_map.network.vision_transformer import MLP_RATIO, QuickGelu


class Block(nn.Module):
    """A residual block: attention to earlier tokens, then a perceptron on each."""

    def __init__(self, width: int, heads: int, *, quick_gelu: bool) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        gelu = QuickGelu() if quick_gelu else nn.GELU()
        widen, narrow = nn.Linear(width, MLP_RATIO * width), nn.Linear(MLP_RATIO * width, width)
        self.mlp = nn.Sequential(OrderedDict(c_fc=widen, gelu=gelu, c_proj=narrow))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return tokens ``(n, length, width)``, under a mask ``(length, length)`` that is added to the attention."""
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))

    def start(self, depth: int) -> None:
        """Draw first weights, smaller the more blocks there are."""
        width = self.ln_1.normalized_shape[0]
        nn.init.normal_(self.attn.in_proj_weight, std=width**-0.5)
        nn.init.normal_(self.attn.out_proj.weight, std=width**-0.5 * (2 * depth) ** -0.5)
        nn.init.normal_(self.mlp.c_fc.weight, std=(2 * width) ** -0.5)  # type: ignore[union-attr, arg-type]
        nn.init.normal_(self.mlp.c_proj.weight, std=width**-0.5 * (2 * depth) ** -0.5)  # type: ignore[union-attr, arg-type]


class Blocks(nn.Module):
    """Blocks one after the other."""

    def __init__(self, width: int, heads: int, layers: int, *, quick_gelu: bool) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads, quick_gelu=quick_gelu) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return tokens ``(n, length, width)``."""
        for block in self.resblocks:
            x = block(x, mask)
        return x


class TextTransformer(nn.Module):
    """Phrases to vectors; no token sees a later one, so what follows the end mark does not matter."""

    def __init__(
        self,
        *,
        vocabulary: int,
        context: int,
        width: int,
        heads: int,
        layers: int,
        output_dim: int,
        quick_gelu: bool,
    ) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.empty(context, width))
        self.transformer = Blocks(width, heads, layers, quick_gelu=quick_gelu)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty(width, output_dim))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.positional_embedding, std=0.01)
        nn.init.normal_(self.text_projection, std=width**-0.5)
        for block in self.transformer.resblocks:
            block.start(layers)  # type: ignore[operator]

    def forward(self, tokens: Tensor) -> Tensor:
        """Return a vector of each phrase, ``(n, output_dim)``, of tokens ``(n, length)`` up to the longest end mark."""
        length = tokens.shape[1]
        mask = torch.full((length, length), float("-inf"), device=tokens.device).triu(1)
        x = self.token_embedding(tokens) + self.positional_embedding[:length]  # (n, length, width)
        x = self.ln_final(self.transformer(x, mask))
        end = tokens.argmax(1)  # the end mark has the largest number
        return x[torch.arange(len(x)), end] @ self.text_projection
