"""Crews of other processes: workers of this machine, or those of a dask scheduler. The only file that knows dask.distributed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING

from sovs_map.chunk import Job
from sovs_map.crew import Crew, Shift, nothing, threads
from sovs_map.errors import OptionError, SovsMapError, WorkerError
from sovs_map.plan import IN_FLIGHT
from sovs_map.settings import MapSettings
from sovs_map.window import Window

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

PATIENCE = 60
"""How long a scheduler's first worker may take to come [s]; how long the scheduler may take, dask's settings say."""

SCENES = 2
"""Scenes mapped at once by other processes: while the files of one are written here, they work on the next."""


DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""Run in each worker process: Ctrl-C reaches all processes of a terminal, and the first one decides what it means."""


@contextmanager
def hire(settings: MapSettings) -> Iterator[Crew]:
    """Give the crew that the settings ask for, and dismiss it at the end.

    Raises:
        OptionError: no scheduler answers at the address.
        WorkerError: it has no worker, or one with another version of this package.
    """
    if settings.scheduler:
        with _client(settings.scheduler) as client:
            yield _crew_of(client, f"the workers of {settings.scheduler}")
    elif settings.workers:
        with _local_workers(settings.workers) as client:
            yield _crew_of(client, f"{settings.workers} worker process(es) on this machine")
    else:
        with threads(IN_FLIGHT) as crew:
            yield crew


@contextmanager
def _local_workers(count: int) -> Iterator[Client]:
    """Start worker processes on this machine, each with a GPU of its own where there are several."""
    from distributed import Nanny, Scheduler, SpecCluster  # noqa: PLC0415 - takes a second to load

    options = {
        "nthreads": IN_FLIGHT,
        "memory_limit": None,  # the plan keeps to --memory; dask would pause and kill by its own measure
        "dashboard": False,
        "preload": [DEAF],
        "silence_logs": logging.CRITICAL,
    }
    workers = {number: {"cls": Nanny, "options": options | {"env": _own_gpu(number)}} for number in range(count)}
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    scheduler = {"cls": Scheduler, "options": {"host": "127.0.0.1", "dashboard": False, "dashboard_address": ":0"}}
    with (
        SpecCluster(workers=workers, scheduler=scheduler, silence_logs=logging.CRITICAL) as cluster,
        _client(cluster.scheduler_address) as client,
    ):
        yield client


def _own_gpu(number: int) -> dict[str, str]:
    """Return the environment that shows a worker one GPU alone; nothing where there is none."""
    import torch  # noqa: PLC0415 - loaded by now, with the model

    if not torch.cuda.is_available():
        return {}
    shown = os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(torch.cuda.device_count())))
    devices = shown.split(",")
    return {"CUDA_VISIBLE_DEVICES": devices[number % len(devices)]}


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """Connect to a scheduler, and see to it that its workers are there and have this version."""
    from distributed import Client  # noqa: PLC0415 - takes a second to load

    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OptionError(
            f"no dask scheduler answers at {address} ({error}); start one with: dask scheduler, and give the address that "
            "it prints: --scheduler tcp://HOST:8786"
        ) from error
    with client:
        _check_workers(client, address)
        yield client


def _check_workers(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise WorkerError(
            f"the scheduler at {address} has no worker; start some with: dask worker {address}"
        ) from error
    here = version("sovs-map")
    for worker, there in client.run(version, "sovs-map", on_error="return").items():
        if there != here:
            raise WorkerError(
                f"worker {worker} has sovs-map {there}, here is {here}; workers need the same environment: "
                f"pip install sovs-map=={here}"
            )


def _crew_of(client: Client, sentence: str) -> Crew:
    open_chunks: dict[Future[None], str] = {}
    settling = Lock()

    def begin(job: Job) -> Shift:
        # As a task, not as data: data would be lost with the worker that holds it.
        shared = client.submit(_same, job, pure=False)

        def submit(window: Window) -> Future[None]:
            task = client.submit(_work, shared, window, pure=False)
            chunk = _followed(task, window, settling)
            open_chunks[chunk] = task.key
            chunk.add_done_callback(lambda chunk: open_chunks.pop(chunk, None))
            return chunk

        return Shift(submit, hold, nothing)

    def hold() -> None:
        try:
            theirs = {key for keys in client.processing().values() for key in keys}
        except OSError:  # a scheduler that is lost has nothing under way
            return
        with settling:
            for chunk, key in tuple(open_chunks.items()):
                if key in theirs and not chunk.done():
                    chunk.set_running_or_notify_cancel()

    def dismiss() -> None:
        hold()
        for chunk in tuple(open_chunks):
            chunk.cancel()

    return Crew(begin, dismiss, SCENES, sentence)


def _same(job: Job) -> Job:
    return job


def _work(job: Job, window: Window) -> None:
    """Do a chunk; its errors are freed of their causes, since errors of GDAL cannot be sent to other processes."""
    told = None
    try:
        job.work(window)
    except SovsMapError as error:
        told = type(error)(str(error))
    if told is not None:
        raise told


def _followed(task: DaskFuture, window: Window, settling: Lock) -> Future[None]:
    """Return a future of the standard library that ends as a task does; cancelling it cancels the task."""
    chunk: Future[None] = Future()

    def settle(done: DaskFuture) -> None:
        with settling:
            if not chunk.running() and not chunk.set_running_or_notify_cancel():
                return
        if done.status == "finished":
            chunk.set_result(None)
        elif done.status == "error":
            chunk.set_exception(_told(done.exception(), window))
        else:
            chunk.set_exception(
                WorkerError("the dask scheduler was lost; start it again, and the same command resumes")
            )

    def pass_on(ended: Future[None]) -> None:
        if ended.cancelled():
            task.cancel()

    chunk.add_done_callback(pass_on)
    task.add_done_callback(settle)
    return chunk


def _told(error: BaseException, window: Window) -> BaseException:
    """Return what a user can do about a chunk that its workers did not survive; other errors as they are."""
    from distributed import KilledWorker  # noqa: PLC0415 - takes a second to load

    if not isinstance(error, KilledWorker):
        return error
    return WorkerError(
        f"{error.allowed_failures + 1} workers were lost over the chunk at row {window.row}, column {window.col}, most "
        "likely for want of memory; the same command resumes, with a smaller --chunk or fewer --workers it may fit"
    )
