"""Several scenes one after another: a bad one does not stop the rest."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from tqdm import tqdm

from sovs_map.errors import Interrupted, OptionError, SovsMapError
from sovs_map.maps import MapResult, map_opened, plan_map, prepare_model
from sovs_map.plan import bound_gdal_cache
from sovs_map.scene import find_scenes, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
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
    bound_gdal_cache()
    scenes = find_scenes(arguments)
    _refuse_same_names(scenes)
    model = None if dry_run else prepare_model(vocabulary, settings)
    errors: list[SovsMapError] = []
    for number, files in enumerate(scenes, start=1):
        try:
            if model is None:
                _print_plan(files, vocabulary=vocabulary, settings=settings, as_json=as_json)
            else:
                bar = show_progress and f"{number}/{len(scenes)} {Path(files[0]).name}"
                result = _map_one(files, model, vocabulary=vocabulary, output=output, settings=settings, bar=bar)
                _print_result(result, as_json=as_json)
        except Interrupted:
            raise
        except SovsMapError as error:
            errors.append(error)
            click.echo(f"Error: {error}", err=True)
    if not errors:
        return 0
    if len(scenes) == 1:
        return errors[0].exit_code
    click.echo(f"{len(errors)} of {len(scenes)} scenes failed; the others are done.", err=True)
    return SOME_FAILED


def _map_one(
    files: tuple[str, ...],
    model: Model,
    *,
    vocabulary: Vocabulary,
    output: Path,
    settings: MapSettings,
    bar: str | bool,
) -> MapResult:
    scene = open_scene(files, bands=settings.bands, scale=settings.scale)
    for remark in scene.remarks:
        LOG.info("%s: %s", scene.name, remark)
    plan = plan_map(scene, vocabulary, settings)
    LOG.info("%s: %s", scene.name, plan.sentence)
    with tqdm(
        total=scene.height * scene.width / 1e6,
        unit="Mpx",
        desc=str(bar),
        file=sys.stderr,
        disable=not bar,
        unit_scale=True,
    ) as progress:
        return map_opened(
            scene,
            model,
            vocabulary=vocabulary,
            settings=settings,
            plan=plan,
            output=output,
            on_progress=lambda _done, _total, pixels: _advance(progress, pixels),
        )


def _advance(bar: tqdm[NoReturn], pixels: int) -> None:
    bar.update(pixels / 1e6)


def _refuse_same_names(scenes: Sequence[tuple[str, ...]]) -> None:
    seen: dict[str, str] = {}
    for files in scenes:
        stem = Path(files[0]).stem
        if stem in seen:
            raise OptionError(
                f"{files[0]} and {seen[stem]} would both write {stem}_labels.tif; map them with another -o each"
            )
        seen[stem] = files[0]


def _print_plan(files: tuple[str, ...], *, vocabulary: Vocabulary, settings: MapSettings, as_json: bool) -> None:
    scene = open_scene(files, bands=settings.bands, scale=settings.scale)
    plan = plan_map(scene, vocabulary, settings)
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
