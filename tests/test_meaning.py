"""How phrases are understood: neighbours, attributes, warnings; with the shipped tower and by hand."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_scene
from hypothesis import given
from hypothesis import strategies as st

from sovs_map.cli import cli
from sovs_map.meaning import (
    NEAREST,
    KnownWords,
    embed_phrases,
    learn_lexicon,
    nearest_concepts,
    strange_phrases,
    suggested_attributes,
    understand,
)
from sovs_map.network.bundle import load_bundle, load_tower
from sovs_map.taxonomy import load_lexicon, load_taxonomy
from sovs_map.taxonomy.attributes import ATTRIBUTES
from sovs_map.vocabulary import read_vocabulary


def units(count, dim=6, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.integers(1, 30), st.integers(0, 99))
def test_attributes_lie_between_those_of_the_nearest_entries(count, seed):
    vectors, attributes = units(count, seed=seed), np.random.default_rng(seed).random((count, 3)).astype(np.float32)
    vector = units(1, seed=seed + 1)[0]
    nearest = attributes[np.argsort(-(vectors @ vector))[:NEAREST]]

    got = suggested_attributes(vector, vectors, attributes)

    assert (got >= nearest.min(0) - 1e-6).all()
    assert (got <= nearest.max(0) + 1e-6).all()


def test_attributes_do_not_depend_on_the_order_of_entries_and_the_nearest_count_most():
    vectors, attributes = units(20), np.random.default_rng(1).random((20, 4)).astype(np.float32)
    order = np.random.default_rng(2).permutation(20)

    got = suggested_attributes(vectors[3], vectors, attributes)

    np.testing.assert_allclose(got, suggested_attributes(vectors[3], vectors[order], attributes[order]), atol=1e-6)
    assert np.abs(got - attributes[3]).sum() < np.abs(attributes.mean(0) - attributes[3]).sum()


def test_each_concept_is_told_once_by_its_nearest_phrase():
    vectors = units(12)
    known = KnownWords(tuple("abcdefghijkl"), ("x", "y", "z") * 4, vectors, np.zeros((12, 1)), alike=0.5, strange=0.0)
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
    assert known.attributes.shape == (len(load_lexicon()), len(ATTRIBUTES))
    assert set(known.concepts) <= {concept.name for concept in load_taxonomy().concepts}


def test_few_phrases_that_people_use_and_most_that_mean_nothing_here_are_strange(tower, known):
    usual = ["woodland", "flooded fields beside a river", "rice paddies", "city streets", "dunes", "a frozen lake"]
    odd = ["violin sonata", "my grandmother's opinion", "happy birthday", "quantum chromodynamics", "democracy"]

    assert not strange_phrases(usual, embed_phrases(tower, usual), known)
    assert len(strange_phrases(odd, embed_phrases(tower, odd), known)) >= 4


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
