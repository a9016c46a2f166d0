"""A process that tries cases is kept warm, and started anew when it hangs or dies."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LIMIT_S = 20.0
"""A case that takes longer hangs [s]."""

START_S = 120.0
"""Time for the imports of a new process, on top of its first case [s]."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case."""

    number: int
    """Which case."""

    kind: str
    """ok, error (a clear one), undefined (GDAL contradicts itself), TRACEBACK, WRONG, HANG or CRASH."""

    mutation: str
    """What was done to the input."""

    detail: str
    """The message."""

    seconds: float
    """How long it took, without making it [s]."""


def supervise(command: list[str], numbers: Iterable[int]) -> list[Outcome]:
    """Try cases in processes of a command, which gets a folder as its last argument and numbers on standard input."""
    outcomes: list[Outcome] = []
    process: subprocess.Popen[bytes] | None = None
    with TemporaryDirectory(prefix="sovs-map-fuzz-") as folder:
        for number in numbers:
            if process is None:
                process = _start([*command, folder], Path(folder) / "errors.txt")
            outcomes.append(_outcome(process, number))
            if outcomes[-1].kind in {"HANG", "CRASH"}:
                _end(process)
                process = None
        if process is not None:
            _end(process)
    return outcomes


def _start(command: list[str], errors: Path) -> subprocess.Popen[bytes]:
    with errors.open("ab") as file:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, bufsize=0)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _outcome(process: subprocess.Popen[bytes], number: int) -> Outcome:
    assert process.stdin  # noqa: S101 - it is a pipe
    process.stdin.write(f"{number}\n".encode())
    made = _line(process, START_S)
    if made is None:
        return Outcome(number, "CRASH", "the case cannot be made", f"status {process.poll()}", 0.0)
    mutation, started = str(json.loads(made)["mutation"]), time.monotonic()
    process.stdin.write(b"\n")
    said = _line(process, LIMIT_S)
    seconds = time.monotonic() - started
    if said is not None:
        found = json.loads(said)
        return Outcome(number, found["kind"], mutation, found["detail"], seconds)
    if seconds >= LIMIT_S:
        return Outcome(number, "HANG", mutation, f"no answer in {LIMIT_S:.0f} s", seconds)
    return Outcome(number, "CRASH", mutation, f"status {process.wait()}", seconds)


def _line(process: subprocess.Popen[bytes], limit_s: float) -> bytes | None:
    """Return the next line of a process, None when there is none in time or it has ended."""
    assert process.stdout  # noqa: S101 - it is a pipe
    line, deadline = b"", time.monotonic() + limit_s
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            return None
        piece = os.read(process.stdout.fileno(), 1 << 16)
        if not piece:
            return None
        line += piece
    return line
