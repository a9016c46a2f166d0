"""Maps of several scenes, as the command line asks for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sovs_map.batch import Batch, Turn, refuse_same_names, show_plans, work_through
from sovs_map.plan import bound_libraries
from sovs_map.scene import find_scenes
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

if TYPE_CHECKING:
    from sovs_map.maps import MapResult


def map_batch(
    arguments: Sequence[str],
    *,
    vocabulary: Vocabulary,
    output: Path,
    settings: MapSettings,
    dry_run: bool,
    as_json: bool,
    show_progress: bool,
) -> int:
    """Map scenes, print where the results lie, return the exit code.

    Args:
        arguments: scenes, as the command line takes them.
        vocabulary: the classes of every scene.
        output: folder for all results.
        settings: of every scene.
        dry_run: print the plans and map nothing.
        as_json: print one JSON object a scene.
        show_progress: draw a bar on standard error.
    """
    from sovs_map.maps import map_opened  # noqa: PLC0415 - --help needs none of it
    from sovs_map.preparation import plan_map  # noqa: PLC0415

    bound_libraries()
    found = find_scenes(arguments)
    refuse_same_names(found.scenes, ending="labels")
    batch = Batch(found, vocabulary, settings, output, show_progress)
    plan = partial(plan_map, vocabulary=vocabulary, settings=settings)

    def work(turn: Turn) -> tuple[Window, ...]:
        result = map_opened(
            turn.scene, turn.model, vocabulary=vocabulary, settings=settings, plan=turn.plan, crew=turn.crew,
            output=output, on_progress=turn.on_progress,
        )  # fmt: skip
        _print_result(result, as_json=as_json)
        return result.broken

    return show_plans(batch, plan, as_json=as_json) if dry_run else work_through(batch, plan, work)


def _print_result(result: MapResult, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "scene": result.scene,
            "files": [str(path) for path in result.files],
            "pixels": dict(result.areas),
            "seconds": round(result.seconds, 2),
            "megapixels_per_second": round(result.megapixels_per_second, 2),
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for path in result.files:
        click.echo(str(path))
