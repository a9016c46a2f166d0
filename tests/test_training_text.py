"""How the text tower is taught: what it meets, what it must not meet, and what its measures count."""

import dataclasses
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from sovs_map.network.text import TextConfig, TextTower, tokenize
from sovs_map.taxonomy import Entry, load_lexicon, load_taxonomy
from sovs_map.taxonomy.lexicon import word_family
from sovs_map.training.distillation import (
    DistillationRecipe,
    Lesson,
    Lessons,
    distil,
    distillation_loss,
    new_tower,
    read,
)
from sovs_map.training.phrases import general_english, lexicon_phrases, training_entries
from sovs_map.training.projection import settle, spread_by_leaf, start_sharpener
from sovs_map.training.sharpening import Sharpener, meanings_of, sharpening_loss
from sovs_map.training.teacher import kept_teacher_vectors
from sovs_map.training.tower import make_tower, rounded
from sovs_map.training.understanding import GROUPS, agreement, draw_pairs, found, leaf_entries, leaf_means, spearman

TINY = TextConfig(width=16, heads=2, layers=1, sentence_dim=24, shared_dim=8)
RECIPE = DistillationRecipe(config=TINY, steps=40, batch=24, lexicon_share=0.75, learning_rate=1e-2, sharpening=0.5)
LAKES, ROCKS = ("lake", "river", "pond", "blue lagoon"), ("rock", "cliff", "scree", "stone ridge")
WORDS = ("dog", "cat", "piano", "violin", "music", "car", "bread", "house", "moon", "paper", "king", "chair", "horse",
         "shirt", "phone", "milk", "gold")  # fmt: skip


def some_vectors(count, *, dim=24, seed=0):
    return F.normalize(torch.randn(count, dim, generator=torch.Generator().manual_seed(seed)), dim=1)


def lesson(phrases, *, seed):
    return Lesson(tokenize(phrases, context=TINY.context), some_vectors(len(phrases), seed=seed))


def taught_tower(recipe):
    entries = [Entry(phrase, (("permanent water", 1.0),)) for phrase in LAKES]
    entries += [Entry(phrase, (("rock or mountain", 1.0),)) for phrase in ROCKS]
    general = lesson(WORDS, seed=1)
    tied = lesson([entry.phrase for entry in entries], seed=2)
    lessons = Lessons(general, tied, tied, meanings_of(entries))
    tower = new_tower(recipe, lessons)
    sharpener = Sharpener(torch.zeros(24), torch.randn(24, 8), torch.randn(22, 8), temperature=0.1)
    list(distil(tower, sharpener, lessons, recipe=recipe))
    return tower.eval(), sharpener, tied


def test_no_phrase_of_a_held_out_family_is_tied_to_its_concepts():
    held_out = {word_family(entry.phrase) for entry in load_lexicon() if entry.is_held_out}
    tied = {word_family(entry.phrase) for entry in training_entries()}

    assert len(tied) > 5_000
    assert not tied & held_out
    assert {entry.phrase for entry, _ in leaf_entries(held_out=True)}.isdisjoint(e.phrase for e in training_entries())


def test_a_framed_phrase_means_what_the_phrase_means():
    lexicon = {entry.phrase: entry.meaning for entry in load_lexicon()}
    framed = [entry for entry in training_entries() if entry.phrase not in lexicon]

    assert len(framed) > 1_000
    for entry in framed:
        inside = {lexicon[phrase] for phrase in _parts(entry.phrase) if phrase in lexicon}
        assert entry.meaning in inside, entry


