"""CLIP's vision transformer, read densely: a picture in, one vector of the space shared with phrases a patch out.

Architecture: Radford et al. 2021, arXiv:2103.00020; names are those of open_clip's checkpoints, except that queries,
keys and values are projections of their own, so that some can be trained and the others not. The last block passes
values on without attention, which keeps each patch's vector where it is: MaskCLIP, Zhou et al. 2022,
doi:10.1007/978-3-031-19815-1_40; CAT-Seg reads CLIP in the same way, Cho et al. 2024, arXiv:2303.11797.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MLP_RATIO = 4
"""Width of a block's inside over its outside, in every plain ViT of CLIP."""


class QuickGelu(nn.Module):
    """The sigmoid approximation of GELU that OpenAI trained with."""

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        return x * torch.sigmoid(1.702 * x)


class AttentionBlock(nn.Module):
    """A residual block: self-attention over the tokens, then a perceptron on each."""

    def __init__(self, width: int, heads: int, *, quick_gelu: bool) -> None:
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width)
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
        self.ln_2 = nn.LayerNorm(width)
        gelu = QuickGelu() if quick_gelu else nn.GELU()
        widen, narrow = nn.Linear(width, MLP_RATIO * width), nn.Linear(MLP_RATIO * width, width)
        self.mlp = nn.Sequential(OrderedDict(c_fc=widen, gelu=gelu, c_proj=narrow))

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens ``(n, tokens, width)`` that have looked at each other."""
        y = self.ln_1(x)
        query, key, value = (
            part(y).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (n, heads, tokens, width / heads)
            for part in (self.q, self.k, self.v)
        )
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self._think(x + self.out(mixed.transpose(1, 2).flatten(2)))

    def values(self, x: Tensor) -> Tensor:
        """Return tokens ``(n, tokens, width)`` that have looked at themselves alone."""
        return self._think(x + self.out(self.v(self.ln_1(x))))

    def _think(self, x: Tensor) -> Tensor:
        return x + self.mlp(self.ln_2(x))


class VisionTransformer(nn.Module):
    """Patches of a picture to vectors of the space shared with phrases."""

    def __init__(
        self, *, patch: int, grid: int, width: int, layers: int, heads: int, output_dim: int, quick_gelu: bool
    ) -> None:
        super().__init__()
        self.grid = grid
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(nn.init.normal_(torch.empty(width), std=width**-0.5))
        self.positional_embedding = nn.Parameter(nn.init.normal_(torch.empty(grid * grid + 1, width), std=width**-0.5))
        self.ln_pre = nn.LayerNorm(width)
        self.resblocks = nn.ModuleList(AttentionBlock(width, heads, quick_gelu=quick_gelu) for _ in range(layers))
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(nn.init.normal_(torch.empty(width, output_dim), std=width**-0.5))

    def forward(self, picture: Tensor, addition: Tensor) -> Tensor:
        """Return a vector of each patch, ``(n, output_dim, rows, cols)``.

        Args:
            picture: ``(n, 3, rows * patch, cols * patch)``, normalised as CLIP's are.
            addition: to the patches' embeddings, ``(n, width, rows, cols)``.
        """
        patches = self.conv1(picture) + addition  # (n, width, rows, cols)
        rows, cols = patches.shape[-2:]
        whole = self.class_embedding.expand(len(patches), 1, -1)
        tokens = torch.cat([whole, patches.flatten(2).transpose(1, 2)], dim=1)  # (n, 1 + rows * cols, width)
        tokens = self.ln_pre(tokens + self.positions(rows, cols))
        *attentive, last = self.resblocks
        for block in attentive:
            tokens = block(tokens)
        assert isinstance(last, AttentionBlock)  # noqa: S101 - as built above
        dense = self.ln_post(last.values(tokens[:, 1:])) @ self.proj  # (n, rows * cols, output_dim)
        return dense.transpose(1, 2).reshape(len(dense), -1, rows, cols)

    def positions(self, rows: int, cols: int) -> Tensor:
        """Return the embeddings of the whole and of a grid of other size, ``(1 + rows * cols, width)``."""
        if rows == cols == self.grid:
            return self.positional_embedding
        square = self.positional_embedding[1:].T.reshape(-1, self.grid, self.grid)  # (width, grid, grid)
        resized = F.interpolate(square[None], size=(rows, cols), mode="bicubic", antialias=True)[0]
        return torch.cat([self.positional_embedding[:1], resized.flatten(1).T])
