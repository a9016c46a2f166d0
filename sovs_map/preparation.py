"""From settings to what a run needs: the model, the part of the scene, the plan, the files, the segmenter."""

from __future__ import annotations

import logging
import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from sovs_map.aoi import read_aoi
from sovs_map.aoi_placement import place_aoi
from sovs_map.area import Area
from sovs_map.cells import CELL as STORED
from sovs_map.errors import OptionError
from sovs_map.journal import Question
from sovs_map.plan import Plan, make_plan
from sovs_map.publication import Request
from sovs_map.quantity import parse_area, parse_memory
from sovs_map.scene import Scene
from sovs_map.settings import MapSettings
from sovs_map.sight import Sight
from sovs_map.store_sight import store_sight
from sovs_map.tile_sight import tile_sight
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

if TYPE_CHECKING:
    from sovs_map.eye import Eye
    from sovs_map.model import Model
    from sovs_map.network.asking import Ask
    from sovs_map.network.bundle import Bundle

LOG = logging.getLogger(__name__)


def prepare_model(vocabulary: Vocabulary, settings: MapSettings) -> Model:
    """Return the model that the settings name, with the vocabulary's words; it serves any number of scenes."""
    from sovs_map.model import load_model  # noqa: PLC0415
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415 - torch is loaded when a model is

    bundle = load_bundle(settings.model)
    return load_model(bundle, vocabulary, device=settings.device, threads=_threads(settings), text=settings.text)


def prepare_eye(settings: MapSettings) -> Model:
    """Return the model that the settings name, without words; it serves any number of scenes."""
    from sovs_map.model import load_silent_model  # noqa: PLC0415
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415 - torch is loaded when a model is

    return load_silent_model(load_bundle(settings.model), device=settings.device, threads=_threads(settings))


