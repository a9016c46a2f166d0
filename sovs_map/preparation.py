"""From settings to what a run needs: the model, the part of the scene, the plan, the files, the segmenter."""

from __future__ import annotations

import logging
import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from sovs_map.aoi import read_aoi
from sovs_map.aoi_placement import place_aoi
from sovs_map.area import Area
from sovs_map.journal import Question
from sovs_map.plan import Plan, make_plan
from sovs_map.publication import Request
from sovs_map.quantity import parse_area, parse_memory
from sovs_map.scene import Scene
from sovs_map.settings import MapSettings
from sovs_map.sight import Sight
from sovs_map.tile_sight import tile_sight
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

if TYPE_CHECKING:
    from sovs_map.eye import Eye
    from sovs_map.model import Model
    from sovs_map.network.asking import Ask

LOG = logging.getLogger(__name__)


def prepare_model(vocabulary: Vocabulary, settings: MapSettings) -> Model:
    """Return the model that the settings name, with the vocabulary's words; it serves any number of scenes."""
    from sovs_map.model import load_model  # noqa: PLC0415
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415 - torch is loaded when a model is

    bundle = load_bundle(settings.model)
    return load_model(bundle, vocabulary, device=settings.device, threads=_threads(settings), text=settings.text)


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
    from sovs_map.eye import tile_and_overlap  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.network.bundle import load_bundle  # noqa: PLC0415
    from sovs_map.network.sovs_net import CELL  # noqa: PLC0415
    from sovs_map.segmenter import working_bytes  # noqa: PLC0415

    bundle = load_bundle(settings.model)
    tile, overlap = tile_and_overlap(bundle, tile=settings.tile, overlap=settings.overlap)
    window = wanted_area(scene, settings).window
    return make_plan(
        height=window.height,
        width=window.width,
        bands=len(scene.bands),
        classes=len(vocabulary.classes),
        tile=tile,
        overlap=overlap,
        chunk=settings.chunk,
        batch=settings.batch,
        memory_bytes=parse_memory(settings.memory),
        all_scores=settings.scores == "all",
        cell=CELL,
        threads=_threads(settings) or os.cpu_count() or 1,
        tile_bytes=working_bytes(bundle, tile=tile, bands=len(scene.bands), classes=len(vocabulary.classes)),
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
    """Return what gives the logits of a scene; one that the model was not trained for is remarked on.

    Raises:
        OptionError: tile or overlap cannot be used.
    """
    from sovs_map.segmenter import segmenter_for  # noqa: PLC0415 - torch is loaded when a model is

    segmenter = segmenter_for(scene_eye(scene, model, settings), ask=ask)
    return tile_sight(scene, segmenter, batch=plan.batch, on_error=settings.on_error)


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
