"""What is taught: vocabularies without contradiction, nothing that is held out, nothing unseen."""

import random

from hypothesis import given
from hypothesis import strategies as st

from sovs_map.taxonomy import load_lexicon, phrases_of
from sovs_map.training.labels import FIRST_MATERIAL, LABEL_SETS
from sovs_map.training.mixing import mixed_cuts
from sovs_map.training.objective import attribute_targets
from sovs_map.training.syllabus import UNSEEN, every_word, full_syllabus, names_only, without_leaves
from sovs_map.training.vocabularies import cut_of, draw_cut, leaf_cut, material_cut

SYLLABUS = names_only(full_syllabus())
FIXED = [SYLLABUS.lesson(name) for name in ("any water", "vegetation", "cropland", "impervious", "bare")]


@given(st.integers(0, 2**32 - 1))
def test_no_class_of_a_cut_is_right_and_wrong_at_once_and_no_leaf_comes_twice(seed):
    cut = draw_cut(random.Random(seed), full_syllabus())  # noqa: S311 - no secret

    assert not (cut.right & cut.wrong).any()
    assert not (cut.sure & ~cut.right).any()
    assert (cut.sure[1:23] == cut.right[1:23]).all()
    assert (cut.right[1:23].sum(1) <= 1).all()
    assert len(cut.prompts) >= 3
    assert ((cut.right | cut.wrong)[1:23]).all()


def test_the_finest_question_asks_for_every_leaf_that_may_be_taught_and_no_other():
    cut = leaf_cut(random.Random(0), without_leaves(full_syllabus(), UNSEEN))  # noqa: S311 - no secret

    assert len(cut.prompts) == 22 - len(UNSEEN)
    assert cut.right[1:23].sum(1).tolist() == [int(leaf not in UNSEEN) for leaf in range(1, 23)]


def test_a_coarse_label_is_sure_of_a_class_that_holds_it_and_unsure_of_one_that_it_holds():
    syllabus = names_only(full_syllabus())
    vegetation, trees = syllabus.lesson("vegetation"), syllabus.lesson("tree cover")
    shrub_or_grass, house = LABEL_SETS.index(frozenset({7, 9})), LABEL_SETS.index(frozenset({12, 13}))

    cut = cut_of([vegetation], [("vegetation",)], unseen=frozenset())
    assert cut.sure[shrub_or_grass].tolist() == [True]
    cut = cut_of([syllabus.lesson("grassland"), trees], [("grassland",), ("trees",)], unseen=frozenset())
    assert (cut.right[shrub_or_grass].tolist(), cut.sure[shrub_or_grass].tolist()) == ([True, False], [False, False])
    cut = cut_of([syllabus.lesson("building")], [("building",)], unseen=frozenset())
    assert cut.sure[house].tolist() == [True]


def test_no_phrase_of_an_unseen_leaf_is_ever_taught():
    taught = set(every_word(without_leaves(full_syllabus(), UNSEEN)))

    assert not taught & set(phrases_of(UNSEEN))
    assert len(taught) > 2_000


def test_pixels_of_unseen_leaves_are_right_nowhere_and_wrong_nowhere():
    cut = draw_cut(random.Random(0), without_leaves(full_syllabus(), UNSEEN))  # noqa: S311 - no secret

    for index, label in enumerate(LABEL_SETS):
        if label & UNSEEN:
            assert not cut.right[index].any()
            assert not cut.wrong[index].any()
            assert attribute_targets(UNSEEN)[index].isnan().all()


def test_held_out_phrases_are_never_taught():
    held_out = {entry.phrase for entry in load_lexicon() if entry.is_held_out}

    assert not held_out & set(every_word(full_syllabus()))


def test_the_syllabus_of_names_calls_each_concept_one_name():
    assert all(len(lesson.words) == 1 for lesson in names_only(full_syllabus()).lessons)


def test_materials_of_one_description_are_one_class():
    cut = material_cut(["dark smooth", "bright points", "dark smooth"])

    assert cut.prompts == (("dark smooth",), ("bright points",))
    assert cut.right[FIRST_MATERIAL:].tolist() == [[True, False], [False, True], [True, False]]
    assert not cut.right[:FIRST_MATERIAL].any()
    assert not cut.wrong[:FIRST_MATERIAL].any()


def test_vocabularies_are_the_fixed_classes_as_often_as_told():
    draw, chance = mixed_cuts(full_syllabus(), FIXED, share=0.5), random.Random(0)  # noqa: S311 - no secret
    words = [{word for lesson in FIXED for word in lesson.words}] * len(FIXED)

    cuts = [draw(chance) for _ in range(200)]

    fixed = [
        cut
        for cut in cuts
        if len(cut.prompts) == len(FIXED) and all(set(p) <= w for p, w in zip(cut.prompts, words, strict=True))
    ]
    assert 70 < len(fixed) < 130
    assert all(cut.right[1].tolist() == [True, False, False, False, False] for cut in fixed)


def test_without_fixed_classes_every_vocabulary_is_a_random_cut():
    cut = mixed_cuts(full_syllabus(), (), share=1.0)(random.Random(0))  # noqa: S311 - no secret

    assert len(cut.prompts) >= 3
