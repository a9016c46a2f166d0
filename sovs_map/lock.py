"""One run a scene and folder: two at once would mix their parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sovs_map.errors import OutputExistsError


@contextmanager
def sole_run(folder: Path, name: str) -> Iterator[None]:
    """Hold the right to map a scene into a folder; a process that dies loses it.

    Args:
        folder: where the results go; it is there.
        name: of the scene.

    Raises:
        OutputExistsError: another run holds it.
    """
    path = folder / f".{name}.sovs.lock"
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise OutputExistsError(
            f"another run is mapping {name} into {folder}; wait until it is done, or choose another folder with -o"
        ) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.release()
