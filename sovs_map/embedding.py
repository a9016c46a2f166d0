"""Embed once, ask anything: what the network sees of a scene, streamed into a store."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.area import Area
from sovs_map.cells import CELL
from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.embedding_job import EmbeddingJob
from sovs_map.errors import AlreadyDoneError, OutputExistsError, SceneError
from sovs_map.journal import Question, broken_windows, open_journal
from sovs_map.lock import sole_run
from sovs_map.mapping import check_disk, chunk_windows, work_through
from sovs_map.plan import IN_FLIGHT, Plan, bound_libraries
from sovs_map.preparation import plan_embedding, prepare_eye, scene_eye, wanted_area
from sovs_map.run import Progress, Run
from sovs_map.scene import Scene, SceneFiles, open_scene
from sovs_map.scene.store import Store, is_store, read_basis
from sovs_map.scene.stored import open_stored
from sovs_map.settings import MapSettings
from sovs_map.store_writing import create_store, finish_store, write_levels
from sovs_map.tile_sight import TileSight, tile_sight
from sovs_map.window import Window
from sovs_map.workplace import prepare_folder, remove_work, sweep

if TYPE_CHECKING:
    import xarray as xr

    from sovs_map.embedder import Embedder
    from sovs_map.model import Model

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """Where a store lies."""

    scene: str
    """Name of the scene."""

    path: Path
    """Folder of the store."""

    bytes: int
    """Its size."""

    seconds: float
    """Wall time."""

    megapixels_per_second: float
    """Scene pixels over wall time."""

    broken: tuple[Window, ...]
    """Windows that could not be read, and so are nodata; empty unless ``on_error`` is ``nodata``."""


def embed_scene(
    scene: str | Path | Sequence[str | Path] | SceneFiles | xr.DataArray,
    output: str | Path,
    *,
    on_progress: Progress | None = None,
    **settings: object,
) -> EmbedResult:
    """Store what the network sees of a scene, so that questions need the network no more; the same call resumes.

    Args:
        scene: a raster, one file per polarisation, what `find_scenes` found, or a DataArray.
        output: folder of the store, by custom ``….zarr``.
        on_progress: called after each chunk.
        settings: fields of `MapSettings` that say where and how the network runs.

    Raises:
        SovsMapError: anything that the user can mend; see `sovs_map.errors` for the kinds.
    """
    bound_libraries()
    asked = MapSettings(**settings)  # type: ignore[arg-type]
    opened = open_scene(scene, bands=asked.bands, scale=asked.scale, on_error=asked.on_error)
    for remark in opened.remarks:
        LOG.info("%s: %s", opened.name, remark)
    plan = plan_embedding(opened, asked)
    model = prepare_eye(asked)
    with hire(asked) as crew:
        return embed_opened(
            opened, model, settings=asked, plan=plan, crew=crew, output=Path(output), on_progress=on_progress
        )


def embed_opened(
    scene: Scene,
    model: Model,
    *,
    settings: MapSettings,
    plan: Plan,
    crew: Crew,
    output: Path,
    on_progress: Progress | None = None,
) -> EmbedResult:
    """Embed an opened scene with a prepared model and a crew; see `embed_scene`."""
    from sovs_map.embedder import embedder_for, principal_directions  # noqa: PLC0415 - torch is loaded when a model is

    started = time.monotonic()
    if scene.store is not None:
        raise SceneError(
            f"{scene.store.path} is embedded already; ask it with: sovs-map query {scene.store.path} PHRASE"
        )
    embedder = embedder_for(scene_eye(scene, model, settings), principal_directions(model.network))
    area = wanted_area(scene, settings)
    sight = replace(tile_sight(scene, embedder, batch=plan.batch, on_error=settings.on_error), margin=0)
    question = Question((version("sovs-map"), "embed", scene.identity, sight.fingerprint, area.identity))
    folder, name = output.absolute().parent, output.name
    prepare_folder(folder)
    work = folder / f".{name}.sovs-embed"
    with sole_run(folder, name):
        sweep(folder, (), work=work)
        _refuse_finished(output, question.digest, work=work, overwrite=settings.overwrite)
        run = Run(work, plan, crew, area, settings.overwrite, on_progress)
        store = _fill(scene, embedder, sight, run, area=area, question=question)
        _move(Path(store.path), output, work=work)
        remove_work(work)
    seconds = time.monotonic() - started
    speed = area.window.height * area.window.width / 1e6 / seconds
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    return EmbedResult(scene.name, output, size, seconds, speed, store.broken)


def _fill(scene: Scene, embedder: Embedder, sight: TileSight, run: Run, *, area: Area, question: Question) -> Store:
    """Make the store in the work folder, or go on with the one that is there, until it is whole."""
    from sovs_map.network.decoder import GUIDE  # noqa: PLC0415 - torch is loaded when a model is
    from sovs_map.network.text import ATTRIBUTES  # noqa: PLC0415

    parts = open_journal(run.work, question, overwrite=run.overwrite)
    check_disk(run.work, run.plan)
    bundle = embedder.eye.model.bundle
    lattice = sight.lattice
    store = Store(
        str(parts / "store.zarr"), bundle.name, bundle.hash, embedder.dim, lattice.tile, lattice.overlap, lattice.row,
        lattice.col, (), question.digest,
    )  # fmt: skip
    if not is_store(store.path):
        beginning = replace(store, path=str(parts / "beginning.zarr"))
        shutil.rmtree(beginning.path, ignore_errors=True)
        create_store(scene, beginning, basis=embedder.basis, attributes=ATTRIBUTES, guide=GUIDE)
        os.replace(beginning.path, store.path)
    same = replace(embedder, basis=read_basis(store))  # another machine's may differ in the last bits
    job = EmbeddingJob(replace(sight, segmenter=same), area, store, ATTRIBUTES, parts)
    work_through(job, chunk_windows(sight, area, run.plan), run)
    sight.forget()
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="levels") as pool:
        write_levels(store, lattice.cells(CELL).scene, pool)
    for leftover in Path(store.path).rglob("*.partial"):  # of a run that was killed while it wrote
        leftover.unlink()
    whole = replace(store, broken=broken_windows(parts))
    finish_store(scene, whole)
    return whole


def _refuse_finished(output: Path, question: str, *, work: Path, overwrite: bool) -> None:
    if not output.exists() or overwrite or (work.exists() and is_store(str(output))):
        return
    advice = "add --overwrite to replace it, or choose another place with -o"
    if is_store(str(output)):
        found = open_stored(str(output)).store
        if found is not None and found.question == question:
            raise AlreadyDoneError(f"{output} is there already and holds the same scene; {advice}")
    raise OutputExistsError(f"{output} is there already; {advice}")


def _move(made: Path, output: Path, *, work: Path) -> None:
    """Put a finished store in its place; an old one is whole there until then."""
    if output.exists():
        os.replace(output, work / "old.zarr")
    os.replace(made, output)
