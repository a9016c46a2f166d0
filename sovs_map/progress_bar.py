"""A bar on standard error that fills with megapixels."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from sovs_map.run import Progress


@contextmanager
def progress_bar(pixels: int, *, title: str | None) -> Iterator[Progress]:
    """Give a function that a run calls after each chunk, and draw a bar of this title, if there is one.

    Args:
        pixels: of all chunks.
        title: None draws nothing.
    """
    with tqdm(
        total=pixels / 1e6, unit="Mpx", desc=title, file=sys.stderr, disable=title is None, unit_scale=True
    ) as progress:

        def advance(_done: int, _total: int, some: int) -> None:
            progress.update(some / 1e6)

        yield advance
