"""Teach the small text tower what a sentence encoder knows: the vectors of words and phrases."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.text import TextConfig, TextTower, tokenize
from sovs_map.taxonomy import load_taxonomy

_TEMPLATES = (
    "{a} {b}", "{a} and {b}", "{a} near {b}", "a {a}", "the {a}", "{a} of {b}", "{a} beside {b}",
    "radar image of {a}", "{a} seen from above", "area of {a}", "{a} or {b}", "{a} with {b}",
)  # fmt: skip

_QUALITIES = (
    "dense", "sparse", "open", "wet", "dry", "flooded", "dark", "bright", "smooth", "rough", "large", "small", "old",
    "new", "green", "bare", "urban", "rural", "coastal", "inland", "tall", "low", "damaged", "paved", "frozen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DistillationRecipe:
    """How the tower learns from its teacher."""

    config: TextConfig = field(default_factory=TextConfig)
    """The shape of the tower."""

    phrases: int = 90_000
    """Phrases in all: whole words of the tokenizer, the lexicon, and random combinations."""

    steps: int = 2_500
    """Optimiser steps."""

    batch: int = 192
    """Phrases a step, a quarter of them from the lexicon."""

    learning_rate: float = 2e-3
    """Peak of a one-cycle schedule, AdamW."""

    seed: int = 0
    """Of phrases, initial weights and order."""


def vocabulary_words() -> list[str]:
    """Return the whole words that open_clip's tokenizer has a token for, letters only."""
    from open_clip.tokenizer import SimpleTokenizer  # noqa: PLC0415 - takes seconds

    tokens = (token.removesuffix("</w>") for token in SimpleTokenizer().encoder if token.endswith("</w>"))
    return sorted({word for word in tokens if word.isascii() and word.isalpha() and len(word) > 2})


def lexicon_phrases() -> list[str]:
    """Return the taxonomy's phrases, and each with a quality before it."""
    phrases = list(load_taxonomy().phrases)
    return phrases + [f"{quality} {phrase}" for phrase in phrases for quality in _QUALITIES if len(phrase) < 24]


def training_phrases(recipe: DistillationRecipe) -> list[str]:
    """Return the phrases of the recipe, the lexicon's first, each once, lower case."""
    draw = random.Random(recipe.seed)  # noqa: S311 - no secret
    words = vocabulary_words()
    lexicon = lexicon_phrases()
    phrases = dict.fromkeys(phrase.lower() for phrase in (*lexicon, *words))
    nouns = load_taxonomy().phrases
    while len(phrases) < recipe.phrases:
        pool = nouns if draw.random() < 0.4 else words
        text = draw.choice(_TEMPLATES).format(a=draw.choice(pool), b=draw.choice(words))
        phrases[text.lower()] = None
    return list(phrases)[: recipe.phrases]


def distil(
    teacher: Tensor, phrases: Sequence[str], *, recipe: DistillationRecipe, lexicon: int
) -> Iterator[tuple[int, float, TextTower]]:
    """Train a tower to give the teacher's vectors; yield step, loss and tower as it goes.

    Args:
        teacher: unit vectors ``(n, sentence_dim)`` of the phrases.
        phrases: ``n`` phrases, the lexicon's first.
        recipe: shape, steps, rate, seed.
        lexicon: how many of the phrases are the lexicon's.
    """
    torch.manual_seed(recipe.seed)
    tower = TextTower(recipe.config)
    tokens = tokenize(phrases, context=recipe.config.context)
    _start_from_words(tower, tokens, teacher)
    optimiser = torch.optim.AdamW(tower.parameters(), lr=recipe.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, recipe.steps, pct_start=0.1)
    quarter = recipe.batch // 4
    causal = tower.transformer.attn_mask
    for step in range(recipe.steps):
        chosen = torch.cat([torch.randint(lexicon, (quarter,)), torch.randint(len(phrases), (recipe.batch - quarter,))])
        length = int((tokens[chosen] != 0).sum(1).max())
        tower.transformer.attn_mask = causal[:length, :length]  # the transformer reads this length, no padding
        loss = distillation_loss(tower.sentences(tokens[chosen, :length]), teacher[chosen])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        tower.transformer.attn_mask = causal
        yield step, loss.item(), tower


def distillation_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Return how far unit vectors ``(n, d)`` are from the teacher's, each alone and pair by pair."""
    alone = 1 - (student * teacher).sum(-1)
    pairs = F.mse_loss(student @ student.T, teacher @ teacher.T)
    return alone.mean() + 4 * pairs


@torch.no_grad()
def _start_from_words(tower: TextTower, tokens: Tensor, teacher: Tensor) -> None:
    """Start each token's features at the teacher's vector of that word, cut to the tower's width."""
    single = tokens[:, 3] == 0  # start mark, one token, end mark
    vectors = teacher[single] - teacher.mean(0)
    _, _, axes = torch.pca_lowrank(vectors, q=tower.config.width, niter=4)
    features = vectors @ axes
    table = tower.transformer.token_embedding.weight
    table[tokens[single, 1]] = features / features.std() * table.std() * 2
