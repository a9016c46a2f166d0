"""Several scenes, one after another or together: a bad one does not stop the rest."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.errors import OptionError
from sovs_map.outcome import Outcome, State, each_scene, exit_code, outcome_table, outcomes_as_csv
from sovs_map.outputs.finishing import write_finished_text
from sovs_map.plan import Plan
from sovs_map.progress_bar import progress_bar
from sovs_map.publication import broken_sentence
from sovs_map.run import Progress
from sovs_map.scene import Found, Scene, SceneFiles, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window
from sovs_map.workplace import prepare_folder

if TYPE_CHECKING:
    from sovs_map.model import Model

LOG = logging.getLogger(__name__)

TABLE = "sovs-map_batch.csv"
"""What became of the scenes of the last batch into a folder."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Scenes, and what is asked of each of them."""

    found: Found
    """The scenes, and what is wrong with the words that led to none."""

    vocabulary: Vocabulary
    """Classes or phrases."""

    settings: MapSettings
    """Of every scene."""

    output: Path
    """Folder for all results."""

    show_progress: bool
    """Whether a bar a scene is drawn on standard error."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One scene's turn: everything that is ready when it comes."""

    scene: Scene
    """Opened."""

    model: Model
    """With the words of the vocabulary."""

    plan: Plan
    """For the scene."""

    crew: Crew
    """Who works on its chunks."""

    on_progress: Progress
    """To be called after each chunk."""


MakePlan = Callable[[Scene], Plan]
"""Plans a scene."""

Work = Callable[[Turn], tuple[Window, ...]]
"""Works on a scene, prints what came of it, and returns the windows that could not be read."""


def show_plans(batch: Batch, plan: MakePlan, *, as_json: bool) -> int:
    """Print what would be done with every scene, and return the exit code."""

    def act(files: SceneFiles, _number: int) -> str:
        scene = _open(files, batch.settings)
        _print_plan(scene, plan(scene), as_json=as_json)
        return ""

    return conclude(each_scene(batch.found, act), folder=None)


def work_through(batch: Batch, plan: MakePlan, work: Work) -> int:
    """Work on every scene, and return the exit code."""
    from sovs_map.preparation import prepare_model  # noqa: PLC0415 - torch is loaded when a model is

    if not batch.found.scenes:
        return conclude(each_scene(batch.found, _nothing), folder=batch.output)
    model = prepare_model(batch.vocabulary, batch.settings)
    with hire(batch.settings) as crew:

        def act(files: SceneFiles, number: int) -> str:
            scene = _open(files, batch.settings)
            planned = plan(scene)
            LOG.info("%s: %s", scene.name, planned.sentence)
            title = f"{number}/{len(batch.found.scenes)} {scene.name}" if batch.show_progress else None
            with progress_bar(planned.pixels, title=title) as on_progress:
                broken = work(Turn(scene, model, planned, crew, on_progress))
            return f"{scene.name}: {broken_sentence(broken)}" if broken else ""

        outcomes = each_scene(batch.found, act, at_once=crew.scenes, dismiss=crew.dismiss)
        return conclude(outcomes, folder=batch.output)


def _nothing(_files: SceneFiles, _number: int) -> str:
    return ""


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


def _open(files: SceneFiles, settings: MapSettings) -> Scene:
    """Open a scene and log what it was taken for."""
    scene = open_scene(files, bands=settings.bands, scale=settings.scale, on_error=settings.on_error)
    for remark in scene.remarks:
        LOG.info("%s: %s", scene.name, remark)
    return scene


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


def _print_plan(scene: Scene, plan: Plan, *, as_json: bool) -> None:
    """Print what would be done with a scene."""
    if as_json:
        click.echo(json.dumps({"scene": scene.name, "plan": asdict(plan)}))
        return
    click.echo("\n".join((f"{scene.name}:", *(f"  {remark}" for remark in scene.remarks), f"  {plan.sentence}")))
