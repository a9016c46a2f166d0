"""Which words training never meets together with their meaning, so that understanding of new words can be tested."""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cache
from importlib.resources import files

HELD_OUT = 5
"""One word family in so many is never tied to its concepts in training."""


def may_teach(phrase: str) -> bool:
    """Tell whether training may tie a phrase to its concepts.

    A fifth of all word families is held out. The families of the concepts' names, and of the few prompts that accuracy
    tables use, never are: what is measured by them is the map, not the understanding of a new word.
    """
    family = word_family(phrase.lower())
    digest = hashlib.sha256(family.encode()).digest()
    return int.from_bytes(digest[:8], "big") % HELD_OUT != 0 or family in _always_taught()


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
def _always_taught() -> frozenset[str]:
    document = tomllib.loads((files("sovs_map.taxonomy") / "concepts.toml").read_text(encoding="utf-8"))
    names = [entry["name"] for entry in (*document["leaf"], *document["node"])]
    return frozenset(word_family(name) for name in (*names, *document["prompts"]))
