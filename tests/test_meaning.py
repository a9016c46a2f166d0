"""How phrases are understood: neighbours, attributes, warnings; with the shipped tower and by hand."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_scene

from sovs_map.cli import cli
from sovs_map.meaning import (
    KnownWords,
    learn_lexicon,
    nearest_concepts,
    strange_phrases,
    understand,
)
from sovs_map.network.bundle import load_bundle, load_tower
from sovs_map.network.text import encode
from sovs_map.taxonomy import load_lexicon, load_taxonomy
from sovs_map.taxonomy.attributes import ATTRIBUTES
from sovs_map.vocabulary import read_vocabulary


def units(count, dim=6, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_each_concept_is_told_once_by_its_nearest_phrase():
    vectors = units(12)
    known = KnownWords(tuple("abcdefghijkl"), ("x", "y", "z") * 4, vectors, alike=0.5, strange=0.0)
    cosines = vectors @ vectors[0]

    found = nearest_concepts(vectors[0], known, count=9)

    assert (found[0].concept, found[0].phrase) == ("x", "a")
    assert [near.cosine for near in found] == sorted((max(cosines[start::3]) for start in range(3)), reverse=True)


@pytest.fixture(scope="module")
def tower():
    return load_tower(load_bundle("sovs-tiny"))


@pytest.fixture(scope="module")
def known():
    return learn_lexicon(load_bundle("sovs-tiny"))


def test_the_shipped_tower_knows_its_own_leaves_apart(known):
    assert 0 < known.alike < 1
    assert 0 < known.strange < 1
    assert len(known.vectors) == len(load_lexicon())
    assert set(known.concepts) <= {concept.name for concept in load_taxonomy().concepts}


def test_few_phrases_that_people_use_and_most_that_mean_nothing_here_are_strange(tower, known):
    usual = ["woodland", "flooded fields beside a river", "rice paddies", "city streets", "dunes", "a frozen lake"]
    odd = ["violin sonata", "my grandmother's opinion", "happy birthday", "quantum chromodynamics", "democracy"]

    assert not strange_phrases(usual, encode(tower, usual).numpy(), known)
    assert len(strange_phrases(odd, encode(tower, odd).numpy(), known)) >= 4


@pytest.mark.parametrize(
    ("attribute", "more", "less"),
    [
        ("wet", "flooded fields", "sand dunes"),
        ("volume", "dense woodland", "open water"),
        ("man_made", "factory halls", "heathland"),
        ("darkness", "calm lake", "city centre"),
        ("periodic", "vineyards", "glacier"),
    ],
)
def test_phrases_suggest_the_physics_of_what_they_name(attribute, more, less):
    found = understand(load_bundle("sovs-tiny"), read_vocabulary([more, less]))
    high, low = (meaning.attributes[ATTRIBUTES.index(attribute)] for meaning in found.meanings)

    assert high > low + 0.2


def test_classes_that_mean_the_same_are_told():
    found = understand(load_bundle("sovs-tiny"), read_vocabulary("forest,woods,water=river|lake"))

    assert len(found.warnings) == 1
    assert "'forest' and 'woods' are hardly told apart" in found.warnings[0]
    assert '"forest=forest|woods"' in found.warnings[0]
    np.testing.assert_allclose(found.similarity, found.similarity.T)
    np.testing.assert_allclose(np.diag(found.similarity), 1, atol=1e-5)
    assert [meaning.neighbours[0].concept for meaning in found.meanings][2] in {"permanent water", "any water"}


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_command_tells_everything_of_a_vocabulary_in_json(tmp_path):
    path = tmp_path / "vocabulary.toml"
    path.write_text(
        '[[class]]\nname = "water"\nprompts = ["river"]\nnegatives = ["sea"]\nthreshold = 0.4\nbias = -0.5\n'
        '[[class]]\nname = "democracy"\n'
    )

    result = run("classes", f"@{path}", "--json")

    document = json.loads(result.stdout)
    water = document["classes"][0]
    assert (water["prompts"], water["negatives"], water["threshold"], water["bias"]) == (["river"], ["sea"], 0.4, -0.5)
    assert list(water["attributes"]) == list(ATTRIBUTES)
    assert len(water["nearest"]) == 5
    assert np.shape(document["similarity"]) == (2, 2)
    assert any("'democracy'" in warning for warning in document["warnings"])


def test_the_command_prints_words_neighbours_and_similarity():
    result = run("classes", "water=river|!sea,forest")

    assert result.stdout.startswith("water: river, not sea\n")
    assert "similarity of the classes:" in result.stdout
    assert "attributes: darkness" in result.stdout


def test_an_explanation_comes_before_the_plan_and_nothing_is_mapped(tmp_path):
    db = np.full((1, 64, 64), -12, np.float32)
    scene = make_scene(tmp_path / "scene.tif", db, units=["dB"], descriptions=["VV"])

    result = run("query", scene, "ships", "--explain", "--dry-run", "-o", tmp_path / "out")

    assert result.exit_code == 0, result.output
    assert result.stdout.index("ships:") < result.stdout.index("memory up to")
    assert not (tmp_path / "out").exists()
