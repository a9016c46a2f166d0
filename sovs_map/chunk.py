"""One chunk: see it, decide, write its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio

from sovs_map.allocator import give_back
from sovs_map.area import Area
from sovs_map.decision import Decision
from sovs_map.errors import Interrupted
from sovs_map.journal import is_finished, part_path, write_broken_part, write_quicklook_part, write_raster_part
from sovs_map.plan import bound_libraries
from sovs_map.quicklook import decimate
from sovs_map.sight import Sight
from sovs_map.window import Window

IsOver = Callable[[], bool]
"""Tells that nobody wants the chunks any more; those under way give up at their next rows."""


def never() -> bool:
    """Return False."""
    return False


class Job(Protocol):
    """What a crew does chunk by chunk. It can be sent to other processes."""

    def work(self, window: Window) -> None:
        """Do a chunk."""

    def is_done(self, window: Window) -> bool:
        """Tell whether an earlier run has done a chunk."""

    def until(self, is_over: IsOver) -> Job:
        """Return the job for those who can be told that it is over."""


@dataclass(frozen=True, slots=True, eq=False)
class ChunkJob:
    """Windows of a scene to parts of its outputs: what every chunk of a run shares."""

    sight: Sight
    """Where logits come from."""

    area: Area
    """The part of the scene that is wanted; the network sees what lies around it, too."""

    decision: Decision
    """Logits to what is kept."""

    parts: Path
    """Folder of the parts."""

    step: int
    """Scene pixels in one of the quicklook."""

    is_over: IsOver = never
    """Tells chunks to give up."""

    def until(self, is_over: IsOver) -> ChunkJob:
        """Return the job for those who can be told that it is over."""
        return replace(self, is_over=is_over)

    def is_done(self, window: Window) -> bool:
        """Tell whether the parts of a chunk are there and whole."""
        return is_finished(self.parts, window, kinds=self.decision.kinds)

    def work(self, window: Window) -> None:
        """See a chunk, decide, write its parts.

        Raises:
            SceneError: pixels cannot be read.
            OutputError: no space, no permission, or a folder that only the starting process sees.
            Interrupted: the run was over before the chunk was done; none of its parts are written.
        """
        bound_libraries()
        with rasterio.Env(GDAL_NUM_THREADS=1):
            seen = self.sight.see(window, self.area)
            kept = [np.empty((layer.bands, window.height, window.width), layer.dtype) for layer in self.decision.layers]
            for band in seen.bands:
                if self.is_over():
                    raise Interrupted("the run is over; the same command resumes")
                place = band.window.relative_to(window).slices
                for whole, part in zip(kept, self.decision.decide(band, seen.valid[place]), strict=True):
                    whole[:, *place] = part
            write_broken_part(self.parts, window, seen.broken)
            corner = self.area.window
            quicklook = decimate(
                seen.backscatter(), seen.around.relative_to(corner), window=window.relative_to(corner), step=self.step
            )
            write_quicklook_part(part_path(self.parts, "quicklook", window), quicklook)
            for layer, values in zip(self.decision.layers, kept, strict=True):
                write_raster_part(part_path(self.parts, layer.kind, window), values, window)
        self.sight.forget(window)
        give_back()  # or what is freed lies scattered over the threads' heaps, and the process grows from chunk to chunk