def _parts(phrase):
    words = phrase.split()
    return [" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)]


def test_general_english_is_split_without_overlap_and_without_the_lexicon():
    general = general_english(42_000, seed=0)

    assert len(general.distilled) + len(general.kept) == 42_000
    assert len({*general.distilled, *general.kept}) == 42_000
    assert not {*general.distilled, *general.kept} & set(lexicon_phrases())
    assert 0 not in {phrase.count(" ") for phrase in general.kept}
    assert 500 < len(general.kept) < 1_500


def test_what_is_kept_of_general_english_is_met_in_no_lesson():
    kept = set(general_english(45_000, seed=0).kept)

    assert kept
    assert not kept & {entry.phrase for entry in training_entries()}


def test_a_larger_count_keeps_what_was_kept():
    small, large = general_english(38_000, seed=0), general_english(42_000, seed=0)

    assert set(small.kept) <= set(large.kept)
    assert set(small.distilled) <= set(large.distilled)


def test_a_coarse_concept_asks_for_any_of_its_leaves():
    meanings = meanings_of([Entry("waters", (("any water", 1.0),)), Entry("lake", (("permanent water", 1.0),))])
    logits = torch.zeros(2, 22)

    assert sharpening_loss(logits[:1], meanings[torch.tensor([0])]).item() == pytest.approx(math.log(11))
    assert sharpening_loss(logits[1:], meanings[torch.tensor([1])]).item() == pytest.approx(math.log(22))


def test_several_concepts_count_by_their_weights():
    meanings = meanings_of([Entry("damp meadow", (("grassland", 1.0), ("herbaceous wetland", 0.25)))])
    logits = torch.full((1, 22), -30.0)
    logits[0, 8], logits[0, 2] = math.log(0.7), math.log(0.3)

    wanted = -0.8 * math.log(0.7) - 0.2 * math.log(0.3)

    assert sharpening_loss(logits, meanings).item() == pytest.approx(wanted, rel=1e-5)


def test_every_training_entry_covers_the_leaves_of_its_concepts():
    covered = {concept.name: len(concept.leaves) for concept in load_taxonomy().concepts}
    entries = training_entries()
    meanings = meanings_of(entries)

    torch.testing.assert_close(meanings.weights.sum(1), torch.ones(len(entries)))
    counts = torch.tensor([sum(covered[name] for name, _ in entry.meaning) for entry in entries])
    assert torch.equal(meanings.leaves.sum((1, 2)).long(), counts)


def test_a_perfect_student_has_no_distillation_loss():
    vectors = some_vectors(7)

    assert distillation_loss(vectors, vectors).item() == pytest.approx(0, abs=1e-6)
    assert distillation_loss(-vectors, vectors).item() == pytest.approx(2, abs=1e-5)


def test_reading_without_padding_changes_nothing():
    torch.manual_seed(0)
    tower = TextTower(TINY).eval()
    tokens = tokenize(["lake", "the old stone bridge over a river", "sea ice", "rock", "red car"], context=16)

    torch.testing.assert_close(read(tower, tokens), tower.sentences(tokens))


def test_a_taught_tower_tells_two_leaves_apart():
    tower, sharpener, tied = taught_tower(RECIPE)
    water, rock = 0, 19

    logits = sharpener(tower.sentences(tied.tokens))

    assert logits.argmax(1).tolist() == [water] * 4 + [rock] * 4


def test_the_teacher_is_followed_where_nothing_is_sharpened():
    tower, _, tied = taught_tower(dataclasses.replace(RECIPE, sharpening=0.0, steps=80))

    likeness = (tower.sentences(tied.tokens) * tied.vectors).sum(1)

    assert likeness.mean() > 0.8


def test_the_same_seed_gives_the_same_tower():
    recipe = dataclasses.replace(RECIPE, steps=3)
    one, other = (taught_tower(recipe)[0].state_dict() for _ in range(2))

    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_map_ignores_directions_in_which_a_leaf_spreads():
    chance = torch.Generator().manual_seed(0)
    leaf = torch.arange(22).repeat_interleave(20)
    place = torch.randn(22, 12, generator=chance)[leaf]
    noise = torch.randn(440, 12, generator=chance) * 20
    sentences = F.normalize(torch.cat([place, noise], 1), dim=1)

    centre, basis = spread_by_leaf(sentences, leaf, dim=12, ridge=0.01)
    shared = F.normalize((sentences - centre) @ basis, dim=1)

    assert _share_found(shared, leaf) > _share_found(sentences, leaf) + 0.2
    assert (basis.norm(dim=0) > 0).all()


def _share_found(vectors, leaf):
    return found(vectors, leaf, leaf_means(vectors, leaf))[0]


def test_groups_cover_every_leaf_once():
    assert sorted(leaf for group in GROUPS for leaf in group) == list(range(1, 23))


def test_a_sibling_is_the_right_group_but_not_the_right_leaf():
    leaves = torch.eye(22)
    questions = leaves[[0, 1, 20]]

    assert found(questions, torch.tensor([0, 0, 0]), leaves) == pytest.approx((1 / 3, 2 / 3))


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 1.0]))
def test_pairs_are_two_phrases_and_related_ones_are_near(seed, related):
    teacher = some_vectors(60)
    pairs = draw_pairs(teacher, count=40, related=related, seed=seed)
    ranks = (teacher @ teacher.T).fill_diagonal_(-2).argsort(1, descending=True).argsort(1)

    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert (ranks[pairs[:, 0], pairs[:, 1]][: round(40 * related)] < 10).all()


