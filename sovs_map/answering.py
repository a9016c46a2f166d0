"""Scene and segmenter to one probability a phrase, by the engine that makes maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sovs_map.independence import Judgement, independence
from sovs_map.mapping import Course, layer_raster, run_scene
from sovs_map.run import Run
from sovs_map.scene import Scene
from sovs_map.sight import Sight


@dataclass(frozen=True, slots=True, eq=False)
class AnsweredParts:
    """A queried scene as rasters over its parts, ready for the outputs."""

    probabilities: tuple[Path, ...]
    """Probability of each phrase, one band each; 250 is certain, 255 nodata."""

    course: Course
    """Picture and figures of the run."""


def answer_phrases(scene: Scene, sight: Sight, run: Run, *, judgement: Judgement) -> AnsweredParts:
    """Judge every phrase at every pixel of a scene, chunk by chunk.

    Args:
        scene: what is asked about.
        sight: gives one logit a phrase.
        run: where, and by whom.
        judgement: how logits become probabilities, with the bias of each phrase.

    Raises:
        SovsMapError: see `sovs_map.mapping.run_scene`.
    """
    course, job = run_scene(scene, sight, independence(judgement), run)
    numbers = range(1, len(judgement.biases) + 1)
    return AnsweredParts(
        tuple(layer_raster(job, run, f"probability_{number}", "scores", [number]) for number in numbers), course
    )
