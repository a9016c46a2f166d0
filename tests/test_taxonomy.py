"""Taxonomy: a tree of 22 leaves whose words lead to one place each."""

from collections import Counter

from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.backscatter import BACKSCATTER


def test_leaves_are_numbered_1_to_22():
    assert [set(concept.leaves) for concept in load_taxonomy().leaves] == [{number} for number in range(1, 23)]


def test_nodes_cover_leaves_that_exist():
    assert all(concept.leaves <= set(range(1, 23)) for concept in load_taxonomy().concepts)


def test_no_phrase_means_two_leaves():
    counts = Counter(word.lower() for leaf in load_taxonomy().leaves for word in leaf.words)

    assert [word for word, count in counts.items() if count > 1] == []


def test_every_leaf_has_a_look_and_a_backscatter():
    taxonomy = load_taxonomy()

    assert all(leaf.looks for leaf in taxonomy.leaves)
    assert len(BACKSCATTER) == len(taxonomy.leaves) + 1
