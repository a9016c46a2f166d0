"""The lexicon: what people type when they look for land cover, and which concepts they mean by it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sovs_map.taxonomy.attributes import Attributes, blend_attributes, override_attributes
from sovs_map.taxonomy.concepts import load_taxonomy
from sovs_map.taxonomy.holdout import HELD_OUT, may_teach, word_family

__all__ = ["HELD_OUT", "Entry", "load_lexicon", "may_teach", "phrases_of", "word_family"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase and what it means."""

    phrase: str
    """Lower case, one to six words."""

    meaning: tuple[tuple[str, float], ...]
    """Concepts with weights in (0, 1], the heaviest first; its weight is 1."""

    overrides: str = ""
    """What the phrase says of its attributes beyond its concepts, as ``wet=0.9 periodic=0.8``."""

    @property
    def concept(self) -> str:
        """Return the name of the concept that the phrase means most."""
        return self.meaning[0][0]

    @property
    def attributes(self) -> Attributes:
        """Return the mean of its concepts' attributes by their weights, with its own where it has some."""
        taxonomy = load_taxonomy()
        mean = blend_attributes((taxonomy.concept(name).attributes, weight) for name, weight in self.meaning)
        return override_attributes(mean, self.overrides)

    @property
    def is_held_out(self) -> bool:
        """Tell whether the phrase is kept for tests; singular and plural, British and American stay together."""
        return not may_teach(self.phrase)


@cache
def load_lexicon() -> tuple[Entry, ...]:
    """Return the lexicon that this package carries, in alphabetical order."""
    text = (files("sovs_map.taxonomy") / "lexicon.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(Entry(row["phrase"], _meaning(row["concepts"]), row["attributes"]) for row in rows)


def phrases_of(leaves: frozenset[int]) -> tuple[str, ...]:
    """Return all phrases that mean any of these leaves, those of the taxonomy first, each once and in lower case.

    A phrase means a leaf when that is its heaviest concept or one of weight 0.5 or more; so does a phrase of a node
    that covers none but these leaves. A node that covers others too is not among them: "urban" does not give away
    "residential area".
    """
    concepts = [concept for concept in load_taxonomy().concepts if concept.leaves <= leaves]
    names = {concept.name for concept in concepts}
    words = (word.lower() for concept in concepts for word in concept.words)
    meant = (
        entry.phrase
        for entry in load_lexicon()
        if any(name in names and weight >= 0.5 for name, weight in entry.meaning)  # the heaviest weighs 1
    )
    return tuple(dict.fromkeys((*words, *meant)))


def _meaning(text: str) -> tuple[tuple[str, float], ...]:
    """Return concepts and weights of ``cropland|bare soil:0.7``; a weight of 1 is not written."""
    parts = (part.partition(":") for part in text.split("|"))
    return tuple((name, float(weight) if weight else 1.0) for name, _, weight in parts)
