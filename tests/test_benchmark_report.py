"""Reports and comparisons: made of made records, so that every number is known."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner
from small_benchmark import make_benchmark

from sovs_map.benchmark.answered import mark
from sovs_map.benchmark.comparing import compare_runs
from sovs_map.benchmark.contestants.contestant import Answer
from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.data_sets import data_set_named
from sovs_map.benchmark.exam import Exam
from sovs_map.benchmark.exam_file import write_exam
from sovs_map.benchmark.paraphrases import KINDS
from sovs_map.benchmark.queries import Queries
from sovs_map.benchmark.question import names_question
from sovs_map.benchmark.record import write_record
from sovs_map.benchmark.reporting.report import write_report
from sovs_map.benchmark.results import find_runs, read_results
from sovs_map.benchmark.running import Run, record_path
from sovs_map.benchmark.seams import Seams
from sovs_map.benchmark.text_scores import query_scores
from sovs_map.cli import cli
from sovs_map.errors import DataSetError, OptionError

NASTY = "<img src=https://x.example/a.png onerror=alert(1)> & Co"
SIDE = 16
PICTURES = 6


def two_classes(name=NASTY) -> DataSet:
    base = data_set_named("simulated")
    water, forest = base.classes[1], base.classes[6]
    return replace(base, classes=(replace(water, name=name, prompts=(name,)), forest))


def write_run(folder, *, protocol="ov-a", contestant="tester", errors=0.2, seed=0, index="1", pictures=PICTURES):
    """Write a run whose answers are wrong in a known share of pixels; return its folder."""
    data_set = two_classes()
    question = names_question(data_set)
    images = tuple((f"p{number}", f"scene{number // 2}") for number in range(pictures))
    exam = Exam("made", question, frozenset({6}), ("head", "tail"), "region", is_weak=False, images=images)
    exam = replace(
        exam, phrases=tuple(tuple(f"{one.name} {kind}" for kind in range(len(KINDS))) for one in question.classes)
    )
    place = folder / protocol / contestant
    place.mkdir(parents=True)
    run = Run(protocol, contestant, "f", f"remark {NASTY}", index, ("made",), 0, "0")
    (place / "run.json").write_text(json.dumps(asdict(run)))
    write_exam(exam, place / "made")
    draw = np.random.default_rng(seed)
    truths = np.random.default_rng(99).integers(0, 2, (pictures, SIDE, SIDE))
    for (name, _), truth in zip(images, truths, strict=True):
        wrong = draw.random(truth.shape) < errors
        first = np.where((truth == 0) ^ wrong, 0.9, 0.1).astype(np.float32)
        answered = mark(Answer(np.stack([first, 1 - first])), truth, question)
        parts = (answered,)
        if protocol == "ws":
            parts = (answered, Seams(np.array([[50, 10], [100, 5]]), answered.counts))
        if protocol == "tq":
            parts = (made_queries(draw),)
        write_record(record_path(place, "made", name), parts)
    return place


def made_queries(draw):
    return Queries(
        found=draw.integers(1, 9, (2, len(KINDS), 3)),
        scores=draw.random((2, len(KINDS))).astype(np.float32),
        present=np.array([True, True]),
        absent=np.tile([100, 7], (40, 1)),
        absent_scores=draw.random(40).astype(np.float32),
    )


@pytest.fixture
def runs(tmp_path):
    for protocol in ("ov-a", "ov-b", "xd", "ws", "tq"):
        write_run(tmp_path / "runs", protocol=protocol)
        write_run(tmp_path / "runs", protocol=protocol, contestant="other", errors=0.4, seed=1)
    return tmp_path / "runs"


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href", "data", "srcset")]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_loads_nothing_and_shows_names_as_text(runs, tmp_path):
    write_report(runs, tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text()
    page = Page()
    page.feed(text)

    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"url\(\s*['\"]?(?!#)|@import|<!ENTITY|\.dtd", text)
    assert page.tags.count("svg") == 9
    assert any(NASTY in shown for shown in page.text)
    assert "<img" not in text


def test_the_table_holds_the_numbers_of_the_records(runs, tmp_path):
    write_report(runs, tmp_path / "report")
    with (tmp_path / "report" / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["protocol"], row["contestant"], row["class"], row["measure"]): row for row in rows}
    counts = sum(one.counts for one in read_results(runs / "ov-a" / "tester").sets[0].answered)
    hits = np.diag(counts)
    iou = hits / (counts.sum(0) + counts.sum(1) - hits)

    told = found["ov-a", "tester", "", "miou"]
    assert float(told["value"]) == pytest.approx(iou.mean(), abs=1e-6)
    assert float(told["low"]) < float(told["value"]) < float(told["high"])
    assert float(found["ov-a", "tester", NASTY, "iou"]["value"]) == pytest.approx(iou[0], abs=1e-6)
    assert float(found["ov-a", "tester", "", "seen"]["value"]) == pytest.approx(iou[0], abs=1e-6)
    assert float(found["ov-a", "tester", "", "unseen"]["value"]) == pytest.approx(iou[1], abs=1e-6)
    harmonic = 2 * iou[0] * iou[1] / iou.sum()
    assert float(found["ov-a", "tester", "", "harmonic"]["value"]) == pytest.approx(harmonic, abs=1e-6)
    assert float(found["ov-a", "tester", "", "head"]["value"]) == pytest.approx(iou[0], abs=1e-6)
    assert float(found["ov-a", "tester", "", "tail"]["value"]) == pytest.approx(iou[1], abs=1e-6)
    right = hits.sum() / counts.sum()
    assert float(found["ov-a", "tester", "", "accuracy"]["value"]) == pytest.approx(right, abs=1e-6)
    error = float(found["ov-a", "tester", "", "calibration-error"]["value"])
    assert error == pytest.approx(abs(0.9 - right), abs=1e-6)
    brier = 2 * (right * 0.1**2 + (1 - right) * 0.9**2)
    assert float(found["ov-a", "tester", "", "brier"]["value"]) == pytest.approx(brier, abs=1e-5)
    assert float(found["ws", "tester", "", "seams-differ"]["value"]) == 0.2
    assert float(found["ws", "tester", "", "elsewhere-differ"]["value"]) == 0.05
    assert float(found["tq", "tester", "", "false-area"]["value"]) == 0.07


def test_queries_are_scored_phrase_by_phrase(runs):
    one = read_results(runs / "tq" / "tester").sets[0]
    hits, alarms, misses = np.moveaxis(sum(each.found for each in one.queries), -1, 0)

    found = query_scores(one)

    np.testing.assert_allclose(found.found, hits / (hits + alarms + misses))
    assert found.classes[1].worst == pytest.approx(found.found[1].min())
    assert found.together.mean == pytest.approx(found.found.mean())


def test_reports_of_the_same_runs_are_the_same_bytes(runs, tmp_path):
    first, second = (write_report(runs, tmp_path / name) for name in ("one", "two"))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_markdown_has_a_table_for_everything_that_was_asked_for(runs, tmp_path):
    write_report(runs, tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text()

    for title in (
        "mIoU by data set", "Seen and unseen classes", "mIoU by gap", "Seams", "Words", "Worst prompts",
        "Frequent and rare classes", "Calibration and presence", "Classes of made", "Kinds of paraphrases",
    ):  # fmt: skip
        assert f"### {title}" in text
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert all(len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1 for table in tables)


def test_a_comparison_marks_what_other_scenes_would_not_turn_round(tmp_path):
    better, worse = (
        write_run(tmp_path, contestant=name, errors=errors, seed=seed)
        for name, errors, seed in (("better", 0.1, 1), ("worse", 0.4, 2))
    )
    twin = write_run(tmp_path, contestant="twin", errors=0.1, seed=1)

    plain, same = compare_runs(worse, better), compare_runs(better, twin)

    assert plain.rows[0][:2] == ("made", "mIoU")
    assert float(plain.rows[0][3]) - float(plain.rows[0][2]) == pytest.approx(
        float(plain.rows[0][4].split()[0]), abs=2e-3
    )
    assert plain.rows[0][4].startswith("+")
    assert plain.rows[0][4].endswith("*")
    assert {row[4] for row in same.rows} == {"+0.000 [+0.000, +0.000]"}
    assert [row[1] for row in plain.rows][-2:] == [f"IoU {NASTY}", "IoU tree cover"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol": "xd"}, r"were run on another protocol; run both with the same PROTOCOL"),
        ({"index": "2"}, r"were run on another benchmark; run both"),
        ({"pictures": 4}, r"were run on another pictures; run both"),
    ],
)
def test_runs_that_are_not_alike_are_not_compared(tmp_path, change, message):
    one, other = write_run(tmp_path), write_run(tmp_path, contestant="other", **change)

    with pytest.raises(OptionError, match=message):
        compare_runs(one, other)


def test_single_phrases_are_not_compared_class_by_class(tmp_path):
    one, other = (write_run(tmp_path, protocol="tq", contestant=name) for name in "ab")

    with pytest.raises(OptionError, match=r"see them with: sovs-map benchmark report"):
        compare_runs(one, other)


def test_folders_without_runs_are_refused_with_what_to_type(tmp_path):
    with pytest.raises(DataSetError, match=r"holds no run; make one: sovs-map benchmark run"):
        find_runs(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(DataSetError, match=r"holds no run .*name a folder such as runs/ov-a/physics"):
        read_results(tmp_path)


def test_the_commands_run_report_and_compare(tmp_path):
    place, runner = make_benchmark(tmp_path), CliRunner()
    where = ["--data", str(place.benchmark), "--folder", str(place.folder), "-o", str(tmp_path / "runs"), "-q"]
    folders = []
    for model in ("otsu-water", "physics"):
        done = runner.invoke(cli, ["benchmark", "run", "ov-a", "-m", model, *where], catch_exceptions=False)
        assert done.exit_code == 0
        folders.append(done.stdout.strip())

    report = runner.invoke(cli, ["benchmark", "report", str(tmp_path / "runs"), "-o", str(tmp_path / "report")])
    comparison = runner.invoke(cli, ["benchmark", "compare", *folders])

    assert report.stdout.split() == [
        str(tmp_path / "report" / name) for name in ("report.md", "scores.csv", "report.html")
    ]
    assert comparison.stdout.startswith("### physics against otsu-water, ov-a\n")
    wrong = runner.invoke(cli, ["benchmark", "run", "ov-x", *where])
    assert wrong.exit_code != 0
