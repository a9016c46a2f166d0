"""One scene and any phrases in, the probability of each phrase out."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.answering import answer_phrases
from sovs_map.answers import Answer, Inquiry, answer_files, file_stems, publish_answers
from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.errors import OptionError
from sovs_map.independence import Judgement
from sovs_map.journal import Question
from sovs_map.lock import sole_run
from sovs_map.plan import Plan, bound_libraries
from sovs_map.preparation import asked_question, plan_map, prepare_model, requested_files, scene_sight
from sovs_map.publishing import check_request
from sovs_map.run import Progress, Run
from sovs_map.scene import Scene, SceneFiles, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary, read_phrases
from sovs_map.window import Window
from sovs_map.workplace import prepare_folder, refuse_finished, remove_work, sweep

if TYPE_CHECKING:
    import xarray as xr

    from sovs_map.model import Model

LOG = logging.getLogger(__name__)

OF_MAPS = ("unknown", "scores", "bias", "class_threshold")
"""Settings that mean something only where classes compete."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Where the answers lie."""

    scene: str
    """Stem of the files."""

    answers: tuple[Answer, ...]
    """One a phrase, in the order of the call."""

    seconds: float
    """Wall time."""

    megapixels_per_second: float
    """Scene pixels over wall time, outputs included."""

    broken: tuple[Window, ...]
    """Windows that could not be read, and so are nodata; empty unless ``on_error`` is ``nodata``."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return everything that was written."""
        return tuple(path for answer in self.answers for path in answer.files)


def query_scene(
    scene: str | Path | Sequence[str | Path] | SceneFiles | xr.DataArray,
    phrases: str | Sequence[str] | Vocabulary,
    *,
    negatives: Sequence[str] = (),
    threshold: float | None = None,
    output: str | Path = ".",
    on_progress: Progress | None = None,
    **settings: object,
) -> QueryResult:
    """Answer each phrase with the probability that it is true of each pixel, whatever else is asked in the same call.

    The phrases do not compete: several may be probable at a pixel, or none. The same call resumes a run that was
    stopped.

    Args:
        scene: a raster, one file per polarisation, what `find_scenes` found, or a DataArray.
        phrases: one phrase, several, or ``"@vocabulary.toml"``; see `sovs_map.vocabulary.read_phrases`.
        negatives: what none of the phrases means; where such a phrase fits better, probabilities are lowered.
        threshold: polygons are made of pixels at or above this probability; None makes none.
        output: folder for the results.
        on_progress: called after each chunk.
        settings: fields of `MapSettings` but those that only a competition of classes has.

    Raises:
        SovsMapError: anything that the user can mend; see `sovs_map.errors` for the kinds.
    """
    bound_libraries()
    if surplus := [name for name in OF_MAPS if name in settings]:
        raise OptionError(
            f"{surplus[0]} was given to a query, whose phrases do not compete; leave it away, and use threshold=0.5 "
            "for polygons"
        )
    asked = MapSettings(**settings)  # type: ignore[arg-type]
    check_threshold(threshold)
    vocabulary = read_phrases(phrases, negatives=negatives)
    opened = open_scene(scene, bands=asked.bands, scale=asked.scale, on_error=asked.on_error)
    for remark in opened.remarks:
        LOG.info("%s: %s", opened.name, remark)
    plan = plan_query(opened, vocabulary, asked)
    model = prepare_model(vocabulary, asked)
    with hire(asked) as crew:
        return query_opened(
            opened,
            model,
            vocabulary=vocabulary,
            threshold=threshold,
            settings=asked,
            plan=plan,
            crew=crew,
            output=Path(output),
            on_progress=on_progress,
        )


def check_threshold(threshold: float | None) -> None:
    """Refuse what is no probability.

    Raises:
        OptionError: it lies outside 0 to 1.
    """
    if threshold is not None and not 0 < threshold <= 1:
        raise OptionError(f"--threshold is {threshold:g}; it is a probability above 0 and up to 1: try --threshold 0.5")


def plan_query(scene: Scene, vocabulary: Vocabulary, settings: MapSettings) -> Plan:
    """Return how a scene would be cut into chunks and batches, without querying it.

    Raises:
        PlanError: chunk and batch do not fit into the memory.
    """
    return plan_map(scene, vocabulary, replace(settings, scores="all"))


def query_opened(
    scene: Scene,
    model: Model,
    *,
    vocabulary: Vocabulary,
    threshold: float | None,
    settings: MapSettings,
    plan: Plan,
    crew: Crew,
    output: Path,
    on_progress: Progress | None = None,
) -> QueryResult:
    """Query an opened scene with a prepared model and a crew; see `query_scene`."""
    from sovs_map.network.asking import one_by_one  # noqa: PLC0415 - torch is loaded when a model is

    started = time.monotonic()
    request = requested_files(scene, settings)
    stems = file_stems(scene.name, vocabulary)
    check_request(scene, request)
    work = output / f".{scene.name}.sovs-query"
    prepare_folder(output)
    if scene.georeference.is_pixels:
        LOG.warning("%s has no georeference: its answers come in pixel coordinates", scene.name)
    sight = scene_sight(scene, model, settings, ask=one_by_one, plan=plan)
    question = Question((asked_question(scene, sight, vocabulary, request), str(threshold))).digest
    biases = tuple(entry.bias for entry in vocabulary.classes)
    with sole_run(output, scene.name):
        sweep(
            output, (f"{stem}_{kind}" for stem in stems for kind in ("probability", "preview", "polygons")), work=work
        )
        refuse_finished(answer_files(output, stems), work=work, question=question, overwrite=settings.overwrite)
        parts = answer_phrases(
            scene,
            sight,
            Run(work, plan, crew, request.area, settings.overwrite, on_progress),
            judgement=Judgement(model.query_scale, model.query_bias, biases),
        )
        inquiry = Inquiry(scene, model.bundle, vocabulary, threshold, request, question, output, work)
        answers = publish_answers(inquiry, parts)
        remove_work(work)
    seconds = time.monotonic() - started
    speed = request.area.window.height * request.area.window.width / 1e6 / seconds
    return QueryResult(scene.name, answers, seconds, speed, parts.course.broken)
