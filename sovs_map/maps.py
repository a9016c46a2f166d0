"""One scene in, all its files out: labels, confidence, polygons, style, preview, report, STAC item."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.lock import sole_run
from sovs_map.mapping import map_labels
from sovs_map.plan import Plan, bound_gdal_cache, make_plan
from sovs_map.publication import Request
from sovs_map.publishing import check_request, publish
from sovs_map.quantity import parse_area, parse_memory
from sovs_map.scene import Scene, SceneFiles, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary, adjust, read_vocabulary
from sovs_map.workplace import prepare_folder, refuse_finished, remove_work, sweep

if TYPE_CHECKING:
    import xarray as xr

    from sovs_map.network.asking import Ask
    from sovs_map.segmenter import Model, Segmenter

LOG = logging.getLogger(__name__)

KINDS = ("labels", "confidence", "scores", "polygons", "preview", "report", "item")
"""Files of a map, as their names end."""

Progress = Callable[[int, int, int], None]
"""Called with chunks done, chunks in all, and scene pixels of the chunk."""


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
    bound_gdal_cache()
    asked = MapSettings(**settings)  # type: ignore[arg-type]
    vocabulary = adjust(read_vocabulary(classes), biases=asked.bias, thresholds=asked.class_threshold)
    opened = open_scene(scene, bands=asked.bands, scale=asked.scale)
    for remark in opened.remarks:
        LOG.info("%s: %s", opened.name, remark)
    plan = plan_map(opened, vocabulary, asked)
    model = prepare_model(vocabulary, asked)
    return map_opened(
        opened, model, vocabulary=vocabulary, settings=asked, plan=plan, output=Path(output), on_progress=on_progress
    )


def prepare_model(vocabulary: Vocabulary, settings: MapSettings) -> Model:
    """Return the model that the settings name, with the vocabulary's words; it serves any number of scenes."""
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.segmenter import load_model  # noqa: PLC0415

    return load_model(load_bundle(settings.model), vocabulary, device=settings.device, threads=settings.threads)


def plan_map(scene: Scene, vocabulary: Vocabulary, settings: MapSettings) -> Plan:
    """Return how a scene would be cut into chunks and batches, without mapping it.

    Raises:
        PlanError: chunk and batch do not fit into the memory.
    """
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.segmenter import tile_and_overlap, working_bytes  # noqa: PLC0415

    bundle = load_bundle(settings.model)
    tile, overlap = tile_and_overlap(bundle, tile=settings.tile, overlap=settings.overlap)
    return make_plan(
        height=scene.height,
        width=scene.width,
        bands=len(scene.bands),
        classes=len(vocabulary.classes),
        tile=tile,
        overlap=overlap,
        chunk=settings.chunk,
        batch=settings.batch,
        memory_bytes=parse_memory(settings.memory),
        all_scores=settings.scores == "all",
        tile_bytes=working_bytes(bundle, tile=tile, bands=len(scene.bands), classes=len(vocabulary.classes)),
    )


def map_opened(
    scene: Scene,
    model: Model,
    *,
    vocabulary: Vocabulary,
    settings: MapSettings,
    plan: Plan,
    output: Path,
    on_progress: Progress | None = None,
) -> MapResult:
    """Map an opened scene with a prepared model; see `map_scene`."""
    from sovs_map.network.asking import together  # noqa: PLC0415 - torch is loaded when a model is

    started = time.monotonic()
    request = requested_files(settings)
    check_request(scene, request)
    work = output / f".{scene.name}.sovs"
    prepare_folder(output)
    if scene.georeference.is_pixels:
        LOG.warning("%s has no georeference: its map comes in pixel coordinates", scene.name)
    with sole_run(output, scene.name):
        sweep(output, (f"{scene.name}_{kind}" for kind in KINDS))
        refuse_finished((output / f"{scene.name}_labels.tif",), work=work, overwrite=settings.overwrite)
        parts = map_labels(
            scene,
            scene_segmenter(scene, model, settings, ask=together),
            work=work,
            plan=plan,
            vocabulary=vocabulary,
            unknown=settings.unknown,
            all_scores=settings.scores == "all",
            overwrite=settings.overwrite,
            on_chunk=on_progress,
        )
        files, areas = publish(
            scene, parts, bundle=model.bundle, vocabulary=vocabulary, request=request, output=output, work=work
        )
        remove_work(work)
    seconds = time.monotonic() - started
    return MapResult(
        scene=scene.name,
        files=files,
        areas=tuple((area.name, area.pixels) for area in areas),
        seconds=seconds,
        megapixels_per_second=scene.height * scene.width / 1e6 / seconds,
    )


def requested_files(settings: MapSettings) -> Request:
    """Return which files the settings ask for."""
    return Request(
        crs=settings.crs,
        min_area_m2=parse_area(settings.min_area) if settings.min_area else 0.0,
        simplify_m=settings.simplify,
        vector=settings.vector,
        scores=settings.scores,
        unknown=settings.unknown,
    )


def scene_segmenter(scene: Scene, model: Model, settings: MapSettings, *, ask: Ask) -> Segmenter:
    """Return the function from tiles of a scene to logits; a scene that the model was not trained for is remarked on.

    Raises:
        OptionError: tile or overlap cannot be used.
    """
    from sovs_map.segmenter import segmenter_for  # noqa: PLC0415 - torch is loaded when a model is

    low, high = model.bundle.spacing_m
    if scene.spacing_m is not None and not low / 2 <= scene.spacing_m <= high * 2:
        LOG.warning(
            "%s has pixels of %.3g m; model %s was trained for %g to %g m: expect poor labels, or resample the scene first",
            scene.name, scene.spacing_m, model.bundle.name, low, high,
        )  # fmt: skip
    return segmenter_for(
        model,
        polarisations=scene.polarisations,
        spacing_m=scene.spacing_m,
        calibrated=scene.calibrated,
        tile=settings.tile,
        overlap=settings.overlap,
        ask=ask,
    )
