"""Broken and hostile inputs to every reader: each must work or fail with a clear error, in bounded time and memory.

usage: python benchmarks/fuzz.py [--family NAME] [--cases 500] [--seed 0] [--only NUMBER]

A case is made again from its family, seed and number. One JSON line a family tells what came of its cases, one line each
tells those that are bad: TRACEBACK (an error that isn't ours), WRONG (accepted, and not what the file says), HANG (over
the limit), CRASH (the process died). The exit status is 1 if there is any. Undefined are blocks of which GDAL reads other
numbers each time, without an error: libtiff takes a damaged deflate stream that holds too much, whose tail is not written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

from fuzzing.supervision import Outcome, supervise
from fuzzing.work import work

FAMILIES = ("rasters", "vocabularies", "bundles", "aois")

BAD = ("TRACEBACK", "WRONG", "HANG", "CRASH")


def main() -> None:
    """Try all cases of all families, or of one."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--family", choices=FAMILIES, action="append", help="may be given several times; default: all")
    ask.add_argument("--cases", type=int, default=500)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--only", type=int, help="the number of one case")
    ask.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    asked = ask.parse_args()
    if asked.work:
        work(import_module(f"fuzzing.{asked.family[0]}"), asked.seed, asked.work)
        return
    numbers = range(asked.cases) if asked.only is None else [asked.only]
    bad = 0
    for family in asked.family or FAMILIES:
        command = [sys.executable, __file__, "--family", family, "--seed", str(asked.seed), "--work"]
        outcomes = supervise(command, numbers)
        bad += report(family, asked.seed, outcomes)
    sys.exit(1 if bad else 0)


def report(family: str, seed: int, outcomes: list[Outcome]) -> int:
    """Print what came of the cases of a family, and return how many are bad."""
    counts = Counter(outcome.kind for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    summary = {"family": family, "seed": seed, "cases": len(outcomes), **counts}
    print(json.dumps(summary | {"slowest": slowest.number, "seconds": round(slowest.seconds, 1)}), flush=True)
    wrong = [outcome for outcome in outcomes if outcome.kind in BAD]
    for one in wrong:
        print(
            f"{one.kind} {family} seed {seed} case {one.number}: {one.mutation[:200]}: {one.detail[:400]}", flush=True
        )
    return len(wrong)


if __name__ == "__main__":
    main()
