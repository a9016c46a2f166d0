"""The text side of SOVS-Net: phrases to points of the space that pixels share with words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.errors import VocabularyError
from sovs_map.network.text_transformer import TextTransformer

if TYPE_CHECKING:
    from open_clip.tokenizer import SimpleTokenizer

ATTRIBUTES = 12
"""Physical attributes of a phrase; `sovs_map.taxonomy.attributes` names them."""

VOCABULARY_SIZE = 49_408
"""Tokens of CLIP's byte-pair encoding, https://github.com/mlfoundations/open_clip (``SimpleTokenizer``)."""

AT_ONCE = 512
"""Phrases that are encoded together: a large tower needs a gigabyte for so many."""


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The shape of the text tower."""

    width: int = 192
    """Features of a token."""

    heads: int = 3
    """Attention heads; divides ``width``."""

    layers: int = 2
    """Transformer blocks."""

    context: int = 16
    """Longest phrase [tokens], its start and end marks included."""

    sentence_dim: int = 384
    """Features of a phrase before projection."""

    shared_dim: int = 64
    """Features of the space that pixels and phrases share."""

    quick_gelu: bool = False
    """Whether the weights were trained with OpenAI's approximation of GELU."""


class TextTower(nn.Module):
    """CLIP's text transformer, and a fixed linear map from its output to the shared space."""

    centre: Tensor
    basis: Tensor
    attribute_weights: Tensor
    attribute_biases: Tensor

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer = TextTransformer(
            vocabulary=VOCABULARY_SIZE,
            context=config.context,
            width=config.width,
            heads=config.heads,
            layers=config.layers,
            output_dim=config.sentence_dim,
            quick_gelu=config.quick_gelu,
        )
        self.register_buffer("centre", torch.zeros(config.sentence_dim))
        self.register_buffer("basis", torch.zeros(config.sentence_dim, config.shared_dim).fill_diagonal_(1.0))
        self.register_buffer("attribute_weights", torch.zeros(config.shared_dim, ATTRIBUTES))
        self.register_buffer("attribute_biases", torch.zeros(ATTRIBUTES))

    def sentences(self, tokens: Tensor) -> Tensor:
        """Return unit vectors ``(n, sentence_dim)`` of tokens ``(n, length)``, as a sentence encoder gives them.

        No token sees a later one, so the padding behind the longest phrase may be left out: ``length`` is what it needs,
        up to ``context``.
        """
        return F.normalize(self.transformer(tokens), dim=-1)

    def project(self, sentences: Tensor) -> Tensor:
        """Return unit vectors ``(n, shared_dim)`` of the shared space.

        Sentence encoders put all nouns into a narrow cone; centring and whitening spreads land-cover words out.
        """
        return F.normalize((sentences - self.centre) @ self.basis, dim=-1)

    def attributes(self, vectors: Tensor) -> Tensor:
        """Return the physical attributes, in [0, 1], that unit vectors ``(n, shared_dim)`` suggest, ``(n, ATTRIBUTES)``."""
        return torch.sigmoid(vectors @ self.attribute_weights + self.attribute_biases)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return unit vectors ``(n, shared_dim)`` of tokens ``(n, context)``."""
        return self.project(self.sentences(tokens))


def tokenize(phrases: Sequence[str], *, context: int) -> Tensor:
    """Return the tokens ``(n, context)`` of phrases, by open_clip's own tokenizer; 0 behind the end mark.

    Raises:
        VocabularyError: a phrase has more tokens than the encoder reads.
    """
    tokenizer = _tokenizer()
    rows = []
    for phrase in phrases:
        tokens = [tokenizer.sot_token_id, *tokenizer.encode(phrase), tokenizer.eot_token_id]
        if len(tokens) > context:
            raise VocabularyError(
                f"prompt {phrase!r} has {len(tokens)} tokens; the text encoder reads {context}. "
                "Shorten it, or split it into synonyms with |"
            )
        rows.append(tokens + [0] * (context - len(tokens)))
    return torch.tensor(rows)


@cache
def _tokenizer() -> SimpleTokenizer:
    """Return open_clip's tokenizer, which remembers the words that it has cut.

    Its file is loaded by itself: the package around it imports torchvision and timm, which takes every run 3 s and
    250 MB (``python benchmarks/memory.py --base``).
    """
    package = find_spec("open_clip")
    assert package is not None and package.submodule_search_locations  # noqa: S101, PT018 - it is a requirement
    path = Path(package.submodule_search_locations[0]) / "tokenizer.py"
    spec = spec_from_file_location("open_clip.tokenizer", path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a path ending in .py has both
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer()


@torch.inference_mode()
def encode(tower: TextTower, phrases: Sequence[str]) -> Tensor:
    """Return unit vectors ``(n, shared_dim)`` of phrases; short ones are read together, without padding.

    Raises:
        VocabularyError: a phrase has more tokens than the encoder reads.
    """
    tokens = tokenize([phrase.lower() for phrase in phrases], context=tower.config.context)
    lengths = tokens.argmax(1) + 1  # the end mark has the largest number
    order = lengths.argsort(stable=True)
    parts = [
        tower.eval()(tokens[some, : int(lengths[some[-1]])])
        for some in order.split(AT_ONCE)  # type: ignore[no-untyped-call]
    ]
    return torch.cat(parts)[order.argsort()]


@torch.inference_mode()
def encode_alone(tower: TextTower, phrases: Sequence[str]) -> Tensor:
    """Return unit vectors ``(n, shared_dim)`` of phrases, each read alone: no bit of it depends on its company.

    Raises:
        VocabularyError: a phrase has more tokens than the encoder reads.
    """
    tokens = tokenize([phrase.lower() for phrase in phrases], context=tower.config.context)
    return torch.cat([tower.eval()(one[None, : int(one.argmax()) + 1]) for one in tokens])
