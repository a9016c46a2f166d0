"""The lexicon: what people type when they look for land cover, and which concepts they mean by it."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HELD_OUT = 5
"""One word family in so many is never tied to its concepts in training, so that understanding can be tested."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase and what it means."""

    phrase: str
    """Lower case, one to six words."""

    meaning: tuple[tuple[str, float], ...]
    """Concepts with weights in (0, 1], the heaviest first; its weight is 1."""

    @property
    def concept(self) -> str:
        """Return the name of the concept that the phrase means most."""
        return self.meaning[0][0]

    @property
    def is_held_out(self) -> bool:
        """Tell whether the phrase is kept for tests; singular and plural, British and American stay together."""
        digest = hashlib.sha256(word_family(self.phrase).encode()).digest()
        return int.from_bytes(digest[:8], "big") % HELD_OUT == 0


def word_family(phrase: str) -> str:
    """Return what spellings and numbers of a phrase have in common: ``harbours`` and ``harbor`` are one family."""
    words = re.split(r"[\s'-]+", phrase.replace("our", "or").replace("grey", "gray").replace("centre", "center"))
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    for ending, singular in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + singular
    return word if word.endswith("ss") or len(word) < 4 else word.removesuffix("s")


@cache
def load_lexicon() -> tuple[Entry, ...]:
    """Return the lexicon that this package carries, in alphabetical order."""
    text = (files("sovs_map.taxonomy") / "lexicon.csv").read_text(encoding="utf-8")
    return tuple(Entry(row["phrase"], _meaning(row["concepts"])) for row in csv.DictReader(text.splitlines()))


def _meaning(text: str) -> tuple[tuple[str, float], ...]:
    """Return concepts and weights of ``cropland|bare soil:0.7``; a weight of 1 is not written."""
    parts = (part.partition(":") for part in text.split("|"))
    return tuple((name, float(weight) if weight else 1.0) for name, _, weight in parts)
