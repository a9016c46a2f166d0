"""What protocols let contestants learn, and what they ask."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from small_benchmark import make_benchmark
from torch.nn import functional as F

from sovs_map.benchmark.absent import COUNT, THINGS, absent_phrases
from sovs_map.benchmark.chip import Chip, read_chip
from sovs_map.benchmark.contestants import dense_clip
from sovs_map.benchmark.contestants.clip_models import SLOTS, architecture_of
from sovs_map.benchmark.contestants.contestant import Answer
from sovs_map.benchmark.contestants.label_shares import answer_from_labels, query_from_labels
from sovs_map.benchmark.contestants.otsu_water import BINS, otsu
from sovs_map.benchmark.course import read_lessons
from sovs_map.benchmark.data_sets import DATA_SETS, data_set_named
from sovs_map.benchmark.exam import MIXED, SEEN, UNSEEN
from sovs_map.benchmark.holding import Holding, read_holdings, whole_pictures
from sovs_map.benchmark.paraphrases import KINDS, misspelt, paraphrases
from sovs_map.benchmark.protocols import PROTOCOLS, protocol_named
from sovs_map.benchmark.protocols.ov_b import UNSEEN_CLASSES
from sovs_map.benchmark.protocols.xd import LEARNT, OWN, gap_between
from sovs_map.benchmark.queries import absent_of, ask_queries, class_states
from sovs_map.benchmark.question import AskedClass, leaves_question, names_question
from sovs_map.benchmark.sample import Picture, Sample
from sovs_map.benchmark.seams import BAND, TILE, ask_whole, seam_band
from sovs_map.errors import DataSetError
from sovs_map.network.vision_transformer import VisionTransformer
from sovs_map.taxonomy import load_lexicon, load_taxonomy, phrases_of
from sovs_map.training.labels import LABEL_SETS
from sovs_map.training.syllabus import UNSEEN as UNSEEN_LEAVES
from sovs_map.training.syllabus import full_syllabus, without_leaves
from sovs_map.training.vocabularies import draw_cut, leaf_cut
from sovs_map.window import Window


@pytest.fixture(scope="module")
def holdings():
    """Return all data sets as if they were here; plans open no file."""
    return [
        Holding(
            one,
            tuple(made(one.name, "train", index) for index in range(3)),
            tuple(made(one.name, "test", index) for index in range(2)),
            (100,) * len(one.classes),
        )
        for one in DATA_SETS
    ]


def made(data_set, split, index):
    return Sample(data_set, split, f"{split}{index}", f"{split}{index}", (Picture(f"{split}{index}", 1, "VV"),), ())


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    place = make_benchmark(tmp_path_factory.mktemp("simulated"))
    return read_holdings(place.benchmark, place.folder)


def planned(name, holdings):
    return protocol_named(name).plan(holdings, 0)


@pytest.mark.parametrize("name", ["ov-a", "ov-b"])
def test_nothing_that_learns_sees_a_pixel_that_may_be_a_hidden_leaf(simulated, name):
    for stage in planned(name, simulated):
        whole = read_lessons(replace(stage.course, hidden=frozenset()))
        shown = read_lessons(stage.course)

        learnt = set().union(*(LABEL_SETS[label] for one in shown for label in np.unique(one.labels)))
        assert stage.course.hidden
        assert not learnt & stage.course.hidden
        for before, after in zip(whole, shown, strict=True):
            told = np.array([bool(leaves) and not leaves & stage.course.hidden for leaves in LABEL_SETS])
            np.testing.assert_array_equal(after.labels, np.where(told[before.labels], before.labels, 0))


def test_hidden_pixels_are_those_of_the_very_leaves_that_are_asked_as_unseen(simulated):
    (stage,) = planned("ov-a", simulated)
    exam = stage.sittings[0].exam

    assert stage.course.hidden == UNSEEN_LEAVES == exam.hidden
    for truth, kind in zip(exam.question.truths, exam.kinds, strict=True):
        hidden = truth.leaves & UNSEEN_LEAVES
        assert kind == (SEEN if not hidden else UNSEEN if hidden == truth.leaves else MIXED)


def test_no_alias_of_an_unseen_leaf_is_ever_a_word_of_training():
    forbidden = set(phrases_of(UNSEEN_LEAVES))
    means = {entry.phrase for entry in load_lexicon() if load_taxonomy().concept(entry.concept).leaves <= UNSEEN_LEAVES}
    syllabus = without_leaves(full_syllabus(), UNSEEN_LEAVES)

    words = {word.lower() for lesson in syllabus.lessons for word in lesson.words}
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311 - no secret
        for cut in (draw_cut(chance, syllabus), leaf_cut(chance, syllabus)):
            words |= {word.lower() for prompts in cut.prompts for word in prompts}

    assert means <= forbidden
    assert {"flood", "mangrove", "vineyard", "glacier", "warehouse", "suburb", "parking lot"} <= forbidden
    assert not words & forbidden


def test_no_test_picture_is_in_a_course(holdings):
    for protocol in PROTOCOLS:
        for stage in protocol.plan(holdings, 0):
            learnt = {(data_set.name, sample.name) for data_set, sample in stage.course.lessons}
            asked = {(one.exam.data_set, sample.name) for one in stage.sittings for sample in one.samples}
            assert asked
            assert not learnt & asked, protocol.name


def test_xd_learns_from_its_list_alone_and_tells_the_gaps_of_all_others(holdings):
    (stage,) = planned("xd", holdings)

    assert {data_set.name for data_set, _ in stage.course.lessons} <= set(LEARNT)
    for sitting in stage.sittings:
        is_own = sitting.data_set.name in {data_set.name for data_set, _ in stage.course.lessons}
        assert (sitting.exam.gap == OWN) == is_own
        assert is_own or sitting.exam.gap.startswith("region")


@pytest.mark.parametrize(
    ("held", "gap"),
    [
        ("s1-cems-flood", "region, polarisation, label space"),
        ("alos2-hawaii", "region, sensor, band, polarisation, resolution, label space"),
        ("s1-los-angeles", OWN),
    ],
)
def test_gaps_are_what_differs_from_every_real_set_that_was_learnt(held, gap):
    learnt = [data_set_named("s1-los-angeles"), data_set_named("simulated")]

    assert gap_between(data_set_named(held), learnt) == gap


def test_ov_b_asks_the_published_lists(holdings):
    stages = {stage.course.name: stage for stage in planned("ov-b", holdings)}

    assert {"pie-rgb-sar", "ddhr-korea", "openearthmap-sar"} <= set(stages)
    for name, unseen in UNSEEN_CLASSES:
        classes = {one.name for one in data_set_named(name).classes}
        assert set(unseen) <= classes
        if name in stages:
            exam = stages[name].sittings[0].exam
            found = {one.name for one, kind in zip(exam.question.truths, exam.kinds, strict=True) if kind == UNSEEN}
            assert found >= set(unseen)
            assert MIXED not in exam.kinds or name == "simulated"


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.name)
def test_benchmarks_that_give_a_protocol_nothing_to_do_are_refused_with_what_to_build(holdings, protocol):
    with pytest.raises(DataSetError, match=r"--simulated 8"):
        protocol.plan([replace(one, test=()) for one in holdings], 0)


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda one: one.name)
def test_every_question_has_a_right_answer_for_each_truth_and_only_leaves_it_may_be(data_set):
    for question in (names_question(data_set), leaves_question(data_set)):
        assert question.table.any(1).all()
        assert question.scored.any()
        for truth, row in zip(question.truths, question.right, strict=True):
            for one, fits in zip(question.classes, row, strict=True):
                assert not fits or one.leaves <= truth.leaves or truth.leaves == one.leaves


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda one: one.name)
def test_a_class_that_is_asked_for_is_the_one_right_answer_where_it_is_true(data_set):
    question = names_question(data_set)
    scored = question.table[question.scored]

    np.testing.assert_array_equal(scored, np.eye(len(question.classes), dtype=bool))


def test_single_buildings_are_asked_for_where_pixels_are_fine_enough():
    names = {one: [c.name for c in leaves_question(data_set_named(one)).classes] for one in ("spacenet6", "simulated")}

    assert "building" in names["spacenet6"]
    assert "building" not in names["simulated"]


def test_paraphrases_are_of_their_kinds():
    held_out = {entry.phrase for entry in load_lexicon() if entry.is_held_out}
    told = {entry.phrase for entry in load_lexicon() if not entry.is_held_out}
    for leaf, concept in enumerate(load_taxonomy().leaves, start=1):
        phrases = paraphrases(AskedClass(concept.name, (concept.name,), frozenset({leaf})))
        assert len(phrases) == len(KINDS)
        assert len(set(phrases)) == len(phrases)
        assert concept.name not in phrases
        assert {phrase for phrase in phrases[:2] if phrase} <= told
        assert {phrase for phrase in phrases[2:4] if phrase} <= held_out
        assert set(phrases[4:6]) <= set(concept.looks)
        wider = [one.leaves for one in load_taxonomy().concepts if one.leaves > {leaf}]
        assert load_taxonomy().concept(phrases[6]).leaves in wider if wider else phrases[6] == ""
        assert phrases == paraphrases(AskedClass(concept.name, (concept.name,), frozenset({leaf})))


def test_wide_classes_have_no_other_words():
    assert paraphrases(AskedClass("land", ("land",), frozenset(range(3, 23)))) == ()


@given(st.text("abcdefgh ", min_size=3).filter(str.strip))
def test_a_slip_changes_two_neighbours_or_doubles_a_letter(phrase):
    slipped = misspelt(phrase)

    changed = [place for place, (a, b) in enumerate(zip(phrase, slipped, strict=False)) if a != b]
    assert slipped != phrase
    assert sorted(slipped) == sorted(phrase) or len(slipped) == len(phrase) + 1
    assert len(changed) <= 2


@given(st.frozensets(st.integers(1, 22), max_size=22), st.text(max_size=5))
@settings(max_examples=25)
def test_absent_phrases_mean_nothing_that_may_be_there(present, seed):
    found = absent_phrases(present, seed=seed)
    meanings = {entry.phrase: entry.meaning for entry in load_lexicon()}

    assert len(found) == len({one.name for one in found}) == COUNT
    for one in found:
        leaves = [load_taxonomy().concept(name).leaves for name, _ in meanings.get(one.name, ())]
        assert bool(leaves) != (one.name in THINGS)
        assert not any(some & present for some in leaves)


def test_things_that_are_nowhere_are_no_words_of_the_lexicon():
    assert len(THINGS) == COUNT
    assert not {entry.phrase for entry in load_lexicon()} & set(THINGS)


class ByWord:
    """Finds phrases where a map of probabilities by word says."""

    def __init__(self, maps):
        self.maps = maps

    def query(self, chip, classes):
        yield from (self.maps.get(one.prompts[0], np.zeros(chip.labels.shape, np.float32)) for one in classes)


def test_queries_count_hits_false_alarms_and_misses_of_each_phrase(simulated):
    (stage,) = planned("tq", simulated)
    sitting = stage.sittings[0]
    exam, chip = sitting.exam, read_chip(sitting.data_set, sitting.samples[0])
    truth = exam.question.rows(chip.labels)
    state = class_states(exam.question)
    index = next(i for i in range(len(exam.phrases)) if (state[truth[truth >= 0], i] > 0).any())
    half = np.zeros(chip.labels.shape, np.float32)
    half[:, : chip.labels.shape[1] // 2] = 1
    away = absent_of(chip, exam)[0].name

    found = ask_queries(ByWord({exam.phrases[index][0]: half, away: half}), chip, exam)

    is_there = (truth >= 0) & (state[np.maximum(truth, 0), index] > 0)
    is_not = (truth >= 0) & (state[np.maximum(truth, 0), index] < 0)
    said = half > 0
    assert found.found[index, 0].tolist() == [(said & is_there).sum(), (said & is_not).sum(), (~said & is_there).sum()]
    assert found.found[index, 1].tolist() == [0, 0, is_there.sum()]
    assert found.absent[0].tolist() == [(truth >= 0).sum(), (said & (truth >= 0)).sum()]
    assert found.absent[1:, 1].sum() == 0
    assert found.present[index]


@given(st.integers(1, 3 * TILE), st.integers(1, 3 * TILE))
@settings(max_examples=20)
def test_seams_are_the_pixels_within_half_a_band_of_a_border(rows, cols):
    def near(place, size):
        borders = range(TILE, size, TILE)
        return any(border - BAND // 2 <= place < border + BAND // 2 for border in borders)

    expected = np.add.outer([near(row, rows) for row in range(rows)], [near(col, cols) for col in range(cols)])

    np.testing.assert_array_equal(seam_band((rows, cols)), expected)


class Positional:
    """Answers by the place in the picture that it is shown: it must differ wherever tiles begin anew."""

    def answer(self, chip, classes):
        maps = np.zeros((len(classes), *chip.labels.shape), np.float32)
        maps[0] = np.linspace(0, 1, chip.labels.shape[1], dtype=np.float32)
        maps[1] = 1 - maps[0]
        return Answer(maps)


def test_tiles_that_are_answered_one_by_one_are_set_against_the_whole():
    data_set = data_set_named("simulated")
    question = names_question(replace(data_set, classes=data_set.classes[1:3]))
    labels = np.ones((TILE, 2 * TILE), np.uint8)
    chip = Chip(np.zeros((1, *labels.shape), np.float32), ("VV",), calibrated=True, spacing_m=10.0, labels=labels)

    answered, seams = ask_whole(Positional(), chip, question)

    left = TILE // 2
    assert seams.differ.sum(0).tolist() == [TILE * 2 * TILE, TILE * 2 * left]
    assert seams.differ[0].tolist() == [TILE * BAND, TILE * BAND]
    assert seams.tiled.tolist() == [[TILE * TILE, TILE * TILE], [0, 0]]
    assert answered.counts.tolist() == [[TILE * TILE, TILE * TILE], [0, 0]]


def test_whole_pictures_are_taken_once_each():
    pictures = [(Picture(f"{name}.tif", 1, "VV"),) for name in "ab"]
    cut = [Sample("x", "test", "a", f"a_r{row}_c0", pictures[0], (), window=Window(row, 0, 9, 9)) for row in (0, 9)]

    found = whole_pictures([*cut, Sample("x", "test", "b", "b", pictures[1], ())])

    assert [(one.name, one.window) for one in found] == [("a", None), ("b", None)]


@given(arrays.arrays(np.float32, (6, 7), elements=st.floats(-30, 0, width=32)))
def test_otsus_threshold_is_that_of_the_largest_variance_between_both_parts(db):
    found = otsu(db, -25.0, -14.0)
    edges = np.linspace(-25.0, -14.0, BINS + 1)
    kept = np.clip(db, -25, -14).ravel().astype(float)

    def between(edge):
        low = db.ravel() < edge
        if not low.any() or low.all():
            return 0.0
        return low.mean() * (~low).mean() * (kept[low].mean() - kept[~low].mean()) ** 2

    assert -25 <= found <= -14
    if ((db >= -25) & (db < -14)).any():
        assert between(found) == pytest.approx(max(map(between, edges)), rel=1e-3, abs=1e-6)


def test_labels_of_several_leaves_are_right_for_each_of_their_classes():
    grass_or_shrub = LABEL_SETS.index(frozenset({7, 9}))
    shares = np.array([0.6, 0.4], np.float32)[:, None, None]
    classes = [AskedClass(name, (name,), frozenset({leaf})) for name, leaf in (("shrub", 7), ("tree", 6), ("ice", 21))]

    answer = answer_from_labels(shares, (grass_or_shrub, 6), classes).probabilities[:, 0, 0]
    alone = [one.item() for one in query_from_labels(shares, (grass_or_shrub, 6), classes)]

    np.testing.assert_allclose(answer, [0.6, 0.4, 0], atol=1e-5)
    np.testing.assert_allclose(alone, [0.3, 0.4, 0], atol=1e-6)


@pytest.mark.parametrize("slot", SLOTS.values(), ids=SLOTS)
def test_names_of_known_weights_tell_their_shape(slot):
    assert architecture_of(slot.file) in {"ViT-B-16", "ViT-B-32"}


def tiny_tower():
    torch.manual_seed(0)
    return VisionTransformer(patch=16, grid=4, width=32, layers=3, heads=2, output_dim=24, quick_gelu=False).eval()


@torch.inference_mode()
def test_clip_is_asked_densely_as_the_recipe_says():
    tower, picture = tiny_tower(), torch.randn(1, 3, 64, 80)
    patches = tower.conv1(picture).flatten(2).transpose(1, 2)
    x = tower.ln_pre(torch.cat([tower.class_embedding.expand(1, 1, -1), patches], 1) + tower.positions(4, 5))
    whole = dense = tower.resblocks[0](x)
    for block in tower.resblocks[1:]:
        whole = block(whole)
        y = block.ln_1(dense)
        mixed = []
        for head in range(2):
            part = slice(16 * head, 16 * head + 16)
            q, k, v = (layer(y)[0, :, part] for layer in (block.q, block.k, block.v))
            mixed.append(((q @ q.T / 4).softmax(1) + (k @ k.T / 4).softmax(1)) @ v)
        dense = dense + block.out(torch.cat(mixed, 1))
        dense = dense + block.mlp(block.ln_2(dense))
    expected = F.normalize(tower.ln_post(dense[0, 1:]) @ tower.proj, dim=1)

    found, summary = dense_clip.dense_vectors(tower, picture)

    torch.testing.assert_close(found.flatten(1).T, expected)
    torch.testing.assert_close(summary, F.normalize(tower.ln_post(whole[0, 0]) @ tower.proj, dim=0))
