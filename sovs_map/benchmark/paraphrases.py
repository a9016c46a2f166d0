"""Other words for a class: aliases that training has met and others, descriptions, a coarser word, a slip of the pen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sovs_map.benchmark.question import AskedClass
from sovs_map.taxonomy import Concept, load_lexicon, load_taxonomy
from sovs_map.training.syllabus import SURE

KINDS = (
    "alias", "alias", "held-out alias", "held-out alias", "description", "description", "parent", "misspelt",
)  # fmt: skip
"""Of the paraphrases of a class, in their order."""

WIDE = 4
"""Leaves from which a class that no concept stands for has no other words: "dry land" is no list of leaves."""


def paraphrases(one: AskedClass) -> tuple[str, ...]:
    """Return a phrase of each kind, empty where the lexicon has none left; nothing for classes without other words.

    Aliases are drawn by their hashes, so that they stay the same while the lexicon grows, more or less.
    """
    concepts = concepts_of(one)
    if not concepts:
        return ()
    names = {concept.name for concept in concepts}
    used = {prompt.lower() for prompt in (*one.prompts, *names)}
    sure = [
        entry
        for entry in load_lexicon()
        if entry.concept in names
        and entry.phrase not in used
        and all(weight <= SURE for _, weight in entry.meaning[1:])
    ]
    looks = [look for concept in concepts for look in concept.looks[:2]]
    return (
        *_drawn([entry.phrase for entry in sure if not entry.is_held_out]),
        *_drawn([entry.phrase for entry in sure if entry.is_held_out]),
        *(*looks[:1], *looks[-1:]),
        _parent(one.leaves),
        misspelt(one.prompts[0]),
    )


def concepts_of(one: AskedClass) -> tuple[Concept, ...]:
    """Return the concept that covers the same leaves as a class, else those of its few leaves, else none."""
    same = [concept for concept in load_taxonomy().concepts if concept.leaves == one.leaves]
    if same:
        return (same[0],)
    if len(one.leaves) > WIDE:
        return ()
    return tuple(load_taxonomy().leaves[leaf - 1] for leaf in sorted(one.leaves))


def misspelt(phrase: str) -> str:
    """Return a phrase with two neighbouring letters of its longest word changed over, near the word's middle."""
    word = max(phrase.split(), key=len)
    places = sorted(range(len(word) - 1), key=lambda place: abs(2 * place + 2 - len(word)))
    place = next((place for place in places if word[place] != word[place + 1]), None)
    if place is None:
        return phrase + word[-1]
    slipped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return phrase.replace(word, slipped, 1)


def _parent(leaves: frozenset[int]) -> str:
    """Return the name of the smallest concept that covers more than these leaves."""
    wider = [concept for concept in load_taxonomy().concepts if leaves < concept.leaves]
    return min(wider, key=lambda concept: len(concept.leaves)).name if wider else ""


def _drawn(phrases: Sequence[str], count: int = 2) -> tuple[str, ...]:
    chosen = sorted(phrases, key=lambda phrase: hashlib.sha256(phrase.encode()).digest())[:count]
    return (*chosen, *[""] * (count - len(chosen)))
