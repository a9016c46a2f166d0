"""What lazy arrays show of a sight: the probability of one phrase, or labels of classes that compete."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.competition import Rule, compete
from sovs_map.decision import CERTAIN, NO_SCORE
from sovs_map.independence import Judgement, judge
from sovs_map.lazy import Look
from sovs_map.mapping import whole_area
from sovs_map.scene import Scene
from sovs_map.sight import Sight
from sovs_map.vocabulary import Vocabulary


def probability_look(sight: Sight, scene: Scene, judgement: Judgement) -> Look:
    """Return a look at the probability of the only phrase of a sight: float32 in steps of 1/250, NaN without data."""
    return Look(sight, whole_area(scene), partial(_probability, judgement=judgement), "float32")


def labels_look(sight: Sight, scene: Scene, vocabulary: Vocabulary, *, unknown: float = 0.0) -> Look:
    """Return a look at the labels of a sight.

    Args:
        sight: gives the logits of the classes.
        scene: what is looked at.
        vocabulary: the classes, with their thresholds and biases.
        unknown: pixels whose winning class is less probable get label 0.
    """
    thresholds, biases = zip(*((entry.threshold, entry.bias) for entry in vocabulary.classes), strict=True)
    rule = Rule(thresholds, biases, unknown, vocabulary.dtype, vocabulary.nodata, all_scores=False)
    return Look(sight, whole_area(scene), partial(_labels, rule=rule), vocabulary.dtype)


def label_attributes(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return what tells the classes of an array of labels.

    Source:
        CF conventions 1.11, section 3.5
    """
    names = [name.replace(" ", "_") for name in vocabulary.names]
    values = np.arange(1, len(names) + 1, dtype=vocabulary.dtype)
    return {
        "long_name": "label",
        "flag_values": values,
        "flag_meanings": " ".join(names),
        "_FillValue": vocabulary.nodata,
    }


def stored_probability(scores: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return probabilities of stored ones, NaN without data."""
    values: NDArray[np.float32] = np.divide(scores, np.float32(CERTAIN), dtype=np.float32)
    if (missing := scores == NO_SCORE).any():
        values[missing] = np.nan
    return values


def _probability(band: Band, valid: NDArray[np.bool_], *, judgement: Judgement) -> NDArray[np.float32]:
    return stored_probability(judge(band, valid, judgement=judgement)[0][0])


def _labels(band: Band, valid: NDArray[np.bool_], *, rule: Rule) -> NDArray[np.uint8 | np.uint16]:
    return compete(band, valid, rule=rule)[1][0]
