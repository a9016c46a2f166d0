"""A query of several scenes one after another: a bad one does not stop the rest."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sovs_map.batch import conclude, gaps, nothing, open_remarked, print_plan, progress_bar, refuse_same_names
from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.outcome import each_scene
from sovs_map.plan import bound_gdal_cache
from sovs_map.scene import Scene, SceneFiles, find_scenes
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sovs_map.model import Model
    from sovs_map.queries import QueryResult

LOG = logging.getLogger(__name__)


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
    """Query scenes one after another, print where the answers lie, return the exit code.

    Args:
        arguments: files, folders, globs, ``@list.txt`` or ``-``, as the command line takes them.
        vocabulary: the phrases.
        threshold: least probability of polygons; None makes none.
        output: folder for all results.
        settings: of every scene.
        dry_run: print the plans and query nothing.
        as_json: print one JSON object a scene.
        show_progress: draw a bar on standard error.
    """
    from sovs_map.answers import file_stems  # noqa: PLC0415 - --help needs none of it
    from sovs_map.preparation import prepare_model  # noqa: PLC0415
    from sovs_map.queries import check_threshold, plan_query  # noqa: PLC0415

    bound_gdal_cache()
    check_threshold(threshold)
    file_stems("SCENE", vocabulary)
    found = find_scenes(arguments)
    refuse_same_names(found.scenes, ending="…_probability")
    if dry_run:

        def plan(files: SceneFiles, _number: int) -> str:
            scene = open_remarked(files, settings)
            print_plan(scene, plan_query(scene, vocabulary, settings), as_json=as_json)
            return ""

        return conclude(each_scene(found, plan), folder=None)
    if not found.scenes:
        return conclude(each_scene(found, nothing), folder=output)
    model = prepare_model(vocabulary, settings)
    with hire(settings) as crew:

        def act(files: SceneFiles, number: int) -> str:
            scene = open_remarked(files, settings)
            bar = show_progress and f"{number}/{len(found.scenes)} {files.name}"
            result = _query_one(
                scene,
                model,
                crew,
                vocabulary=vocabulary,
                threshold=threshold,
                output=output,
                settings=settings,
                bar=bar,
            )
            _print_result(result, as_json=as_json)
            return gaps(result.scene, result.broken)

        return conclude(each_scene(found, act, at_once=crew.scenes, dismiss=crew.dismiss), folder=output)


def _query_one(
    scene: Scene,
    model: Model,
    crew: Crew,
    *,
    vocabulary: Vocabulary,
    threshold: float | None,
    output: Path,
    settings: MapSettings,
    bar: str | bool,
) -> QueryResult:
    from sovs_map.queries import plan_query, query_opened  # noqa: PLC0415 - --help needs none of it

    plan = plan_query(scene, vocabulary, settings)
    LOG.info("%s: %s", scene.name, plan.sentence)
    with progress_bar(plan, title=bar) as on_progress:
        return query_opened(
            scene,
            model,
            vocabulary=vocabulary,
            threshold=threshold,
            settings=settings,
            plan=plan,
            crew=crew,
            output=output,
            on_progress=on_progress,
        )


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
