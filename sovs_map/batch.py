"""Several scenes one after another: a bad one does not stop the rest."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.errors import OptionError
from sovs_map.outcome import Outcome, State, each_scene, exit_code, outcome_table, outcomes_as_csv
from sovs_map.outputs.finishing import write_finished_text
from sovs_map.plan import Plan, bound_gdal_cache
from sovs_map.publication import broken_sentence
from sovs_map.scene import Scene, SceneFiles, find_scenes, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window
from sovs_map.workplace import prepare_folder

if TYPE_CHECKING:
    from sovs_map.maps import MapResult
    from sovs_map.model import Model

LOG = logging.getLogger(__name__)

TABLE = "sovs-map_batch.csv"
"""What became of the scenes of the last batch into a folder."""


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
    """Map scenes one after another, print where the results lie, return the exit code.

    Args:
        arguments: files, folders, globs, ``@list.txt`` or ``-``, as the command line takes them.
        vocabulary: the classes of every scene.
        output: folder for all results.
        settings: of every scene.
        dry_run: print the plans and map nothing.
        as_json: print one JSON object a scene.
        show_progress: draw a bar on standard error.
    """
    from sovs_map.preparation import prepare_model  # noqa: PLC0415 - `info` needs none of it

    bound_gdal_cache()
    found = find_scenes(arguments)
    refuse_same_names(found.scenes, ending="labels")
    if dry_run:

        def plan(files: SceneFiles, _number: int) -> str:
            _print_plan(files, vocabulary=vocabulary, settings=settings, as_json=as_json)
            return ""

        return conclude(each_scene(found, plan), folder=None)
    if not found.scenes:
        return conclude(each_scene(found, nothing), folder=output)
    model = prepare_model(vocabulary, settings)
    with hire(settings) as crew:

        def act(files: SceneFiles, number: int) -> str:
            bar = show_progress and f"{number}/{len(found.scenes)} {files.name}"
            result = _map_one(files, model, crew, vocabulary=vocabulary, output=output, settings=settings, bar=bar)
            _print_result(result, as_json=as_json)
            return gaps(result.scene, result.broken)

        return conclude(each_scene(found, act, at_once=crew.scenes, dismiss=crew.dismiss), folder=output)


def nothing(_files: SceneFiles, _number: int) -> str:
    """Do nothing with a scene."""
    return ""


def gaps(scene: str, broken: Sequence[Window]) -> str:
    """Return in words what could not be read of a scene, empty when all could."""
    return f"{scene}: {broken_sentence(broken)}" if broken else ""


def conclude(outcomes: Sequence[Outcome], *, folder: Path | None) -> int:
    """Say what became of the scenes of a batch, in a table beside the results too, and return the exit code.

    Args:
        outcomes: of the scenes.
        folder: where the table goes; None writes none.
    """
    if len(outcomes) > 1 and (folder is not None or exit_code(outcomes)):
        click.echo(outcome_table(outcomes), err=True)
        if folder is not None:
            prepare_folder(folder)
            write_finished_text(folder / TABLE, outcomes_as_csv(outcomes))
    elif outcomes and outcomes[0].state is State.GAPS:
        click.echo(outcomes[0].reason, err=True)
    return exit_code(outcomes)


def _map_one(
    files: SceneFiles,
    model: Model,
    crew: Crew,
    *,
    vocabulary: Vocabulary,
    output: Path,
    settings: MapSettings,
    bar: str | bool,
) -> MapResult:
    from sovs_map.maps import map_opened  # noqa: PLC0415 - `info` needs none of it
    from sovs_map.preparation import plan_map  # noqa: PLC0415

    scene = open_remarked(files, settings)
    plan = plan_map(scene, vocabulary, settings)
    LOG.info("%s: %s", scene.name, plan.sentence)
    with progress_bar(plan, title=bar) as on_progress:
        return map_opened(
            scene,
            model,
            vocabulary=vocabulary,
            settings=settings,
            plan=plan,
            crew=crew,
            output=output,
            on_progress=on_progress,
        )


def open_remarked(files: SceneFiles, settings: MapSettings) -> Scene:
    """Open a scene and log what it was taken for.

    Raises:
        SceneError: it cannot be used.
    """
    scene = open_scene(files, bands=settings.bands, scale=settings.scale, on_error=settings.on_error)
    for remark in scene.remarks:
        LOG.info("%s: %s", scene.name, remark)
    return scene


@contextmanager
def progress_bar(plan: Plan, *, title: str | bool) -> Iterator[Callable[[int, int, int], None]]:
    """Give a function that a run calls after each chunk, and draw a bar of this title on standard error, if any."""
    with tqdm(
        total=plan.pixels / 1e6, unit="Mpx", desc=str(title), file=sys.stderr, disable=not title, unit_scale=True
    ) as progress:

        def advance(_done: int, _total: int, pixels: int) -> None:
            progress.update(pixels / 1e6)

        yield advance


def refuse_same_names(scenes: Sequence[SceneFiles], *, ending: str) -> None:
    """Refuse scenes whose results would have the same names.

    Raises:
        OptionError: two of them do.
    """
    seen: dict[str, str] = {}
    for files in scenes:
        if files.name in seen:
            raise OptionError(
                f"{files.label} and {seen[files.name]} would both write {files.name}_{ending}.tif; map them with another "
                "-o each"
            )
        seen[files.name] = files.label


def _print_plan(files: SceneFiles, *, vocabulary: Vocabulary, settings: MapSettings, as_json: bool) -> None:
    from sovs_map.preparation import plan_map  # noqa: PLC0415 - `info` needs none of it

    scene = open_scene(files, bands=settings.bands, scale=settings.scale, on_error=settings.on_error)
    print_plan(scene, plan_map(scene, vocabulary, settings), as_json=as_json)


def print_plan(scene: Scene, plan: Plan, *, as_json: bool) -> None:
    """Print what would be done with a scene."""
    if as_json:
        click.echo(json.dumps({"scene": scene.name, "plan": asdict(plan)}))
        return
    click.echo("\n".join((f"{scene.name}:", *(f"  {remark}" for remark in scene.remarks), f"  {plan.sentence}")))


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
