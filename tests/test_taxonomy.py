"""Taxonomy: a tree of 22 leaves in 8 groups whose words lead to one place each and whose physics differs."""

import re
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.errors import VocabularyError
from sovs_map.taxonomy import ATTRIBUTES, Attributes, load_taxonomy, may_teach
from sovs_map.taxonomy.attributes import blend_attributes, override_attributes

UNIT = st.floats(0, 1)
ANY = st.builds(Attributes, *[UNIT] * len(ATTRIBUTES))


def test_leaves_are_numbered_1_to_22():
    assert [set(concept.leaves) for concept in load_taxonomy().leaves] == [{number} for number in range(1, 23)]


def test_names_come_once_and_are_found():
    taxonomy = load_taxonomy()

    assert len({concept.name for concept in taxonomy.concepts}) == len(taxonomy.concepts)
    assert all(taxonomy.concept(concept.name) is concept for concept in taxonomy.concepts)
    with pytest.raises(KeyError):
        taxonomy.concept("background")


def test_nodes_cover_several_leaves_that_exist():
    nodes = [concept for concept in load_taxonomy().concepts if not concept.is_leaf]

    assert len({node.leaves for node in nodes}) == len(nodes) > 0
    assert all(node.leaves <= set(range(1, 23)) and len(node.leaves) > 1 for node in nodes)


def test_leaves_fall_into_eight_groups_and_a_node_has_one_only_if_its_leaves_share_it():
    taxonomy = load_taxonomy()
    groups = {next(iter(leaf.leaves)): leaf.group for leaf in taxonomy.leaves}

    assert len(taxonomy.groups) == 8
    for concept in taxonomy.concepts:
        shared = {groups[leaf] for leaf in concept.leaves}
        assert concept.group == (shared.pop() if len(shared) == 1 else "")


def test_every_concept_has_a_colour_of_its_own():
    colours = [concept.colour for concept in load_taxonomy().concepts]

    assert [colour for colour in colours if not re.fullmatch("#[0-9A-F]{6}", colour)] == []
    assert len(set(colours)) == len(colours)


def test_no_phrase_means_two_leaves():
    counts = Counter(word.lower() for leaf in load_taxonomy().leaves for word in leaf.words)

    assert [word for word, count in counts.items() if count > 1] == []


def test_every_concept_has_looks_of_its_own():
    looks = [look for concept in load_taxonomy().concepts for look in concept.looks]

    assert all(len(concept.looks) >= 2 for concept in load_taxonomy().concepts)
    assert len(set(looks)) == len(looks)


def test_attributes_lie_between_0_and_1():
    for concept in load_taxonomy().concepts:
        assert len(concept.attributes) == 12
        assert all(0 <= value <= 1 for value in concept.attributes), concept.name


def test_leaves_differ_in_their_attributes():
    for one, other in combinations(load_taxonomy().leaves, 2):
        distance = sum(abs(a - b) for a, b in zip(one.attributes, other.attributes, strict=True))
        assert distance >= 0.3, (one.name, other.name)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_node_lies_within_the_range_of_its_leaves(attribute):
    taxonomy = load_taxonomy()
    for concept in taxonomy.concepts:
        own = [getattr(leaf.attributes, attribute) for leaf in taxonomy.leaves if leaf.leaves <= concept.leaves]
        assert min(own) <= getattr(concept.attributes, attribute) <= max(own), concept.name


@pytest.mark.parametrize(
    ("more", "less", "attribute"),
    [
        ("permanent water", "bare soil", "darkness"), ("sand", "rock or mountain", "smoothness"),
        ("tree cover", "shrubland", "volume"), ("shrubland", "grassland", "volume"),
        ("dense built-up", "residential area", "double_bounce"), ("building", "damaged building", "double_bounce"),
        ("industrial or commercial", "paved area", "point_like"), ("orchard or vineyard", "tree cover", "periodic"),
        ("road or railway", "paved area", "linear"), ("mangrove", "tree cover", "wet"),
        ("rock or mountain", "quarry or construction", "relief"), ("cropland", "grassland", "parcels"),
        ("permanent water", "building", "size"), ("quarry or construction", "bare soil", "man_made"),
    ],
)  # fmt: skip
def test_attributes_are_ordered_as_radar_physics_has_it(more, less, attribute):
    taxonomy = load_taxonomy()

    assert getattr(taxonomy.concept(more).attributes, attribute) > getattr(taxonomy.concept(less).attributes, attribute)


@given(one=ANY, other=ANY, weight=st.floats(0.01, 1))
def test_a_blend_lies_between_its_parts(one, other, weight):
    blend = blend_attributes([(one, 1.0), (other, weight)])

    for a, b, value in zip(one, other, blend, strict=True):
        assert min(a, b) - 1e-9 <= value <= max(a, b) + 1e-9


@given(attributes=ANY, name=st.sampled_from(ATTRIBUTES), value=UNIT)
def test_an_override_changes_what_it_names_and_nothing_else(attributes, name, value):
    changed = override_attributes(attributes, f"{name}={value!r}")

    assert changed == attributes._replace(**{name: value})


@pytest.mark.parametrize("text", ["wetness=0.5", "wet=1.2", "wet=-0.1", "wet=nan"])
def test_an_override_that_cannot_be_is_refused_with_an_example(text):
    with pytest.raises(VocabularyError, match=r"Type wet=0\.9"):
        override_attributes(Attributes(*[0.5] * 12), text)


def test_teaching_words_hold_the_name_and_nothing_that_is_held_out():
    for concept in load_taxonomy().concepts:
        assert concept.teaching_words[0] == concept.name
        assert set(concept.looks) <= set(concept.teaching_words) <= set(concept.words)
        assert [word for word in concept.teaching_words if not may_teach(word)] == []
        assert all(word in concept.teaching_words for word in concept.words if may_teach(word))


def test_some_phrases_of_the_taxonomy_are_held_out():
    assert any(not may_teach(phrase) for phrase in load_taxonomy().phrases)
