"""The text tower: near words mean nearly the same, at run time with this package alone."""

import pytest
import torch

from sovs_map.errors import VocabularyError
from sovs_map.network.bundle import load_bundle, load_tower
from sovs_map.network.text import encode, tokenize
from sovs_map.taxonomy import load_taxonomy


@pytest.fixture(scope="module")
def tower():
    return load_tower(load_bundle("sovs-tiny"))


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("woodland stand", "forest", "harbour"),
        ("boat harbour", "water", "cropland"),
        ("corn field", "cropland", "industrial area"),
        ("parking garage", "car park", "forest"),
        ("housing estates", "residential area", "lake"),
        ("rivers and lakes", "water body", "bare ground"),
    ],
)
def test_an_unseen_phrase_is_nearer_to_its_kin(tower, word, near, far):
    vectors = encode(tower, [word, near, far])

    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_vectors_are_unit_and_ignore_case(tower):
    vectors = encode(tower, ["Open Water", "open water", "FOREST"])

    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(vectors[0], vectors[1])


def test_a_phrase_means_the_same_alone_and_among_longer_ones(tower):
    phrases = ["sea", "flooded fields beside a wide river", "old harbour basin", "ice"]

    together = encode(tower, phrases)

    torch.testing.assert_close(together, torch.cat([encode(tower, [phrase]) for phrase in phrases]), atol=1e-5, rtol=0)


def test_most_phrases_are_nearest_to_phrases_of_their_own_leaf(tower):
    leaves = [(word.lower(), number) for number, leaf in enumerate(load_taxonomy().leaves) for word in leaf.words]
    vectors = encode(tower, [word for word, _ in leaves])
    numbers = torch.tensor([number for _, number in leaves])
    likeness = (vectors @ vectors.T).fill_diagonal_(-2)

    assert (numbers[likeness.argmax(1)] == numbers).float().mean() > 0.7


def test_a_phrase_that_does_not_fit_is_refused_with_advice():
    with pytest.raises(VocabularyError, match="split it into synonyms"):
        tokenize(
            ["one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"], context=16
        )
