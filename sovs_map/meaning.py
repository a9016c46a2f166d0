"""How phrases are understood: what they are near to in the space that words share with pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.network.bundle import Bundle, load_tower
from sovs_map.network.reading import read_phrases
from sovs_map.network.text import encode
from sovs_map.taxonomy import load_lexicon, load_taxonomy
from sovs_map.vocabulary import Vocabulary

Array = NDArray[np.float32]

CONCEPTS = 5
"""Concepts that are told of a phrase."""

ALIKE = 99.0
"""Two classes are too alike when their cosine is above this percentile of those between phrases of different leaves."""

STRANGE = 5.0
"""A phrase is strange when its nearest entry is farther than for this percentile of the phrases held out of training."""

SAMPLE = 2000
"""Phrases of leaves that are compared with each other for ALIKE."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownWords:
    """The lexicon as a model understands it."""

    phrases: tuple[str, ...]
    """The entries, in order."""

    concepts: tuple[str, ...]
    """The concept that each means most."""

    vectors: Array
    """Unit vectors, ``(entries, shared_dim)``."""

    alike: float
    """Cosine above which two classes are hardly told apart; see ALIKE."""

    strange: float
    """Cosine to the nearest entry below which a phrase is not understood; see STRANGE."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A concept that a phrase is near to."""

    concept: str
    """Its name in the taxonomy."""

    phrase: str
    """The entry of the lexicon that means it and is nearest."""

    cosine: float
    """How near, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How one class or phrase is understood."""

    name: str
    """What it is called."""

    neighbours: tuple[Neighbour, ...]
    """The nearest concepts, the nearest first."""

    attributes: tuple[float, ...]
    """Physical attributes in [0, 1], in the order of `sovs_map.taxonomy.attributes.ATTRIBUTES`."""

    strange: tuple[str, ...]
    """Those of its prompts and negatives that are near to nothing known."""


@dataclass(frozen=True, slots=True, eq=False)
class Understanding:
    """How a vocabulary is understood."""

    meanings: tuple[Meaning, ...]
    """One a class, in order."""

    similarity: Array
    """Cosine of each class with each, ``(classes, classes)``."""

    warnings: tuple[str, ...]
    """What the user should know before mapping."""


def understand(bundle: Bundle, vocabulary: Vocabulary, *, text: str = "tower") -> Understanding:
    """Return how a model understands a vocabulary; the lexicon it is compared with is read by the tower.

    Args:
        bundle: the model.
        vocabulary: the classes.
        text: who reads their words, see `sovs_map.network.reading`.

    Raises:
        VocabularyError: a prompt is too long for the text encoder.
        OptionError: nobody who reads the words.
        BundleError: the weights cannot be read.
    """
    tower = load_tower(bundle)
    words = [(*entry.prompts, *entry.negatives) for entry in vocabulary.classes]
    vectors = [read_phrases(bundle, tower, own, text=text).numpy() for own in words]
    known = learn_lexicon(bundle)
    classes = np.stack(
        [_middle(own[: len(entry.prompts)]) for own, entry in zip(vectors, vocabulary.classes, strict=True)]
    )
    meanings = tuple(
        Meaning(
            name,
            nearest_concepts(vector, known),
            tuple(tower.attributes(torch.from_numpy(vector)).tolist()),
            strange_phrases(own, each, known),
        )
        for name, vector, own, each in zip(vocabulary.names, classes, words, vectors, strict=True)
    )
    similarity = classes @ classes.T
    return Understanding(meanings, similarity, _warnings(meanings, similarity, known))


@cache
def learn_lexicon(bundle: Bundle) -> KnownWords:
    """Return the lexicon as a model understands it, and what is near and far by its own measure; takes seconds once.

    Raises:
        BundleError: the weights cannot be read.
    """
    tower, entries = load_tower(bundle), load_lexicon()
    vectors = encode(tower, [entry.phrase for entry in entries]).numpy()
    leaves = {leaf.name for leaf in load_taxonomy().leaves}
    concepts = np.array([entry.concept for entry in entries])
    of_leaf = np.flatnonzero([entry.concept in leaves for entry in entries])
    held_out = np.array([entry.is_held_out for entry in entries])
    return KnownWords(
        phrases=tuple(entry.phrase for entry in entries),
        concepts=tuple(concepts.tolist()),
        vectors=vectors,
        alike=_alike(vectors, concepts, of_leaf[:: max(1, -(-len(of_leaf) // SAMPLE))]),
        strange=float(np.percentile((vectors[held_out] @ vectors[~held_out].T).max(1), STRANGE)),
    )


def nearest_concepts(vector: Array, known: KnownWords, *, count: int = CONCEPTS) -> tuple[Neighbour, ...]:
    """Return the concepts whose phrases are nearest to a unit vector ``(shared_dim,)``, each once."""
    cosines = known.vectors @ vector
    found: dict[str, Neighbour] = {}
    for index in np.argsort(-cosines, kind="stable"):
        concept = known.concepts[index]
        if concept not in found:
            found[concept] = Neighbour(concept, known.phrases[index], float(cosines[index]))
        if len(found) == count:
            break
    return tuple(found.values())


def strange_phrases(phrases: Sequence[str], vectors: Array, known: KnownWords) -> tuple[str, ...]:
    """Return those phrases that are near to nothing in the lexicon; ``vectors`` are theirs, ``(phrases, shared_dim)``."""
    nearest = (vectors @ known.vectors.T).max(1)
    return tuple(phrase for phrase, cosine in zip(phrases, nearest, strict=True) if cosine < known.strange)


def _middle(vectors: Array) -> Array:
    mean = vectors.mean(0)
    middle: Array = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return middle


def _alike(vectors: Array, concepts: NDArray[np.str_], chosen: NDArray[np.intp]) -> float:
    differ = concepts[chosen, None] != concepts[None, chosen]
    return float(np.percentile((vectors[chosen] @ vectors[chosen].T)[differ], ALIKE))


def _warnings(meanings: tuple[Meaning, ...], similarity: Array, known: KnownWords) -> tuple[str, ...]:
    near = tuple(
        f"{meanings[one].name!r} and {meanings[other].name!r} are hardly told apart: their cosine is "
        f"{similarity[one, other]:.2f}, and phrases of different land cover seldom pass {known.alike:.2f}; "
        f'join them, e.g. "{meanings[one].name}={meanings[one].name}|{meanings[other].name}", or say them differently'
        for one, other in combinations(range(len(meanings)), 2)
        if similarity[one, other] > known.alike
    )
    far = tuple(
        f"{phrase!r} of {meaning.name!r} is hardly near anything that the model knows; add a plainer synonym, e.g. "
        f'"{meaning.name}={phrase}|{meaning.neighbours[0].phrase}" if you mean that'
        for meaning in meanings
        for phrase in meaning.strange
    )
    return near + far