def _threads(settings: MapSettings) -> int | None:
    """Return how many threads each process has for the network; None leaves it to torch."""
    if settings.threads is None and settings.workers:
        return max(1, (os.cpu_count() or 1) // settings.workers)
    return settings.threads


def wanted_area(scene: Scene, settings: MapSettings) -> Area:
    """Return the part of a scene that the settings ask for.

    Raises:
        OptionError: the area of interest cannot be read, or holds no pixel of the scene.
    """
    if settings.aoi is None:
        return Area(Window(0, 0, scene.height, scene.width), None)
    return place_aoi(read_aoi(settings.aoi), scene)


def plan_map(scene: Scene, vocabulary: Vocabulary, settings: MapSettings) -> Plan:
    """Return how a scene would be cut into chunks and batches, without mapping it.

    Raises:
        PlanError: chunk and batch do not fit into the memory.
    """
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.network.sovs_net import CELL  # noqa: PLC0415
    from sovs_map.segmenter import ANSWERS  # noqa: PLC0415

    bundle = load_bundle(settings.model)
    classes = len(vocabulary.classes)
    every = classes if settings.scores == "all" else 0
    kept = 3 + 2.2 * (1 + every)  # labels, validity, scores, the part to be written
    return _plan(
        scene, settings, bundle,
        classes=classes, answers=ANSWERS * classes, cell=CELL, pixel_bytes=kept, disk_pixel_bytes=6 + 2 * every,
    )  # fmt: skip


def plan_embedding(scene: Scene, settings: MapSettings) -> Plan:
    """Return how a scene would be cut into chunks and batches, without embedding it.

    Raises:
        PlanError: chunk and batch do not fit into the memory.
    """
    from sovs_map.embedder import layers  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415

    bundle = load_bundle(settings.model)
    numbers = layers(bundle.network.shared_dim)
    kept = 12.0 + 8.0  # cells of 172 bytes and a pixel's grey value; the picture in dB, what is being compressed
    return _plan(
        scene, settings, bundle, classes=numbers, answers=2 * numbers, cell=STORED, pixel_bytes=kept, disk_pixel_bytes=6
    )


def _plan(
    scene: Scene,
    settings: MapSettings,
    bundle: Bundle,
    *,
    classes: int,
    answers: int,
    cell: int,
    pixel_bytes: float,
    disk_pixel_bytes: float,
) -> Plan:
    from sovs_map.eye import tile_and_overlap  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.segmenter import working_bytes  # noqa: PLC0415

    tile, overlap = tile_and_overlap(bundle, tile=settings.tile, overlap=settings.overlap)
    if scene.store is not None:
        tile, overlap = scene.store.tile, scene.store.overlap
    window = wanted_area(scene, settings).window
    return make_plan(
        height=window.height,
        width=window.width,
        bands=len(scene.bands),
        classes=classes,
        tile=tile,
        overlap=overlap,
        chunk=settings.chunk,
        batch=settings.batch,
        memory_bytes=parse_memory(settings.memory),
        pixel_bytes=pixel_bytes,
        disk_pixel_bytes=disk_pixel_bytes,
        cell=cell,
        threads=_threads(settings) or os.cpu_count() or 1,
        tile_bytes=working_bytes(bundle, tile=tile, bands=len(scene.bands), answers=answers),
    )


def asked_question(scene: Scene, sight: Sight, vocabulary: Vocabulary, request: Request) -> str:
    """Return SHA-256 of everything that the files of a map depend on."""
    of_scene = (scene.identity, sight.fingerprint, request.area.identity)
    return Question((version("sovs-map"), *of_scene, repr(vocabulary), repr(request))).digest


def requested_files(scene: Scene, settings: MapSettings) -> Request:
    """Return which files of a scene the settings ask for.

    Raises:
        OptionError: the area of interest cannot be read, or holds no pixel of the scene.
    """
    return Request(
        crs=settings.crs,
        min_area_m2=parse_area(settings.min_area) if settings.min_area else 0.0,
        simplify_m=settings.simplify,
        vector=settings.vector,
        scores=settings.scores,
        unknown=settings.unknown,
        area=wanted_area(scene, settings),
        aoi=settings.aoi or "",
        text=settings.text,
    )


def scene_sight(scene: Scene, model: Model, settings: MapSettings, *, ask: Ask, plan: Plan) -> Sight:
    """Return what gives the logits of a scene: its store, or else the network.

    Raises:
        OptionError: tile or overlap cannot be used.
        BundleError: the scene was embedded by another model.
    """
    from sovs_map.recall import recall_for  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.segmenter import segmenter_for  # noqa: PLC0415

    if scene.store is None:
        segmenter = segmenter_for(scene_eye(scene, model, settings), ask=ask)
        return tile_sight(scene, segmenter, batch=plan.batch, on_error=settings.on_error)
    for name, asked in (("--tile", settings.tile), ("--overlap", settings.overlap)):
        if asked is not None:
            raise OptionError(
                f"{name} was given for {scene.store.path}, which was made with tiles of {scene.store.tile} that overlap by "
                f"{scene.store.overlap}; leave {name} away, or embed the scene again with it"
            )
    return store_sight(scene, scene.store, recall_for(scene, scene.store, model, ask=ask))


def scene_eye(scene: Scene, model: Model, settings: MapSettings) -> Eye:
    """Return the network's eye for a scene; one that the model was not trained for is remarked on.

    Raises:
        OptionError: tile or overlap cannot be used.
    """
    from sovs_map.eye import eye_for  # noqa: PLC0415 - torch is loaded when a model is

    low, high = model.bundle.spacing_m
    if scene.spacing_m is not None and not low / 2 <= scene.spacing_m <= high * 2:
        LOG.warning(
            "%s has pixels of %.3g m; model %s was trained for %g to %g m: expect poor labels, or resample the scene first",
            scene.name, scene.spacing_m, model.bundle.name, low, high,
        )  # fmt: skip
    return eye_for(
        model,
        polarisations=scene.polarisations,
        spacing_m=scene.spacing_m,
        calibrated=scene.calibrated,
        tile=settings.tile,
        overlap=settings.overlap,
    )
