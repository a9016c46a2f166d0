"""Words to leaves of the taxonomy, for contestants that know the look of leaves and no other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.meaning import KnownWords, learn_lexicon, nearest_concepts
from sovs_map.network.bundle import load_bundle, load_tower
from sovs_map.network.text import TextTower, encode_alone
from sovs_map.taxonomy import load_lexicon, load_taxonomy

READER = "sovs-tiny"
"""Bundle whose text tower finds the concepts that are nearest to words nobody has listed."""

SHARPNESS = 12.0
"""Factor of cosines before the weights of the nearest concepts: an engineering assumption."""

Weights = NDArray[np.float64]
"""How much a phrase means each leaf, ``(22,)``; they add up to 1."""


@cache
def leaf_weights(phrase: str) -> Weights:
    """Return how much a phrase means each leaf.

    The taxonomy and the lexicon are asked first; words that neither has mean what the nearest concepts mean.

    Raises:
        VocabularyError: it is too long for the text tower.
    """
    listed = _listed().get(phrase.lower())
    return _weights(listed if listed is not None else _nearest(phrase))


def class_weights(prompts: Sequence[str]) -> Weights:
    """Return the mean of what the prompts of a class mean."""
    mean: Weights = np.mean([leaf_weights(prompt) for prompt in prompts], axis=0)
    return mean


@cache
def _listed() -> dict[str, tuple[tuple[str, float], ...]]:
    meanings = {entry.phrase: entry.meaning for entry in load_lexicon()}
    words = {word.lower(): ((one.name, 1.0),) for one in load_taxonomy().concepts for word in one.words}
    return meanings | words


@cache
def _reader() -> tuple[TextTower, KnownWords]:
    bundle = load_bundle(READER)
    return load_tower(bundle), learn_lexicon(bundle)


def _nearest(phrase: str) -> tuple[tuple[str, float], ...]:
    tower, known = _reader()
    near = nearest_concepts(encode_alone(tower, [phrase])[0].numpy(), known)
    cosines = torch.tensor([one.cosine for one in near])
    return tuple(zip((one.concept for one in near), (SHARPNESS * cosines).softmax(0).tolist(), strict=True))


def _weights(meaning: Sequence[tuple[str, float]]) -> Weights:
    taxonomy = load_taxonomy()
    weights = np.zeros(len(taxonomy.leaves))
    for name, weight in meaning:
        leaves = taxonomy.concept(name).leaves
        weights[[leaf - 1 for leaf in leaves]] += weight / len(leaves)
    return weights / weights.sum()
