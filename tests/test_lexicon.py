"""The lexicon: broad, without contradictions, and split so that held-out words are new."""

import re
from collections import Counter

import pytest

from sovs_map.taxonomy import load_lexicon, load_taxonomy
from sovs_map.taxonomy.lexicon import word_family


def test_phrases_are_plain_and_come_once():
    phrases = [entry.phrase for entry in load_lexicon()]

    assert len(phrases) >= 3_000
    assert len(set(phrases)) == len(phrases)
    assert [phrase for phrase in phrases if not re.fullmatch(r"[a-z][a-z' -]{1,39}", phrase)] == []


def test_meanings_are_concepts_with_the_heaviest_first():
    names = {concept.name for concept in load_taxonomy().concepts}

    for entry in load_lexicon():
        weights = [weight for _, weight in entry.meaning]
        assert {name for name, _ in entry.meaning} <= names, entry
        assert weights[0] == 1, entry
        assert weights == sorted(weights, reverse=True), entry
        assert weights[-1] > 0, entry


def test_every_leaf_has_forty_phrases_and_some_of_them_held_out():
    counts = Counter(entry.concept for entry in load_lexicon())
    held_out = Counter(entry.concept for entry in load_lexicon() if entry.is_held_out)

    for leaf in load_taxonomy().leaves:
        assert counts[leaf.name] >= 40, leaf.name
        assert held_out[leaf.name] >= 8, leaf.name


def test_the_lexicon_agrees_with_the_phrases_of_the_taxonomy():
    entries = {entry.phrase: entry for entry in load_lexicon()}
    leaves = {concept.name: concept.leaves for concept in load_taxonomy().concepts}

    for concept in load_taxonomy().concepts:
        for phrase in concept.phrases:
            meant = frozenset().union(*(leaves[name] for name, _ in entries[phrase.lower()].meaning))
            assert meant & concept.leaves, (phrase, concept.name)


def test_a_fifth_is_held_out_and_no_family_is_on_both_sides():
    sides = {}
    for entry in load_lexicon():
        sides.setdefault(word_family(entry.phrase), set()).add(entry.is_held_out)

    assert all(len(side) == 1 for side in sides.values())
    share = sum(entry.is_held_out for entry in load_lexicon()) / len(load_lexicon())
    assert 0.17 < share < 0.23


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("harbour", "harbors"), ("city", "cities"), ("marsh", "marshes"), ("town centre", "town centers"),
        ("built-up area", "built up areas"), ("glass house", "glass houses"), ("box", "boxes"),
    ],
)  # fmt: skip
def test_spellings_and_numbers_are_one_family(one, other):
    assert word_family(one) == word_family(other)
