from __future__ import annotations

import numpy as np
import pytest
from benchmark_layouts import MAKERS, WIDTH, read_back, write

from sovs_map.benchmark.chip import read_chip
from sovs_map.benchmark.data_set import Labelling
from sovs_map.benchmark.data_sets import DATA_SETS, data_set_named
from sovs_map.benchmark.finding import find_sets, list_samples
from sovs_map.benchmark.harmonising import harmonise
from sovs_map.errors import DataSetError
from sovs_map.training.labels import LABEL_SETS

PUBLIC = [pytest.param(maker, id=name) for name, maker in MAKERS.items()]

CODED = [
    pytest.param(maker, id=name) for name, maker in MAKERS.items() if data_set_named(name).labelling is Labelling.CODES
]

RASTERED = [pytest.param(maker, id=name) for name, maker in MAKERS.items() if name != "spacenet6"]

MINI = {"s1-los-angeles", "s1-cems-flood", "s1rtc-terramesh", "alos2-hawaii", "simulated"}


def only_set(folder):
    found = find_sets(folder)
    assert len(found) == 1, [one.data_set.name for one in found]
    return found[0]


def sample_named(local, name):
    return next(one for one in list_samples(local).samples if one.name == name)


@pytest.mark.parametrize("make", PUBLIC)
def test_a_data_set_is_found_by_its_layout_with_the_right_labels_and_decibels(make, tmp_path):
    made = make(tmp_path / "downloads")

    local = only_set(tmp_path)
    contents = list_samples(local)
    sample = sample_named(local, made.sample)
    chip = read_chip(local.data_set, sample)

    assert (local.data_set.name, contents.problems) == (made.data_set, ())
    assert sample.split == made.split
    labels = harmonise(local.data_set, chip.labels)
    seen = ~np.isnan(made.db).any(0)
    for place, expected in enumerate(made.leaves):
        part = np.s_[:, place * WIDTH : (place + 1) * WIDTH]
        found = {LABEL_SETS[label] for label in np.unique(labels[part][seen[part]])}
        assert found <= {expected}, place
    assert chip.polarisations == tuple(picture.polarisation for picture in sample.pictures)
    assert not chip.labels[~seen].any()
    np.testing.assert_allclose(chip.values, made.db, atol=2e-3)


@pytest.mark.parametrize("make", PUBLIC)
def test_a_missing_label_is_named(make, tmp_path):
    made = make(tmp_path)
    made.label.unlink()

    problems = list_samples(only_set(tmp_path)).problems

    assert problems
    assert any(made.label.parent.name in problem and "is missing" in problem for problem in problems)


@pytest.mark.parametrize("make", CODED)
def test_a_number_that_is_no_code_is_named_with_its_file(make, tmp_path):
    made = make(tmp_path)
    codes = read_back(made.label)
    codes[..., 0, 0] = 77
    write(made.label, codes)
    local = only_set(tmp_path)
    sample = next(one for one in list_samples(local).samples if made.label in one.labels)

    with pytest.raises(DataSetError, match=rf"{made.label.name} holds the label 77 .* has the codes"):
        read_chip(local.data_set, sample)


@pytest.mark.parametrize("make", RASTERED)
def test_labels_of_another_size_are_refused_with_both_sizes(make, tmp_path):
    made = make(tmp_path)
    local = only_set(tmp_path)
    codes = read_back(made.label)
    write(made.label, codes[:, :-1])
    sample = next(one for one in list_samples(local).samples if made.label in one.labels)

    with pytest.raises(DataSetError, match="share one grid"):
        read_chip(local.data_set, sample)


def test_every_public_data_set_of_the_list_is_tested():
    assert {one.name for one in DATA_SETS} == {*MAKERS, *MINI}


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda one: one.name)
def test_facts_of_a_data_set_are_whole(data_set):
    codes = [code for one in data_set.classes for code in one.codes]

    assert len(codes) == len(set(codes))
    assert len({one.name for one in data_set.classes}) == len(data_set.classes)
    assert all(LABEL_SETS[one.label] == one.leaves for one in data_set.classes)
    assert all(one.counts for one in data_set.classes if one.prompts)
    assert data_set.asked
    assert data_set.where
    assert data_set.licence
    assert all(
        "background" not in prompt and "other" not in prompt.split()
        for one in data_set.classes
        for prompt in one.prompts
    )
