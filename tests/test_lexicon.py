"""The lexicon: broad, without contradictions, and split so that held-out words are new."""

import re
from collections import Counter

import pytest

from sovs_map.taxonomy import ATTRIBUTES, Entry, load_lexicon, load_taxonomy, may_teach, phrases_of
from sovs_map.taxonomy.lexicon import word_family

UNSEEN = frozenset({2, 4, 8, 12, 14, 17, 21})
PROMPTS = (
    "water", "tree cover", "grass and shrub", "cropland", "residential area", "industrial or commercial", "paved area",
    "bare ground", "vegetation", "built-up", "paved or bare",
)  # fmt: skip


def test_phrases_are_plain_and_come_once():
    phrases = [entry.phrase for entry in load_lexicon()]

    assert len(phrases) >= 3_000
    assert len(set(phrases)) == len(phrases)
    assert phrases == sorted(phrases)
    assert [phrase for phrase in phrases if not re.fullmatch(r"[a-z][a-z' -]{1,39}", phrase)] == []
    assert [phrase for phrase in phrases if len(phrase.split()) > 6 or phrase != " ".join(phrase.split())] == []


def test_meanings_are_concepts_with_the_heaviest_first():
    names = {concept.name for concept in load_taxonomy().concepts}

    for entry in load_lexicon():
        weights = [weight for _, weight in entry.meaning]
        assert {name for name, _ in entry.meaning} <= names, entry
        assert len(dict(entry.meaning)) == len(weights), entry
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


def test_teaching_and_holding_out_are_opposites():
    assert all(entry.is_held_out != may_teach(entry.phrase) for entry in load_lexicon())
    assert all(may_teach(phrase.upper()) == may_teach(phrase) for phrase in load_taxonomy().phrases)


def test_names_and_prompts_are_never_held_out():
    names = [concept.name for concept in load_taxonomy().concepts]

    assert [name for name in (*names, *PROMPTS) if not may_teach(name)] == []


def test_every_name_leads_first_to_its_concept():
    entries = {entry.phrase: entry for entry in load_lexicon()}

    for concept in load_taxonomy().concepts:
        assert entries[concept.name].concept == concept.name
        assert entries[concept.name].overrides == ""


def test_attributes_are_a_mean_of_concepts_but_where_the_phrase_says_more():
    taxonomy = load_taxonomy()
    overridden = 0
    for entry in load_lexicon():
        own = {part.partition("=")[0] for part in entry.overrides.split()}
        overridden += bool(own)
        assert own <= set(ATTRIBUTES), entry
        for name, value in zip(ATTRIBUTES, entry.attributes, strict=True):
            assert 0 <= value <= 1, entry
            parts = [getattr(taxonomy.concept(concept).attributes, name) for concept, _ in entry.meaning]
            assert name in own or min(parts) - 1e-9 <= value <= max(parts) + 1e-9, entry
    assert overridden >= 1_500


def test_an_override_that_repeats_the_concepts_is_not_written():
    for entry in load_lexicon():
        plain = Entry(entry.phrase, entry.meaning).attributes
        for part in entry.overrides.split():
            name, _, value = part.partition("=")
            assert abs(float(value) - getattr(plain, name)) > 0.1, entry


@pytest.mark.parametrize(
    ("more", "less", "attribute"),
    [
        ("rice paddy", "wheat field", "wet"), ("greenhouse", "field", "double_bounce"), ("maize", "wheat", "volume"),
        ("container terminal", "business park", "periodic"), ("wheat field", "ploughed field", "smoothness"),
        ("pylons", "warehouse", "point_like"), ("tanker ships", "lake", "point_like"), ("river", "lake", "linear"),
        ("terraced fields", "field", "relief"), ("vineyard rows", "orchard meadow", "periodic"),
        ("wind farm", "business park", "point_like"), ("frozen lake", "glacier", "wet"), ("hedge", "scrub", "linear"),
        ("hamlet", "housing estate", "point_like"), ("open pit mine", "landfill", "relief"),
        ("solar farm", "warehouse", "periodic"), ("runway", "parking lot", "linear"),
    ],
)  # fmt: skip
def test_phrases_know_more_physics_than_their_concepts(more, less, attribute):
    entries = {entry.phrase: entry.attributes for entry in load_lexicon()}

    assert getattr(entries[more], attribute) > getattr(entries[less], attribute)


def test_phrases_of_leaves_hold_what_means_them_and_leave_shared_nodes_alone():
    entries = {entry.phrase: entry for entry in load_lexicon()}
    concepts = [concept for concept in load_taxonomy().concepts if concept.leaves <= UNSEEN]
    names = {concept.name for concept in concepts}
    words = {word.lower() for concept in concepts for word in concept.words}
    phrases = set(phrases_of(UNSEEN))

    assert len(phrases) == len(phrases_of(UNSEEN))
    assert {"flood water", "vineyard", "suburb", "warehouse", "runway", "glacier", "mangroves"} <= phrases
    assert not {"water", "built-up", "urban", "forest", "wheat field", "river"} & phrases
    for phrase, entry in entries.items():
        means = any(name in names and weight >= 0.5 for name, weight in entry.meaning)
        assert (phrase in phrases) == (means or phrase in words), entry
    assert phrases <= words | entries.keys()


def test_phrases_of_more_leaves_are_more_phrases():
    assert set(phrases_of(frozenset({1}))) | set(phrases_of(frozenset({2}))) < set(phrases_of(frozenset({1, 2})))
    assert "any water" in phrases_of(frozenset({1, 2}))
    assert phrases_of(frozenset()) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("harbour", "harbors"), ("city", "cities"), ("marsh", "marshes"), ("town centre", "town centers"),
        ("built-up area", "built up areas"), ("glass house", "glass houses"), ("box", "boxes"),
    ],
)  # fmt: skip
def test_spellings_and_numbers_are_one_family(one, other):
    assert word_family(one) == word_family(other)
