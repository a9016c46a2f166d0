"""Vocabulary: what users may type, and what they are told when they may not."""

import math
import os
import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.colours import UNKNOWN_COLOUR
from sovs_map.errors import VocabularyError
from sovs_map.vocabulary import adjust, read_phrases, read_vocabulary

WORDS = st.text(alphabet="abcdefghij ", min_size=1, max_size=8).filter(str.strip)


def test_names_and_prompts_are_read_from_one_line():
    vocabulary = read_vocabulary("water, wet land=marsh|river bank , urban")

    assert vocabulary.names == ("water", "wet land", "urban")
    assert vocabulary.classes[1].prompts == ("marsh", "river bank")
    assert vocabulary.classes[0].prompts == ("water",)


@given(st.lists(WORDS, min_size=1, max_size=20, unique_by=lambda word: " ".join(word.split()).casefold()))
def test_every_class_keeps_its_place_and_has_a_colour_of_its_own(words):
    vocabulary = read_vocabulary(words)

    assert vocabulary.names == tuple(" ".join(word.split()) for word in words)
    assert len({UNKNOWN_COLOUR, *vocabulary.colours}) == len(words) + 1


@given(st.lists(WORDS, min_size=2, max_size=12, unique_by=lambda word: " ".join(word.split()).casefold()))
def test_colours_of_a_dozen_classes_can_be_told_apart(words):
    colours = (UNKNOWN_COLOUR, *read_vocabulary(words).colours)

    for one, other in combinations(colours, 2):
        assert math.dist(one, other) > 40


def test_thousands_of_classes_have_a_colour_each():
    assert len(set(read_vocabulary([f"class {number}" for number in range(4_000)]).colours)) == 4_000


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "names no class"),
        ("water,,forest", "names no class"),
        ("water,Water", "name each class once"),
        ("water=river||lake", "remove the stray |"),
        ("water=", "empty prompt"),
        ("=river", "names no class"),
        ("wa\x1bter=river", "class name 'wa\\x1bter' holds a control character"),
        ("water=ri\x00ver", "prompt 'ri\\x00ver' holds a control character"),
        ("Orl\udce9ans=town", "class name 'Orl\\udce9ans' holds bytes that are not UTF-8"),
        ("town=Orl\udce9ans", "prompt 'Orl\\udce9ans' holds bytes that are not UTF-8"),
        ("@no-such-file.toml", "cannot be read"),
        ("water=river|!", "empty negative"),
        ("!sea", 'write it with the class, e.g. "water=water|!sea"'),
    ],
)
def test_a_wrong_vocabulary_is_refused_with_advice(text, advice):
    with pytest.raises(VocabularyError, match=re.escape(advice)) as caught:
        read_vocabulary(text)

    assert caught.value.exit_code == 2


def test_a_file_may_give_everything(tmp_path):
    path = tmp_path / "vocabulary.toml"
    path.write_text(
        '[[class]]\nname = "water"\nprompts = ["river", "lake"]\nnegatives = ["ice"]\nthreshold = 0.4\nbias = -2\ncolour = "#0102ff"\n'
    )

    entry = read_vocabulary(f"@{path}").classes[0]

    assert (entry.prompts, entry.negatives, entry.threshold, entry.bias, entry.colour) == (
        ("river", "lake"),
        ("ice",),
        0.4,
        -2.0,
        (1, 2, 255),
    )


@pytest.mark.parametrize(
    ("table", "advice"),
    [
        ('nam = "water"', "unknown key 'nam'"),
        ('prompts = ["river"]', "has no name"),
        ('name = "water"\nprompts = "river"', "must be a list"),
        ('name = "water"\ncolour = "blue"', "#0064c8"),
        ('name = "water"\nthreshold = 2', "0 to 1"),
        ('name = "water"\nnegatives = ["i\\u0007ce"]', "negative 'i.*ce' holds a control character"),
        ('name = "water"\nthreshold = "high"', "a number"),
        ('name = "water"\nbias = "high"', "bias of 'water' is 'high'; write a number"),
        ('name = "water"\nbias = true', "bias of 'water' is True; write a number"),
        ('name = "water"\nbias = inf', "a finite number"),
        ('name = "water"\nbias = nan', "a finite number"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path, table, advice):
    path = tmp_path / "vocabulary.toml"
    path.write_text(f"[[class]]\n{table}\n")

    with pytest.raises(VocabularyError, match=advice):
        read_vocabulary(f"@{path}")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"[[class]]\nname = 'a'\nprompts = " + b"[" * 900 + b"]" * 900, "nests lists or tables too deep"),
        (b"[[class]]\nname = 'a'\nbias = " + b"9" * 5000, "needed is TOML in UTF-8"),
        (b"[[class]]\nname = 'a'\nbias = " + b"9" * 400, "is too large; write a number"),
        (b"[[class]]\nname = '\xff'", "needed is TOML in UTF-8"),
        (b"#" * (1 << 25) + b"#", "Put fewer classes in it"),
    ],
    ids=["deep", "many digits", "large", "no UTF-8", "long"],
)
def test_a_hostile_file_is_refused(tmp_path, content, advice):
    (tmp_path / "vocabulary.toml").write_bytes(content)

    with pytest.raises(VocabularyError, match=advice):
        read_vocabulary(f"@{tmp_path / 'vocabulary.toml'}")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", ".", "\0", "x" * 5000, "pipe"], ids=lambda path: path[:9])
