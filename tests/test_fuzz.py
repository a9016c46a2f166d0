"""Broken and hostile inputs: a few of each family, the same in every run; benchmarks/fuzz.py tries hundreds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("family", ["rasters", "vocabularies", "bundles", "aois"])
def test_broken_input_works_or_gets_a_clear_error(family):
    command = [sys.executable, ROOT / "benchmarks" / "fuzz.py", "--family", family, "--cases", "25", "--seed", "1"]
    here = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    done = subprocess.run(command, check=False, capture_output=True, text=True, env=here)

    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout)
    assert summary["cases"] == 25
    assert summary["error"] > 0
