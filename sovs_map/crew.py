"""Who works on the chunks of a run: threads of this process, or the workers of a dask cluster (`sovs_map.cluster`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

from sovs_map.chunk import Job
from sovs_map.window import Window

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """One scene's job, in the hands of a crew."""

    submit: Callable[[Window], Future[None]]
    """Has a chunk worked on."""

    hold: Callable[[], None]
    """Sees to it that cancelling leaves alone what is under way, where others have it."""

    stop: Callable[[], None]
    """Makes chunks that are under way give up where they can be told, and waits until they have."""


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """Workers, several chunks at once."""

    begin: Callable[[Job], Shift]
    """Gives a job to all of them."""

    dismiss: Callable[[], None]
    """Cancels every chunk of every job that is not under way."""

    scenes: int
    """How many scenes are worked on at once, so that nobody waits while the files of one are written."""

    sentence: str
    """Who they are."""


@contextmanager
def threads(count: int) -> Iterator[Crew]:
    """Give a crew of this process's own threads.

    Args:
        count: chunks worked on at once.
    """
    with ThreadPoolExecutor(count, thread_name_prefix="chunk") as executor:

        def begin(job: Job) -> Shift:
            over, begun = threading.Event(), list[Future[None]]()
            shared = job.until(over.is_set)

            def submit(window: Window) -> Future[None]:
                begun.append(executor.submit(shared.work, window))
                return begun[-1]

            def stop() -> None:
                over.set()
                wait(begun)

            return Shift(submit, nothing, stop)

        def dismiss() -> None:
            executor.shutdown(wait=False, cancel_futures=True)

        yield Crew(begin, dismiss, 1, f"{count} chunks at once in this process")


def nothing() -> None:
    """Do nothing."""


def as_finished(tasks: Collection[Future[None]]) -> Iterator[Future[None]]:
    """Yield tasks as they are finished or cancelled, whoever did that."""
    finished: SimpleQueue[Future[None]] = SimpleQueue()
    for task in tasks:
        task.add_done_callback(finished.put)
    for _ in range(len(tasks)):
        yield finished.get()


def let_finish(tasks: Collection[Future[None]], shift: Shift) -> None:
    """Drop chunks that are not begun and wait for those under way, unless the user will not."""
    shift.hold()
    drop(tasks)
    under_way = [task for task in tasks if not task.done()]
    try:
        if under_way:
            LOG.warning("finishing %d chunk(s); press Ctrl-C again to stop at once", len(under_way))
        for task in as_finished(under_way):
            task.exception()
    except (KeyboardInterrupt, CancelledError):
        shift.stop()


def drop(tasks: Iterable[Future[None]]) -> None:
    """Cancel those tasks that nobody has begun."""
    for task in tasks:
        task.cancel()
