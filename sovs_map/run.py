"""How a scene is run through the network, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sovs_map.area import Area
from sovs_map.crew import Crew
from sovs_map.plan import Plan

Progress = Callable[[int, int, int], None]
"""Called with chunks done, chunks in all, and scene pixels of the chunk."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Where a scene is worked on, by whom, and what happens when something is in the way."""

    work: Path
    """Folder for the parts; those that an earlier run finished are kept."""

    plan: Plan
    """Chunk and batch."""

    crew: Crew
    """Who works on the chunks."""

    area: Area | None = None
    """The part of the scene that is wanted; None is all of it."""

    overwrite: bool = False
    """Throw away parts of another question."""

    on_chunk: Progress | None = None
    """Called after each chunk, and once for those that were done before."""
