"""The process that tries cases, one after the other; it may be killed at any time."""

from __future__ import annotations

import json
import resource
import shutil
import sys
import traceback
import warnings
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np

from fuzzing.case import Case, UndefinedError, WrongError
from sovs_map.errors import SovsMapError

MEMORY = 8 << 30
"""Address space of the process [bytes]; torch and GDAL map two gigabytes before anything is read."""


class Family(Protocol):
    """How inputs of one kind are made and tried."""

    __name__: str

    def make(self, folder: Path, draw: np.random.Generator) -> Case:
        """Return a damaged input, its files in a folder."""

    def check(self, case: Case) -> None:
        """Read it, and raise `WrongError` when what was accepted isn't what it says."""


def work(family: Family, seed: int, folder: Path) -> None:
    """Try the cases whose numbers come on standard input, and write what came of each as a line of JSON.

    Each is made, told about, and tried when another line comes, so that the time it takes can be measured.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    for line in iter(sys.stdin.readline, ""):
        number = int(line)
        inside = folder / str(number)
        inside.mkdir(parents=True, exist_ok=True)
        case = family.make(inside, np.random.default_rng([seed, zlib.crc32(family.__name__.encode()), number]))
        print(json.dumps({"mutation": case.mutation}), flush=True)
        sys.stdin.readline()
        kind, detail = _tried(family, case)
        print(json.dumps({"kind": kind, "detail": detail}), flush=True)
        shutil.rmtree(inside, ignore_errors=True)


def _tried(family: Family, case: Case) -> tuple[str, str]:
    try:
        family.check(case)
    except SovsMapError as error:
        return "error", str(error)
    except UndefinedError as error:
        return "undefined", str(error)
    except WrongError as error:
        return "WRONG", str(error)
    except Exception as error:  # noqa: BLE001 - finding those is what this is for
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{frame.name} {Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-6:-1])
        return "TRACEBACK", f"{type(error).__name__}: {str(error)[:150]} ({where})"
    return "ok", ""
