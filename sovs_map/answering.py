"""Scene and segmenter to one probability a phrase, by the engine that makes maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sovs_map.chunk import TileSegmenter
from sovs_map.independence import Judgement, independence
from sovs_map.mapping import Course, Progress, layer_raster, run_scene
from sovs_map.plan import Plan
from sovs_map.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class AnsweredParts:
    """A queried scene as rasters over its parts, ready for the outputs."""

    probabilities: tuple[Path, ...]
    """Probability of each phrase, one band each; 250 is certain, 255 nodata."""

    course: Course
    """Picture and figures of the run."""


def answer_phrases(
    scene: Scene,
    segmenter: TileSegmenter,
    *,
    work: Path,
    plan: Plan,
    judgement: Judgement,
    overwrite: bool = False,
    on_chunk: Progress | None = None,
) -> AnsweredParts:
    """Judge every phrase at every pixel of a scene, chunk by chunk; parts that an earlier run finished are kept.

    Args:
        scene: what is asked about.
        segmenter: tiles to one logit a phrase.
        work: folder for the parts.
        plan: chunk, batch, chunks at once.
        judgement: how logits become probabilities, with the bias of each phrase.
        overwrite: throw away parts that are there.
        on_chunk: called after each chunk, also for those that were done before.

    Raises:
        SceneError: pixels cannot be read.
        OutputExistsError: the folder holds parts of another question.
        OutputError: no space, no permission.
        Interrupted: the user stopped the run.
    """
    course, job = run_scene(
        scene, segmenter, independence(judgement), work=work, plan=plan, overwrite=overwrite, on_chunk=on_chunk
    )
    numbers = range(1, len(judgement.biases) + 1)
    return AnsweredParts(
        tuple(layer_raster(job, plan, f"probability_{number}", "scores", [number]) for number in numbers), course
    )
