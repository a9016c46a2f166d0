"""One scene embedded, as the command line asks for it."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

import click

from sovs_map.cluster import hire
from sovs_map.embedding import EmbedResult, embed_opened
from sovs_map.outcome import SOME_FAILED
from sovs_map.plan import bound_libraries
from sovs_map.preparation import plan_embedding, prepare_eye
from sovs_map.progress_bar import progress_bar
from sovs_map.publication import broken_sentence
from sovs_map.scene import open_scene
from sovs_map.scene.store import SUFFIX
from sovs_map.settings import MapSettings

LOG = logging.getLogger(__name__)


def embed_and_tell(
    scene: str, *, output: Path | None, settings: MapSettings, dry_run: bool, as_json: bool, show_progress: bool
) -> int:
    """Embed a scene, print where its store lies, return the exit code.

    Args:
        scene: as the command line takes it.
        output: folder of the store; None names it after the scene, in the working folder.
        settings: where and how the network runs.
        dry_run: print the plan and embed nothing.
        as_json: print a JSON object.
        show_progress: draw a bar on standard error.
    """
    bound_libraries()
    opened = open_scene(scene, bands=settings.bands, scale=settings.scale, on_error=settings.on_error)
    for remark in opened.remarks:
        LOG.info("%s: %s", opened.name, remark)
    plan = plan_embedding(opened, settings)
    if dry_run:
        click.echo(json.dumps({"scene": opened.name, "plan": asdict(plan)}) if as_json else plan.sentence)
        return 0
    LOG.info("%s: %s", opened.name, plan.sentence)
    title = opened.name if show_progress else None
    with hire(settings) as crew, progress_bar(plan.pixels, title=title) as on_progress:
        result = embed_opened(
            opened, prepare_eye(settings), settings=settings, plan=plan, crew=crew,
            output=output or Path(opened.name + SUFFIX), on_progress=on_progress,
        )  # fmt: skip
    _print(result, as_json=as_json)
    if not result.broken:
        return 0
    click.echo(f"{result.scene}: {broken_sentence(result.broken)}", err=True)
    return SOME_FAILED


def _print(result: EmbedResult, *, as_json: bool) -> None:
    facts = {
        "scene": result.scene,
        "store": str(result.path),
        "bytes": result.bytes,
        "seconds": round(result.seconds, 2),
        "megapixels_per_second": round(result.megapixels_per_second, 2),
    }
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else str(result.path))
