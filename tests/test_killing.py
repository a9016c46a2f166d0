"""A run that is killed at any moment resumes to the bytes of an undisturbed one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_five_killed_runs_resume_to_the_same_bytes():
    script = Path(__file__).parents[1] / "benchmarks" / "kill.py"

    done = subprocess.run(
        [sys.executable, script, "--kills", "5", "--seed", "1", "--side", "500"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["different"] == []
    assert sum(facts["stages"].values()) == 5
