"""What became of the scenes of a batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import click

from sovs_map.errors import AlreadyDoneError, Interrupted, SovsMapError
from sovs_map.scene import Found, SceneFiles

SOME_FAILED = 3
"""Exit code when a batch went through but not all its scenes did, or not all their blocks could be read."""


class State(StrEnum):
    """How a scene ended."""

    DONE = "done"
    BEFORE = "done before"
    """An earlier run has answered the same question."""

    GAPS = "done with gaps"
    """Blocks of it could not be read."""

    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scene."""

    scene: str
    """Its files, or the word of the command line that led to none."""

    state: State
    """How it ended."""

    reason: str
    """Why it failed, or what could not be read; empty otherwise."""

    exit_code: int
    """Of this scene alone."""


def nobody() -> None:
    """Dismiss nobody: a scene that is worked on alone ends by itself."""


Act = Callable[[SceneFiles, int], str]
"""Called with the files of a scene and its number from 1; returns what could not be read of it, empty if all could."""


def each_scene(
    found: Found, act: Act, *, at_once: int = 1, dismiss: Callable[[], None] = nobody
) -> tuple[Outcome, ...]:
    """Do something with every scene, and return what became of them: a bad one does not stop the rest.

    Args:
        found: the scenes, and what is wrong with the arguments that name none; these count as scenes that failed.
        act: what is done.
        at_once: scenes that are worked on at once.
        dismiss: called when the user stops the run, to make those under way end.

    Raises:
        Interrupted: the user stopped the run.
    """
    missing = [_failed("", error) for error in found.errors]
    alone = len(found.scenes) + len(missing) == 1
    numbered = [(files, number) for number, files in enumerate(found.scenes, start=1)]
    if at_once == 1:
        return (*missing, *(_outcome(act, files, number, alone=alone) for files, number in numbered))
    with ThreadPoolExecutor(at_once, thread_name_prefix="scene") as pool:
        waiting = [pool.submit(_outcome, act, files, number, alone=alone) for files, number in numbered]
        try:
            return (*missing, *(one.result() for one in waiting))
        except KeyboardInterrupt as error:
            pool.shutdown(wait=False, cancel_futures=True)
            dismiss()
            raise Interrupted("interrupted; the same command resumes") from error


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return the exit code of a batch: a scene alone keeps its own."""
    if len(outcomes) == 1:
        return outcomes[0].exit_code
    return SOME_FAILED if any(outcome.state in (State.GAPS, State.FAILED) for outcome in outcomes) else 0


def outcome_table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes of a batch in lines: how many of each kind, and each that did not simply succeed."""
    counts = {state: sum(outcome.state is state for outcome in outcomes) for state in State}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "nothing to do"
    lines = [f"{counts[State.FAILED]} of {len(outcomes)} scenes failed: {told}"]
    lines += [f"  {outcome.state}: {outcome.reason}" for outcome in outcomes if outcome.reason]
    return "\n".join(lines)


def outcomes_as_csv(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes of a batch as a table that spreadsheets read."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("scene", "state", "exit_code", "reason"))
    table.writerows((one.scene, one.state, one.exit_code, one.reason) for one in outcomes)
    return text.getvalue()


def _outcome(act: Act, files: SceneFiles, number: int, *, alone: bool) -> Outcome:
    scene = files.label
    try:
        gaps = act(files, number)
    except Interrupted:
        raise
    except AlreadyDoneError as error:
        if alone:
            click.echo(f"Error: {error}", err=True)
        return Outcome(scene, State.BEFORE, "", error.exit_code)
    except SovsMapError as error:
        return _failed(scene, error)
    return Outcome(scene, State.GAPS, gaps, SOME_FAILED) if gaps else Outcome(scene, State.DONE, "", 0)


def _failed(scene: str, error: SovsMapError) -> Outcome:
    click.echo(f"Error: {error}", err=True)
    return Outcome(scene, State.FAILED, str(error), error.exit_code)
