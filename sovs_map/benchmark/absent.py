"""Phrases of what is certainly not in a picture."""

from __future__ import annotations

import hashlib

from sovs_map.benchmark.question import AskedClass
from sovs_map.taxonomy import load_lexicon, load_taxonomy

COUNT = 40
"""Of a picture."""

LAND_COVER = 20
"""Of them, at most, that are land cover of other places; the others are no land cover at all."""

THINGS = (
    "a cup of coffee", "violin", "red umbrella", "sleeping cat", "birthday cake", "wristwatch", "keyboard", "running dog",
    "pair of glasses", "teapot", "human face", "bicycle wheel", "chess board", "lipstick", "old book", "bowl of soup",
    "elephant", "guitar player", "wedding dress", "football", "toothbrush", "wine bottle", "painting", "sofa",
    "smiling child", "computer screen", "rose petal", "candle flame", "leather shoe", "pizza", "parrot", "telephone",
    "butterfly", "kitchen knife", "teddy bear", "silver coin", "hat", "newspaper", "spoon", "piano",
)  # fmt: skip
"""What no radar picture from orbit shows."""


def absent_phrases(present: frozenset[int], *, seed: str) -> tuple[AskedClass, ...]:
    """Return phrases for a picture.

    Args:
        present: leaves that may be in it: any that a label of it may be.
        seed: of the draw.
    """
    taxonomy = load_taxonomy()
    away = {concept.name: concept.leaves for concept in taxonomy.concepts if not concept.leaves & present}
    fitting = [entry for entry in load_lexicon() if all(name in away for name, _ in entry.meaning)]
    drawn = sorted(fitting, key=lambda entry: hashlib.sha256(f"{seed}/{entry.phrase}".encode()).digest())[:LAND_COVER]
    covers = [(entry.phrase, away[entry.concept]) for entry in drawn]
    things = [(thing, frozenset[int]()) for thing in THINGS[: COUNT - len(covers)]]
    return tuple(AskedClass(phrase, (phrase,), leaves) for phrase, leaves in (*covers, *things))
