"""Protocols and contestants, run on small simulated scenes: all with all, killed and resumed, twice the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_benchmark import SIDE, make_benchmark, make_clip

from sovs_map.benchmark.answered import Answered, ask
from sovs_map.benchmark.chip import Chip, read_chip
from sovs_map.benchmark.contestants import learning
from sovs_map.benchmark.contestants.contestant import Answer
from sovs_map.benchmark.contestants.physics_prior import PhysicsPrior, leaf_probabilities
from sovs_map.benchmark.course import filled
from sovs_map.benchmark.entrant import find_entrant
from sovs_map.benchmark.exam_file import read_exam
from sovs_map.benchmark.holding import read_holdings, spread
from sovs_map.benchmark.protocols import PROTOCOLS, protocol_named
from sovs_map.benchmark.question import AskedClass, names_question
from sovs_map.benchmark.results import read_results
from sovs_map.benchmark.running import record_path, run_protocol
from sovs_map.errors import DataSetError, OptionError


@pytest.fixture(scope="module", autouse=True)
def small():
    """Let networks learn from few pixels, on one thread: more wait for each other on pictures this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "PIXELS", 2 * SIDE**2)
        yield
    torch.set_num_threads(threads)


CONTESTANTS = ("majority", "otsu-water", "physics", "forest", "closed-set", "lseg", "sovs-net", "sovs-tiny")
STEPS = 8


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_benchmark(tmp_path_factory.mktemp("benchmark"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def records(folder):
    """Return what is kept of each picture; unfinished files are hidden."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("[!.]*.npz"))}


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", [*CONTESTANTS, "clip"])
def test_every_contestant_takes_every_protocol(place, runs, clip, protocol, name):
    entrant = find_entrant(str(clip) if name == "clip" else name, steps=STEPS)

    results = read_results(run_protocol(protocol, entrant, place, runs, most=1))

    (one,) = results.sets
    labelled = int((read_labels(place) > 0).sum())
    if protocol.name == "tq":
        assert one.queries[0].absent[:, 0].max() <= labelled
        assert one.queries[0].found.sum() > 0
    else:
        assert 0 < one.answered[0].counts.sum() <= labelled
        assert one.answered[0].top[:, 0].sum() == one.answered[0].counts.sum()
    if protocol.name == "ws":
        assert one.seams[0].tiled.sum() == one.answered[0].counts.sum()
        assert one.seams[0].differ.tolist() == [[0, 0], [SIDE**2, 0]]  # one tile: nothing can differ


def read_labels(place):
    (holding,) = read_holdings(place.benchmark, place.folder)
    return read_chip(holding.data_set, spread(holding.test, 1)[0]).labels


@pytest.mark.parametrize("name", ["forest", "sovs-net", "sovs-tiny"])
def test_two_runs_give_the_same_numbers_to_the_digit(place, tmp_path, name):
    entrant = find_entrant(name, steps=STEPS)

    first, second = (
        run_protocol(protocol_named("ov-b"), entrant, place, tmp_path / which) for which in ("first", "second")
    )

    assert records(first) == records(second)
    assert len(records(first)) == 2


def test_a_run_that_was_killed_goes_on_and_gives_the_same_numbers(place, tmp_path):
    command = [
        *(sys.executable, "-m", "sovs_map", "benchmark", "run", "xd", "--model", "physics", "-q"),
        *("--data", str(place.benchmark), "--folder", str(place.folder), "-o"),
    ]
    half = tmp_path / "half"
    run = subprocess.Popen([*command, str(half)], stdout=subprocess.DEVNULL)
    while not records(half) and run.poll() is None:
        time.sleep(0.002)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    whole = run_protocol(protocol_named("xd"), find_entrant("physics", steps=400), place, tmp_path / "whole")
    done = {path: (half / "xd" / "physics" / path).stat().st_mtime_ns for path in records(half / "xd" / "physics")}

    finished = subprocess.run([*command, str(half)], check=True, capture_output=True, text=True)

    assert finished.stdout.strip() == str(half / "xd" / "physics")
    assert records(half / "xd" / "physics") == records(whole)
    assert 0 < len(done) < len(records(whole))
    assert not list(half.rglob(".*.partial*"))
    assert all((half / "xd" / "physics" / path).stat().st_mtime_ns == when for path, when in done.items())


def test_a_training_that_was_stopped_goes_on_to_the_same_network(place, tmp_path, monkeypatch):
    protocol, entrant = protocol_named("ov-a"), find_entrant("closed-set", steps=STEPS)
    whole = run_protocol(protocol, entrant, place, tmp_path / "whole")
    monkeypatch.setattr("sovs_map.training.progress.EVERY", 5)
    monkeypatch.setattr("sovs_map.training.progress.draw_curve", stop)
    with pytest.raises(InterruptedError):
        run_protocol(protocol, entrant, place, tmp_path / "half")
    monkeypatch.undo()

    half = run_protocol(protocol, entrant, place, tmp_path / "half")

    assert records(half) == records(whole)


def stop(*_):
    raise InterruptedError


def test_another_question_in_the_same_folder_is_refused_with_the_way_out(place, tmp_path):
    protocol = protocol_named("ov-a")
    run_protocol(protocol, find_entrant("otsu-water", steps=STEPS), place, tmp_path, most=1)

    with pytest.raises(OptionError, match=r"differs in most; choose another folder with -o"):
        run_protocol(protocol, find_entrant("otsu-water", steps=STEPS), place, tmp_path, most=2)


def test_a_broken_record_is_named_with_what_to_do(place, tmp_path):
    folder = run_protocol(protocol_named("ov-a"), find_entrant("otsu-water", steps=STEPS), place, tmp_path, most=1)
    (record,) = folder.rglob("*.npz")
    record.write_bytes(record.read_bytes()[:-40])

    with pytest.raises(DataSetError, match=r"cannot be read .*delete it and run the same command again"):
        read_results(folder)


def test_a_run_that_is_not_done_is_not_reported(place, tmp_path):
    folder = run_protocol(protocol_named("ov-a"), find_entrant("otsu-water", steps=STEPS), place, tmp_path)
    next(folder.rglob("*.npz")).unlink()

    with pytest.raises(DataSetError, match=r"1 of 2 pictures of simulated are missing; the same command"):
        read_results(folder)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("sovs-tinny", r"nobody, no folder and no file of weights; type one of majority|otsu-water"),
        (
            "remoteclip",
            r"weights/RemoteCLIP-ViT-B-32.pt are not there. Type: hf download .*; then: --model weights/Remote",
        ),
        ("sarclip", r"vit_b_32_model.safetensors are not there"),
        ("nowhere/ViT-B-16.pt", r"nowhere/ViT-B-16.pt are not there. Type: give the path of a file"),
    ],
)
def test_unknown_contestants_are_refused_with_what_to_type(model, message):
    with pytest.raises(OptionError, match=message):
        find_entrant(model, steps=STEPS)


def test_weights_whose_name_tells_no_shape_are_refused_with_a_name_that_does(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"")

    with pytest.raises(OptionError, match=r"mv model.pt ViT-B-16-model.pt"):
        find_entrant(str(tmp_path / "model.pt"), steps=STEPS)


def test_unknown_protocols_and_missing_benchmarks_are_refused_with_what_to_type(place, tmp_path):
    with pytest.raises(OptionError, match=r"'ov-c' is no protocol; there are ov-a, ov-b, xd, ws, tq"):
        protocol_named("ov-c")
    with pytest.raises(DataSetError, match=r"has no index.parquet; make it with: sovs-map benchmark build"):
        read_holdings(tmp_path, place.folder)
    with pytest.raises(DataSetError, match=r"whu is not in .*; it has: simulated"):
        read_holdings(place.benchmark, place.folder, only=("whu",))


def test_data_that_moved_are_looked_for_with_the_option_that_names_their_folder(place, tmp_path):
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "index.parquet").write_bytes((place.benchmark / "index.parquet").read_bytes())

    with pytest.raises(DataSetError, match=r"is not there; name the folder .* --folder DIR"):
        read_holdings(moved, place.folder)


def test_learners_without_train_pictures_are_told_so(place, tmp_path):
    (holding,) = read_holdings(place.benchmark, place.folder)
    bare = replace(
        protocol_named("ws"), plan=lambda _, most: protocol_named("ws").plan((replace(holding, train=()),), most)
    )

    with pytest.raises(DataSetError, match=r"majority learns from train splits, .* none; build with --simulated 8"):
        run_protocol(bare, find_entrant("majority", steps=STEPS), place, tmp_path)


def test_pictures_of_which_nothing_counts_are_not_asked_about(place):
    (holding,) = read_holdings(place.benchmark, place.folder)
    chip = read_chip(holding.data_set, holding.test[0])
    question = names_question(holding.data_set)

    found = ask(Nobody(), replace(chip, labels=np.zeros_like(chip.labels)), question)

    assert found.counts.sum() == 0
    assert np.isnan(found.presence).all()


class Nobody:
    def answer(self, *_):
        raise AssertionError

    def query(self, *_):
        raise AssertionError


def test_a_perfect_answer_scores_one_and_its_opposite_nothing():
    truth = np.repeat(np.arange(2), 50).reshape(10, 10)
    question = replace(names_question(holding_of_two()), right=((True, False), (False, True)))
    right = np.stack([truth == 0, truth == 1]).astype(np.float32)

    for probabilities, hits in ((right, 100), (1 - right, 0)):
        found = ask(Oracle(probabilities), chip_of(truth + 1), question)
        assert isinstance(found, Answered)
        assert int(np.trace(found.counts)) == hits
        assert found.squared.tolist() == [0 if hits else 200, 100]


class Oracle:
    def __init__(self, probabilities):
        self.probabilities = probabilities

    def answer(self, *_):
        return Answer(self.probabilities)

    def query(self, *_):
        yield from self.probabilities


def holding_of_two():
    from sovs_map.benchmark.data_sets import data_set_named  # noqa: PLC0415

    two = data_set_named("simulated")
    return replace(two, classes=two.classes[1:3])


def chip_of(labels, *, db=None, names=("VV",), calibrated=True):
    values = np.full((len(names), *labels.shape), -10, np.float32) if db is None else db
    return Chip(values, names, calibrated, 10.0, labels.astype(np.uint8))


def test_the_physics_prior_tells_water_from_forest_and_town_by_words_alone():
    draw = np.random.default_rng(0)
    levels = np.repeat([-21.0, -8.5, -2.5], 32)[None, :, None] + np.array([0, -6.5])[:, None, None]
    speckle = 10 * np.log10(draw.gamma(4.4, 1 / 4.4, (2, 96, 64)))
    classes = [AskedClass(name, (name,), frozenset()) for name in ("river", "woodland", "skyscrapers of a city centre")]
    chip = chip_of(np.ones((96, 64)), db=(levels + speckle).astype(np.float32), names=("VV", "VH"))

    winner = PhysicsPrior().answer(chip, classes).winner

    accuracy = [(winner[32 * row + 6 : 32 * row + 26] == row).mean() for row in range(3)]
    assert min(accuracy) > 0.9
    np.testing.assert_allclose(leaf_probabilities(chip).sum(0), 1, atol=1e-5)


def test_pixels_without_data_take_the_nearest():
    values = np.array([[[1, np.nan, np.nan, 4]]], np.float32)

    np.testing.assert_array_equal(filled(values), [[[1, 1, 4, 4]]])


def test_exams_are_kept_beside_the_records(place, runs):
    folder = run_protocol(protocol_named("tq"), find_entrant("physics", steps=STEPS), place, runs, most=1)

    exam = read_exam(folder / "simulated")

    assert exam.data_set == "simulated"
    assert len(exam.phrases[0]) == 8
    assert json.loads((folder / "run.json").read_text())["contestant"] == "physics"
    assert record_path(folder, exam.data_set, exam.images[0][0]).is_file()
