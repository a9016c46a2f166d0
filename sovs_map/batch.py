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

from sovs_map.errors import Interrupted, OptionError, SovsMapError
from sovs_map.plan import Plan, bound_gdal_cache
from sovs_map.scene import Found, Scene, SceneFiles, find_scenes, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sovs_map.maps import MapResult
    from sovs_map.segmenter import Model

LOG = logging.getLogger(__name__)

SOME_FAILED = 3
"""Exit code when a batch went through but not all its scenes did."""


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
    from sovs_map.maps import prepare_model  # noqa: PLC0415 - `info` needs none of it

    bound_gdal_cache()
    found = find_scenes(arguments)
    refuse_same_names(found.scenes, ending="labels")
    model = None if dry_run or not found.scenes else prepare_model(vocabulary, settings)

    def act(files: SceneFiles, number: int) -> None:
        if model is None:
            _print_plan(files, vocabulary=vocabulary, settings=settings, as_json=as_json)
            return
        bar = show_progress and f"{number}/{len(found.scenes)} {files.name}"
        result = _map_one(files, model, vocabulary=vocabulary, output=output, settings=settings, bar=bar)
        _print_result(result, as_json=as_json)

    return each_scene(found, act)


def each_scene(found: Found, act: Callable[[SceneFiles, int], None]) -> int:
    """Do something with one scene after another, say what goes wrong on standard error, return the exit code.

    Args:
        found: the scenes, and what is wrong with the arguments that name none; these count as scenes that failed.
        act: called with the files of a scene and its number from 1.
    """
    errors: list[SovsMapError] = [*found.errors]
    for error in errors:
        click.echo(f"Error: {error}", err=True)
    for number, files in enumerate(found.scenes, start=1):
        try:
            act(files, number)
        except Interrupted:
            raise
        except SovsMapError as error:
            errors.append(error)
            click.echo(f"Error: {error}", err=True)
    asked = len(found.scenes) + len(found.errors)
    if asked == 1 and errors:
        return errors[0].exit_code
    if errors:
        rest = "; the others are done" if len(errors) < asked else ""
        click.echo(f"{len(errors)} of {asked} scenes failed{rest}.", err=True)
    return SOME_FAILED if errors else 0


def _map_one(
    files: SceneFiles,
    model: Model,
    *,
    vocabulary: Vocabulary,
    output: Path,
    settings: MapSettings,
    bar: str | bool,
) -> MapResult:
    from sovs_map.maps import map_opened, plan_map  # noqa: PLC0415 - `info` needs none of it

    scene = open_remarked(files, settings)
    plan = plan_map(scene, vocabulary, settings)
    LOG.info("%s: %s", scene.name, plan.sentence)
    with progress_bar(scene, title=bar) as on_progress:
        return map_opened(
            scene,
            model,
            vocabulary=vocabulary,
            settings=settings,
            plan=plan,
            output=output,
            on_progress=on_progress,
        )


def open_remarked(files: SceneFiles, settings: MapSettings) -> Scene:
    """Open a scene and log what it was taken for.

    Raises:
        SceneError: it cannot be used.
    """
    scene = open_scene(files, bands=settings.bands, scale=settings.scale)
    for remark in scene.remarks:
        LOG.info("%s: %s", scene.name, remark)
    return scene


@contextmanager
def progress_bar(scene: Scene, *, title: str | bool) -> Iterator[Callable[[int, int, int], None]]:
    """Give a function that a run calls after each chunk, and draw a bar of this title on standard error, if any."""
    size = scene.height * scene.width / 1e6
    with tqdm(total=size, unit="Mpx", desc=str(title), file=sys.stderr, disable=not title, unit_scale=True) as progress:

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
    from sovs_map.maps import plan_map  # noqa: PLC0415 - `info` needs none of it

    scene = open_scene(files, bands=settings.bands, scale=settings.scale)
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
