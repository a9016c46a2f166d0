"""One scene in, all its files out: labels, confidence, polygons, style, preview, report, STAC item."""

from __future__ import annotations

import glob
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.errors import OutputError, OutputExistsError
from sovs_map.lock import sole_run
from sovs_map.mapping import map_labels
from sovs_map.plan import Plan, bound_gdal_cache, make_plan
from sovs_map.publication import Request
from sovs_map.publishing import check_request, publish
from sovs_map.quantity import parse_area, parse_memory
from sovs_map.scene import Scene, open_scene
from sovs_map.settings import MapSettings
from sovs_map.vocabulary import Vocabulary, read_vocabulary

if TYPE_CHECKING:
    import xarray as xr

    from sovs_map.segmenter import Model, Segmenter

LOG = logging.getLogger(__name__)

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
    scene: str | Path | Sequence[str | Path] | xr.DataArray,
    *,
    classes: str | Sequence[str] | Vocabulary,
    output: str | Path = ".",
    on_progress: Progress | None = None,
    **settings: object,
) -> MapResult:
    """Map a scene with the given classes and write every output; the same call resumes a run that was stopped.

    Args:
        scene: a raster, one file per polarisation, or a DataArray.
        classes: names, ``name=prompt|prompt`` entries, ``"@vocabulary.toml"``, or a vocabulary.
        output: folder for the results.
        on_progress: called after each chunk.
        settings: fields of `MapSettings`, which are the options of the command line.

    Raises:
        SovsMapError: anything that the user can mend; see `sovs_map.errors` for the kinds.
    """
    bound_gdal_cache()
    asked = MapSettings(**settings)  # type: ignore[arg-type]
    vocabulary = read_vocabulary(classes)
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
    started = time.monotonic()
    request = _request(settings)
    check_request(scene, request)
    work = output / f".{scene.name}.sovs"
    _prepare_folder(output)
    if scene.georeference.is_pixels:
        LOG.warning("%s has no georeference: its map comes in pixel coordinates", scene.name)
    with sole_run(output, scene.name):
        _sweep(output, scene.name)
        _refuse_finished(output, scene.name, work=work, overwrite=settings.overwrite)
        parts = map_labels(
            scene,
            _segmenter(scene, model, settings),
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
        _remove(work)
    seconds = time.monotonic() - started
    return MapResult(
        scene=scene.name,
        files=files,
        areas=tuple((area.name, area.pixels) for area in areas),
        seconds=seconds,
        megapixels_per_second=scene.height * scene.width / 1e6 / seconds,
    )


def _request(settings: MapSettings) -> Request:
    return Request(
        crs=settings.crs,
        min_area_m2=parse_area(settings.min_area) if settings.min_area else 0.0,
        simplify_m=settings.simplify,
        vector=settings.vector,
        scores=settings.scores,
        unknown=settings.unknown,
    )


def _sweep(output: Path, name: str) -> None:
    """Remove what a run that was killed while it wrote files has left beside them; `sole_run` says that it is gone."""
    for kind in ("labels", "confidence", "scores", "polygons", "preview", "report", "item"):
        for leftover in output.glob(f".{glob.escape(name)}_{kind}.*"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()


def _remove(work: Path) -> None:
    """Remove the work folder under another name, so that half of it never looks like a run to be resumed."""
    done = work.with_suffix(".done")
    shutil.rmtree(done, ignore_errors=True)
    work.rename(done)
    shutil.rmtree(done)


def _segmenter(scene: Scene, model: Model, settings: MapSettings) -> Segmenter:
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
    )


def _prepare_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}; choose another folder with -o") from error


def _refuse_finished(output: Path, name: str, *, work: Path, overwrite: bool) -> None:
    """Refuse to touch finished results; those beside a work folder belong to a run that is being resumed."""
    labels = output / f"{name}_labels.tif"
    if labels.exists() and not work.exists() and not overwrite:
        raise OutputExistsError(
            f"{labels} is there already; add --overwrite to replace it, or choose another folder with -o"
        )
