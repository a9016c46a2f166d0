"""The examples run, small; what the README tells to type exists."""

import re
import subprocess
import sys
from pathlib import Path

import rasterio

from sovs_map.cli.benchmark.build import build_command
from sovs_map.cli.benchmark.run import run_command
from sovs_map.cli.classes import classes_command
from sovs_map.cli.embed import embed_command
from sovs_map.cli.map import map_command
from sovs_map.cli.query import query_command
from sovs_map.cli.train import train_command
from sovs_map.cli.view import view_command

ROOT = Path(__file__).parents[1]


def run(*arguments):
    return subprocess.run([sys.executable, *map(str, arguments)], check=True, capture_output=True, text=True, cwd=ROOT)


def test_the_demonstration_makes_maps_and_scores_a_scene(tmp_path):
    done = run("examples/demo.py", "--output", tmp_path, "--side", 1024)

    assert re.search(r"mean\s+IoU 0\.\d+ against the truth", done.stdout)
    for name in ("scene_labels.tif", "scene_confidence.tif", "scene_truth.tif"):
        with rasterio.open(tmp_path / name) as source:
            assert source.shape == (1024, 1024)


def test_the_python_example_prints_the_share_of_each_class(tmp_path):
    run("examples/demo.py", "--output", tmp_path, "--side", 512)

    done = run("examples/python_api.py", tmp_path / "scene.tif", tmp_path / "maps")

    shares = [
        float(share) for share in re.findall(r"^(?:water|woods|fields|town)\s+(\d+\.\d)%", done.stdout, re.MULTILINE)
    ]
    assert len(shares) == 4
    assert 99 < sum(shares) < 101


def test_every_option_that_the_readme_names_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"--[a-z][a-z-]+", readme)) - {"--help", "--nproc-per-node"}  # the latter is of torchrun
    options = {
        option
        for command in (
            map_command,
            query_command,
            embed_command,
            view_command,
            classes_command,
            train_command,
            build_command,
            run_command,
        )
        for parameter in command.params
        for option in parameter.opts
    }

    assert named
    assert named <= options


def test_make_has_the_targets_of_the_readme():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")):
        if target != "and":
            assert f"\n{target}:" in makefile
