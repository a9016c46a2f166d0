from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path

import benchmark_layouts as layouts
import numpy as np
import pytest
import rasterio
from benchmark_layouts import columns, make_all, read_back, write
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import read_table
from rio_cogeo.cogeo import cog_validate

from sovs_map.benchmark.building import build_benchmark, read_benchmark
from sovs_map.benchmark.chip import read_chip
from sovs_map.benchmark.data_sets import data_set_named
from sovs_map.benchmark.finding import find_sets, list_samples
from sovs_map.benchmark.harmonising import harmonise
from sovs_map.benchmark.hashing import hash_file
from sovs_map.benchmark.index import read_entries
from sovs_map.benchmark.simulated_edition import write_simulated
from sovs_map.benchmark.statistics import HEAD, MEDIUM, TAIL, frequencies
from sovs_map.cli import cli
from sovs_map.errors import DataSetError
from sovs_map.training.labels import LABEL_SETS

DATA = Path(__file__).parents[2] / "shared" / "data"

MINI = ("s1-los-angeles", "s1-cems-flood", "s1rtc-terramesh", "alos2-hawaii")


def files_below(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """Return a folder with all public data sets in small, and what each must turn out as."""
    folder = tmp_path_factory.mktemp("everything") / "data"
    return folder, make_all(folder)


@pytest.fixture(scope="module")
def built(everything, tmp_path_factory):
    output = tmp_path_factory.mktemp("built") / "sar-ovseg"
    build_benchmark(everything[0], output, labels=True)
    return output


def test_all_data_sets_are_found_at_once_each_by_its_own_layout(everything):
    folder, made = everything

    found = {one.data_set.name: one.root for one in find_sets(folder)}

    assert sorted(found) == sorted(one.data_set for one in made)
    assert all(folder / one.data_set in (found[one.data_set], *found[one.data_set].parents) for one in made)


def test_building_twice_gives_the_same_bytes_and_touches_no_data(everything, built, tmp_path):
    folder, _ = everything
    before = files_below(folder)

    build_benchmark(folder, tmp_path / "again", labels=True)

    assert files_below(tmp_path / "again") == files_below(built)
    assert files_below(folder) == before


def test_the_index_has_the_hashes_of_the_files_and_the_pixels_of_the_classes(everything, built):
    folder, made = everything
    rows = {(entry.sample.data_set, entry.sample.name): entry for entry in read_entries(built / "index.parquet")}

    for one in made:
        entry = rows[one.data_set, one.sample]
        sample = entry.sample
        assert sample.split == one.split
        for picture, found in zip(sample.pictures, entry.picture_hashes, strict=True):
            assert found == hashlib.sha256((folder / picture.path).read_bytes()).hexdigest()
        assert entry.label_hashes == tuple(hash_file(folder / path) for path in sample.labels)
        assert sum(entry.pixels) == one.db[0].size


def test_the_index_is_a_table_that_other_programs_read(built):
    table = read_table(built / "index.parquet")

    assert {"data_set", "split", "scene", "name", "pictures", "picture_sha256", "pixels"} <= set(table.column_names)
    assert table.num_rows == len(read_entries(built / "index.parquet"))


def test_the_manifest_tells_the_hash_of_the_index_and_pixels_of_leaves(everything, built):
    manifest = json.loads((built / "benchmark.json").read_text(encoding="utf-8"))
    entries = read_entries(built / "index.parquet")

    assert manifest["index"]["sha256"] == hash_file(built / "index.parquet")
    assert manifest["index"]["rows"] == len(entries)
    assert {one["name"] for one in manifest["data_sets"]} == {one.data_set for one in everything[1]}
    villages = 0
    for entry in entries:
        classes = data_set_named(entry.sample.data_set).classes
        villages += sum(n for n, one in zip(entry.pixels[1:], classes, strict=False) if one.leaves == frozenset({12}))
    assert villages > 0
    assert manifest["leaves"][11]["pixels"] == villages
    assert ["air-polsar-seg", "air-polsar-seg-2"] in manifest["leaks"]
    assert str(everything[0]) not in (built / "benchmark.json").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_harmonised_labels_are_cogs_on_the_picture_s_grid_with_a_legend(everything, built):
    folder, made = everything
    for one in made:
        path = built / "labels" / one.data_set / f"{one.sample}.tif"
        sample = next(
            entry.sample
            for entry in read_entries(built / "index.parquet")
            if (entry.sample.data_set, entry.sample.name) == (one.data_set, one.sample)
        )
        valid, errors, _ = cog_validate(path)
        assert valid, errors
        labels = read_back(path)[0]
        for place, expected in enumerate(one.leaves):
            part = labels[:, place * layouts.WIDTH : (place + 1) * layouts.WIDTH]
            assert {LABEL_SETS[label] for label in np.unique(part)} <= {expected, frozenset()}
        if one.picture.suffix == ".tif":
            with rasterio.open(path) as raster, rasterio.open(folder / sample.pictures[0].path) as picture:
                assert (raster.crs, raster.transform) == (picture.crs, picture.transform)
                told = raster.tags(ns="SOVS")
                assert all(f"label_{label}" in told for label in np.unique(labels[labels > 0]))
                assert raster.nodata == 0


def test_a_built_benchmark_is_read_with_the_paths_of_this_computer(everything, built, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(everything[0], moved)

    samples = read_benchmark(built, moved)

    names = {one.name: one for one in samples if one.data_set == "fusar-map"}
    chip = read_chip(data_set_named("fusar-map"), names["SAR_1024/JiuJiang_01_01_01_01_SAR_001"])
    assert set(np.unique(chip.labels)) == {0, 2, 3, 4, 5}


def test_a_picture_that_is_tested_on_is_not_learnt_from(tmp_path):
    made = layouts.openearthmap(tmp_path / "data")
    for kind, path in (("sar_images", made.picture), ("labels", made.label)):
        copy = tmp_path / "data/train" / kind / "TrainArea_1.tif"
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
        write(copy.with_name("TrainArea_2.tif"), np.roll(read_back(path), 1, axis=1))

    build_benchmark(tmp_path / "data", tmp_path / "out")

    entries = {entry.sample.name: entry.left_out for entry in read_entries(tmp_path / "out/index.parquet")}
    assert entries == {
        "train/sar_images/TrainArea_1": "same picture as openearthmap-sar val/sar_images/TrainArea_379 of val",
        "train/sar_images/TrainArea_2": "",
        "val/sar_images/TrainArea_379": "",
    }
    assert len(read_benchmark(tmp_path / "out", tmp_path / "data")) == 2


def test_a_data_set_that_shares_pictures_with_a_tested_one_is_not_learnt_from(tmp_path):
    layouts.air_polsar_2(tmp_path / "data/2")
    layouts.air_polsar(tmp_path / "data/1")
    (tmp_path / "data/1/test_set").rename(tmp_path / "data/1/train_set")

    build_benchmark(tmp_path / "data", tmp_path / "both")
    build_benchmark(tmp_path / "data", tmp_path / "alone", only=["air-polsar-seg"])

    both = {entry.sample.data_set: entry.left_out for entry in read_entries(tmp_path / "both/index.parquet")}
    alone = read_entries(tmp_path / "alone/index.parquet")
    assert both == {
        "air-polsar-seg": "shares pictures with air-polsar-seg-2, which is tested on",
        "air-polsar-seg-2": "",
    }
    assert [entry.left_out for entry in alone] == [""]


def test_a_build_that_failed_goes_on_after_the_data_sets_that_it_finished(tmp_path, caplog):
    layouts.openearthmap(tmp_path / "data/a")
    broken = layouts.bright(tmp_path / "data/b")
    good = read_back(broken.label)
    write(broken.label, good + 50)

    with pytest.raises(DataSetError, match="holds the label 50"):
        build_benchmark(tmp_path / "data", tmp_path / "out")
    assert not (tmp_path / "out/index.parquet").exists()
    write(broken.label, good)
    with caplog.at_level(logging.INFO, logger="sovs_map"):
        build_benchmark(tmp_path / "data", tmp_path / "out")
    build_benchmark(tmp_path / "data", tmp_path / "clean")

    assert "openearthmap-sar: 1 samples, as a build that was stopped has left them" in caplog.messages
    assert "bright: 1 samples" in caplog.messages
    assert files_below(tmp_path / "out") == files_below(tmp_path / "clean")


def test_what_has_changed_since_a_build_was_stopped_is_read_again(tmp_path):
    made = layouts.openearthmap(tmp_path / "data/a")
    broken = layouts.bright(tmp_path / "data/b")
    good = read_back(broken.label)
    write(broken.label, good + 50)
    with pytest.raises(DataSetError):
        build_benchmark(tmp_path / "data", tmp_path / "out")
    write(broken.label, good)
    write(made.label, np.full_like(read_back(made.label), 6))

    build_benchmark(tmp_path / "data", tmp_path / "out")

    pixels = next(e.pixels for e in read_entries(tmp_path / "out/index.parquet") if e.sample.data_set != "bright")
    assert pixels == (0, 0, 0, 0, 0, 0, 0, made.db[0].size, 0, 0)


def test_an_output_inside_the_data_is_no_data(tmp_path):
    layouts.openearthmap(tmp_path / "data")
    first = build_benchmark(tmp_path / "data", tmp_path / "data/out", labels=True)
    hashes = [hash_file(path) for path in first]

    assert [hash_file(path) for path in build_benchmark(tmp_path / "data", tmp_path / "data/out")] == hashes


def test_samples_that_are_not_whole_are_left_out_and_told(tmp_path, caplog):
    layouts.openearthmap(tmp_path / "data")
    write(tmp_path / "data/val/sar_images/TrainArea_4.tif", layouts.amplitude(2).astype("uint8"))

    build_benchmark(tmp_path / "data", tmp_path / "out")

    assert "TrainArea_4.tif: its label" in caplog.text
    assert len(read_entries(tmp_path / "out/index.parquet")) == 1


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_frequent_classes_have_most_pixels_and_rare_ones_few(pixels):
    names = np.array(frequencies(np.array(pixels, np.int64)))
    counts, total = np.array(pixels), sum(pixels)

    assert ((names == "") == (counts == 0)).all()
    if total:
        assert names[counts.argmax()] == HEAD
        tail = names == TAIL
        assert counts[tail].sum() <= 0.05 * total
        assert counts[tail | (names == MEDIUM)].sum() <= 0.20 * total
        present = counts[counts > 0]
        rank = {HEAD: 0, MEDIUM: 1, TAIL: 2}
        order = [rank[name] for name in names[counts > 0][np.argsort(-present, kind="stable")]]
        assert order == sorted(order)


def test_simulated_scenes_are_a_data_set_of_several_sensors_and_the_same_each_time(tmp_path):
    local = write_simulated(tmp_path / "one", 6, side=64)
    write_simulated(tmp_path / "two", 2, side=64)
    few, many = files_below(tmp_path / "two"), files_below(tmp_path / "one")

    contents = list_samples(local)
    chips = [read_chip(local.data_set, sample) for sample in contents.samples]

    assert contents.problems == ()
    assert [sample.split for sample in contents.samples] == ["test"] + ["train"] * 5
    assert len({chip.polarisations for chip in chips}) >= 3
    assert {chip.calibrated for chip in chips} == {True, False}
    assert all(chip.spacing_m == pytest.approx(10, rel=0.01) for chip in chips)
    assert {path: many[path] for path in few} == few
    leaves = {LABEL_SETS[label] for chip in chips for label in np.unique(harmonise(local.data_set, chip.labels))}
    assert len(leaves) > 6


def test_a_build_with_simulated_scenes_has_them_as_a_data_set_of_its_own(tmp_path):
    (tmp_path / "data").mkdir()

    build_benchmark(tmp_path / "data", tmp_path / "out", simulated=1)

    (sample,) = read_benchmark(tmp_path / "out", tmp_path / "data")
    assert (sample.data_set, sample.split) == ("simulated", "train")
    assert read_chip(data_set_named("simulated"), sample).values.shape[1:] == (512, 512)


def run(*words):
    return CliRunner().invoke(cli, ["benchmark", *map(str, words)])


def test_list_tells_all_data_sets_and_what_is_not_certain():
    plain, facts = run("list"), [json.loads(line) for line in run("list", "--json").output.splitlines()]

    assert {"whu-opt-sar", "kuro-siwo", "s1-los-angeles"} <= {one["name"] for one in facts}
    doubted = next(one for one in facts if one["name"] == "air-polsar-seg-2")
    assert not doubted["verified"]
    assert "which colour is which class" in doubted["doubts"][0]
    assert f"not certain: {doubted['doubts'][0]}" in plain.output


def test_list_of_one_data_set_tells_its_classes_and_traps():
    output = run("list", "whu-opt-sar").output

    assert "class village: residential area" in output
    assert "class background: not evaluated" in output
    assert "mind: random tiles" in output
    assert "fusar" not in output


def test_list_refuses_a_name_that_is_none():
    answer = run("list", "whu")

    assert answer.exit_code == 2
    assert "whu is no data set; sovs-map benchmark list shows all names" in answer.stderr


def test_check_of_whole_data_sets_counts_them_and_ends_well(everything):
    answer = run("check", everything[0], "-q", "--json")
    facts = {one["name"]: one for one in map(json.loads, answer.stdout.splitlines())}

    assert answer.exit_code == 0, answer.output
    assert len(facts) == len(everything[1])
    assert facts["mmflood"]["splits"]["val"]["samples"] == 1
    assert facts["mmflood"]["splits"]["val"]["pixels"] == {"not flooded": 48 - 12, "flood": 48}


def test_check_ends_with_1_and_names_file_and_value_when_something_is_wrong(tmp_path):
    made = layouts.openearthmap(tmp_path)
    write(made.label, columns([9] * 9))

    answer = run("check", tmp_path, "-q")

    assert answer.exit_code == 1
    assert f"WRONG: {made.label} holds the label 9 in 100.0% of its pixels" in answer.stdout


def test_check_tells_a_picture_that_cannot_be_used(tmp_path):
    made = layouts.dfc2020(tmp_path)
    write(made.picture, np.full_like(made.db, 300.0))

    answer = run("check", tmp_path, "-q")

    assert answer.exit_code == 1
    assert "which no backscatter in dB does" in answer.stdout


def test_check_of_an_empty_folder_says_what_there_is(tmp_path):
    answer = run("check", tmp_path)

    assert answer.exit_code == 1
    assert "no data set is found" in answer.stderr
    assert "sovs-map benchmark list" in answer.stderr


def test_build_prints_the_paths_of_what_it_wrote(tmp_path):
    layouts.sarbud(tmp_path / "data")

    answer = run("build", tmp_path / "data", "-o", tmp_path / "out", "-q", "--only", "sarbud")

    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines() == [str(tmp_path / "out/index.parquet"), str(tmp_path / "out/benchmark.json")]


def test_build_without_pyarrow_says_how_to_get_it(tmp_path, monkeypatch):
    layouts.sarbud(tmp_path / "data")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    answer = run("build", tmp_path / "data", "-o", tmp_path / "out")

    assert answer.exit_code == 2
    assert "pip install 'sovs-map[parquet]'" in answer.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real scenes of {DATA} are not here")
def test_the_mini_edition_is_whole_and_reads_as_map_would():
    answer = run("check", DATA, "-q", "--json")
    facts = {one["name"]: one for one in map(json.loads, answer.stdout.splitlines())}

    assert answer.exit_code == 0, answer.output
    assert tuple(facts) == MINI
    assert {name: one["samples"] for name, one in facts["s1-los-angeles"]["splits"].items()} == {"train": 24, "val": 6}
    assert all(one["problems"] == [] for one in facts.values())
