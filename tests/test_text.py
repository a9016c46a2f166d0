"""The text tower: near words mean nearly the same, at run time with this package alone."""

import subprocess
import sys

import open_clip
import pytest
import torch
from open_clip.transformer import TextTransformer

from sovs_map.errors import VocabularyError
from sovs_map.network.bundle import load_bundle, load_tower
from sovs_map.network.text import TextConfig, TextTower, encode, tokenize
from sovs_map.network.vision_transformer import QuickGelu
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


@pytest.mark.parametrize("quick_gelu", [False, True])
@torch.inference_mode()
def test_the_tower_reads_as_open_clip_does(quick_gelu):
    own = TextTower(TextConfig(width=48, heads=4, layers=3, sentence_dim=40, quick_gelu=quick_gelu)).eval()
    activation = QuickGelu if quick_gelu else torch.nn.GELU
    theirs = TextTransformer(16, width=48, heads=4, layers=3, output_dim=40, act_layer=activation).eval()
    own.transformer.load_state_dict(theirs.state_dict())
    phrases = ["sea", "Flooded fields beside a wide river", "dunes & \u00e9tangs, 20 m"]
    tokens = tokenize(phrases, context=16)

    assert torch.equal(tokens, open_clip.SimpleTokenizer(context_length=16)(phrases))
    torch.testing.assert_close(own.transformer(tokens), theirs(tokens))
    torch.testing.assert_close(own.transformer(tokens[:1, :3]), theirs(tokens[:1]))


def test_words_are_read_without_the_packages_of_pictures_and_compilers():
    code = (
        "import sys; from sovs_map.preparation import prepare_model; from sovs_map.settings import MapSettings; "
        "from sovs_map.vocabulary import read_vocabulary; prepare_model(read_vocabulary('water,forest'), MapSettings()); "
        "print(*{'torchvision', 'timm', 'open_clip', 'torch._dynamo'} & set(sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "\n"
