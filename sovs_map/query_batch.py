"""Queries of several scenes, as the command line asks for them."""

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
    from sovs_map.queries import QueryResult


def query_batch(
    arguments: Sequence[str],
    *,
    vocabulary: Vocabulary,
    threshold: float | None,
    output: Path,
    settings: MapSettings,
    dry_run: bool,
    as_json: bool,
    show_progress: bool,
) -> int:
    """Query scenes, print where the answers lie, return the exit code.

    Args:
        arguments: scenes, as the command line takes them.
        vocabulary: the phrases.
        threshold: least probability of polygons; None makes none.
        output: folder for all results.
        settings: of every scene.
        dry_run: print the plans and query nothing.
        as_json: print one JSON object a scene.
        show_progress: draw a bar on standard error.
    """
    from sovs_map.answers import file_stems  # noqa: PLC0415 - --help needs none of it
    from sovs_map.queries import check_threshold, plan_query, query_opened  # noqa: PLC0415

    bound_libraries()
    check_threshold(threshold)
    file_stems("SCENE", vocabulary)
    found = find_scenes(arguments)
    refuse_same_names(found.scenes, ending="…_probability")
    batch = Batch(found, vocabulary, settings, output, show_progress)
    plan = partial(plan_query, vocabulary=vocabulary, settings=settings)

    def work(turn: Turn) -> tuple[Window, ...]:
        result = query_opened(
            turn.scene, turn.model, vocabulary=vocabulary, threshold=threshold, settings=settings, plan=turn.plan,
            crew=turn.crew, output=output, on_progress=turn.on_progress,
        )  # fmt: skip
        _print_result(result, as_json=as_json)
        return result.broken

    return show_plans(batch, plan, as_json=as_json) if dry_run else work_through(batch, plan, work)


def _print_result(result: QueryResult, *, as_json: bool) -> None:
    if not as_json:
        for path in result.files:
            click.echo(str(path))
        return
    answers = [
        {
            "phrase": answer.phrase,
            "threshold": answer.threshold,
            "pixels": answer.pixels,
            "files": [str(path) for path in answer.files],
        }
        for answer in result.answers
    ]
    facts = {
        "scene": result.scene,
        "answers": answers,
        "seconds": round(result.seconds, 2),
        "megapixels_per_second": round(result.megapixels_per_second, 2),
    }
    click.echo(json.dumps(facts, ensure_ascii=False))