def test_a_tower_agrees_with_itself_and_not_with_chance():
    torch.manual_seed(0)
    tower = TextTower(TINY).eval()
    phrases = general_english(38_000, seed=0).kept[:300]
    own = tower.sentences(tokenize(phrases, context=16)).detach()
    pairs = draw_pairs(own, count=400, related=0.5, seed=0)

    assert agreement(tower, phrases, own, pairs).sentences == pytest.approx(1)
    assert abs(agreement(tower, phrases, some_vectors(300), pairs).sentences) < 0.2


def test_only_the_order_counts_for_spearman():
    values = torch.randn(50, generator=torch.Generator().manual_seed(0))

    assert spearman(values, values.exp()) == pytest.approx(1)
    assert spearman(values, -values) == pytest.approx(-1)


def test_kept_vectors_come_back_in_the_order_asked_for(tmp_path):
    vectors = some_vectors(3, dim=384)
    torch.save({"phrases": ["a", "b", "c"], "vectors": vectors.half()}, tmp_path / "teacher.pt")

    got = kept_teacher_vectors(["c", "a"], tmp_path / "teacher.pt")

    torch.testing.assert_close(got, vectors[[2, 0]], atol=1e-3, rtol=0)
    torch.testing.assert_close(got.norm(dim=1), torch.ones(2))


def test_an_earlier_run_is_not_done_again(tmp_path):
    torch.manual_seed(0)
    tower = rounded(TextTower(TINY))
    torch.save(tower.state_dict(), tmp_path / "tower.pt")

    again = make_tower(RECIPE, tmp_path)

    assert all(torch.equal(value, again.state_dict()[name]) for name, value in tower.state_dict().items())
    assert torch.equal(tower.basis, tower.basis.half().float())


def test_settling_keeps_leaves_apart_and_general_english_alike():
    chance = torch.Generator().manual_seed(0)
    leaf = torch.arange(22).repeat_interleave(10)
    tied = F.normalize(torch.randn(22, 24, generator=chance)[leaf] + torch.randn(220, 24, generator=chance), dim=1)
    general = some_vectors(200, seed=3)
    names = [concept.name for concept in load_taxonomy().leaves]
    meanings = meanings_of([Entry("a phrase", ((names[number], 1.0),)) for number in leaf])
    recipe = dataclasses.replace(RECIPE, settling=60, sharpening=0.1)
    sharpener = start_sharpener(tied, leaf, recipe)
    before = _unlikeness(sharpener, general), sharpening_loss(sharpener(tied), meanings)

    settle(sharpener, tied, meanings, general, general, recipe=recipe)

    assert _unlikeness(sharpener, general) < 0.8 * before[0]
    assert sharpening_loss(sharpener(tied), meanings) < before[1]


def _unlikeness(sharpener, vectors):
    shared = sharpener.shared(vectors)
    return F.mse_loss(shared @ shared.T, vectors @ vectors.T)