def test_what_is_no_file_is_refused_unread(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")

    with pytest.raises(VocabularyError, match=r"needed is a TOML file|cannot be read"):
        read_vocabulary(f"@{path}")


@pytest.mark.parametrize("letter", ["\0", "\x1b", "\ud800", "\ufffe", "\uffff"], ids=ascii)
def test_letters_that_outputs_cannot_hold_are_refused(letter):
    for text in (f"wat{letter}er", f"water=la{letter}ke", f"water=lake|!s{letter}ea"):
        with pytest.raises(VocabularyError, match="use printable words"):
            read_vocabulary(text)


def test_more_classes_than_labels_are_refused_at_once():
    with pytest.raises(VocabularyError, match="labels have room for 65534: give fewer"):
        read_vocabulary([f"class {number}" for number in range(70_000)])


@pytest.mark.parametrize(("count", "dtype", "nodata"), [(254, "uint8", 255), (255, "uint16", 65_535)])
def test_labels_grow_to_16_bits_above_254_classes(count, dtype, nodata):
    vocabulary = read_vocabulary([f"class {number}" for number in range(count)])

    assert (vocabulary.dtype, vocabulary.nodata) == (dtype, nodata)


PHRASES = st.lists(WORDS, max_size=3).map(lambda words: tuple(" ".join(word.split()) for word in words))


@given(WORDS, PHRASES, PHRASES)
def test_prompts_and_negatives_are_read_as_they_are_typed(name, prompts, negatives):
    name = " ".join(name.split())
    words = (*prompts, *(f"! {word}" for word in negatives))

    entry = read_vocabulary(f"{name}={'|'.join(words)}" if words else name).classes[0]

    assert (entry.prompts, entry.negatives) == (prompts or (name,), negatives)
    assert read_vocabulary(entry.typed).classes[0] == entry


def test_a_phrase_may_hold_commas_and_negatives_are_for_all():
    vocabulary = read_phrases("fields, flooded", negatives=["wet  asphalt"])
    two = read_phrases(["ships", "water=river|!sea"], negatives=["ice"])

    assert vocabulary.names == ("fields, flooded",)
    assert vocabulary.classes[0].negatives == ("wet asphalt",)
    assert [entry.negatives for entry in two.classes] == [("ice",), ("sea", "ice")]


@given(bias=st.floats(-5, 5), threshold=st.floats(0, 1))
def test_bias_and_threshold_go_to_the_class_that_is_named(bias, threshold):
    vocabulary = read_vocabulary("water,wet land=marsh,urban")

    adjusted = adjust(vocabulary, biases=[f"Wet land={bias!r}"], thresholds=[f"urban={threshold!r}"])

    assert [entry.bias for entry in adjusted.classes] == [0, bias, 0]
    assert [entry.threshold for entry in adjusted.classes] == [0, 0, threshold]
    assert [entry.prompts for entry in adjusted.classes] == [entry.prompts for entry in vocabulary.classes]


@pytest.mark.parametrize(
    ("texts", "advice"),
    [
        (["sea=1"], 'the classes are water, forest: type e.g. --bias "water=0.5"'),
        (["water"], "names no class"),
        (["water=much"], "'much' is no number"),
        (["water=1", "Water=2"], "was given twice"),
        (["water=inf"], "a finite number"),
    ],
)
def test_a_wrong_bias_is_refused_with_what_to_type(texts, advice):
    with pytest.raises(VocabularyError, match=re.escape(advice)):
        adjust(read_vocabulary("water,forest"), biases=texts)
