"""One scene in, all its files out: labels, confidence, polygons, style, preview, report, STAC item."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.lock import sole_run
from sovs_map.mapping import map_labels
from sovs_map.plan import Plan, bound_libraries
from sovs_map.preparation import asked_question, plan_map, prepare_model, requested_files, scene_sight
from sovs_map.publishing import check_request, publish
from sovs_map.run import Progress, Run
from sovs_map.scene import Scene, SceneFiles, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary, adjust, read_vocabulary
from sovs_map.window import Window
from sovs_map.workplace import prepare_folder, refuse_finished, remove_work, sweep

if TYPE_CHECKING:
    import xarray as xr

    from sovs_map.model import Model

LOG = logging.getLogger(__name__)

KINDS = ("labels", "confidence", "scores", "polygons", "preview", "report", "item")
"""Files of a map, as their names end."""


@dataclass(frozen=True, slots=True)
class MapResult:
    """Where a map lies, and what it shows."""

    scene: str
    """Stem of the files."""

    files: tuple[Path, ...]
    """Everything that was written, the labels first."""

    areas: tuple[tuple[str, int], ...]
    """Pixels by class name, in label order."""

    seconds: float
    """Wall time."""

    megapixels_per_second: float
    """Scene pixels over wall time, outputs included."""

    broken: tuple[Window, ...]
    """Windows that could not be read, and so are nodata; empty unless ``on_error`` is ``nodata``."""

    @property
    def labels(self) -> Path:
        """Return the path of the label raster."""
        return self.files[0]


def map_scene(
    scene: str | Path | Sequence[str | Path] | SceneFiles | xr.DataArray,
    *,
    classes: str | Sequence[str] | Vocabulary,
    output: str | Path = ".",
    on_progress: Progress | None = None,
    **settings: object,
) -> MapResult:
    """Map a scene with the given classes and write every output; the same call resumes a run that was stopped.

    Args:
        scene: a raster, one file per polarisation, what `find_scenes` found, or a DataArray.
        classes: names, ``name=prompt|prompt`` entries, ``"@vocabulary.toml"``, or a vocabulary.
        output: folder for the results.
        on_progress: called after each chunk.
        settings: fields of `MapSettings`, which are the options of the command line.

    Raises:
        SovsMapError: anything that the user can mend; see `sovs_map.errors` for the kinds.
    """
    bound_libraries()
    asked = MapSettings(**settings)  # type: ignore[arg-type]
    vocabulary = adjust(read_vocabulary(classes), biases=asked.bias, thresholds=asked.class_threshold)
    opened = open_scene(scene, bands=asked.bands, scale=asked.scale, on_error=asked.on_error)
    for remark in opened.remarks:
        LOG.info("%s: %s", opened.name, remark)
    plan = plan_map(opened, vocabulary, asked)
    model = prepare_model(vocabulary, asked)
    with hire(asked) as crew:
        return map_opened(
            opened,
            model,
            vocabulary=vocabulary,
            settings=asked,
            plan=plan,
            crew=crew,
            output=Path(output),
            on_progress=on_progress,
        )


def map_opened(
    scene: Scene,
    model: Model,
    *,
    vocabulary: Vocabulary,
    settings: MapSettings,
    plan: Plan,
    crew: Crew,
    output: Path,
    on_progress: Progress | None = None,
) -> MapResult:
    """Map an opened scene with a prepared model and a crew; see `map_scene`."""
    from sovs_map.network.asking import together  # noqa: PLC0415 - torch is loaded when a model is

    started = time.monotonic()
    request = requested_files(scene, settings)
    check_request(scene, request)
    work, labels = output / f".{scene.name}.sovs", output / f"{scene.name}_labels.tif"
    sight = scene_sight(scene, model, settings, ask=together, plan=plan)
    question = asked_question(scene, sight, vocabulary, request)
    prepare_folder(output)
    if scene.georeference.is_pixels:
        LOG.warning("%s has no georeference: its map comes in pixel coordinates", scene.name)
    with sole_run(output, scene.name):
        sweep(output, (f"{scene.name}_{kind}" for kind in KINDS), work=work)
        refuse_finished((labels,), work=work, question=question, overwrite=settings.overwrite)
        parts = map_labels(
            scene,
            sight,
            Run(work, plan, crew, request.area, settings.overwrite, on_progress),
            vocabulary=vocabulary,
            unknown=settings.unknown,
            all_scores=settings.scores == "all",
        )
        files, areas = publish(
            scene,
            parts,
            bundle=model.bundle,
            vocabulary=vocabulary,
            request=request,
            question=question,
            output=output,
            work=work,
        )
        remove_work(work)
    seconds = time.monotonic() - started
    return MapResult(
        scene=scene.name,
        files=files,
        areas=tuple((area.name, area.pixels) for area in areas),
        seconds=seconds,
        megapixels_per_second=request.area.window.height * request.area.window.width / 1e6 / seconds,
        broken=parts.course.broken,
    )
