"""What a cube is asked: a phrase, or an example taken from the scene itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from sovs_map.area import Area, outside
from sovs_map.cells import BACKSCATTER, CELL
from sovs_map.errors import OptionError
from sovs_map.label_class import LabelClass
from sovs_map.model import Model, read_words
from sovs_map.network.alignment import Words
from sovs_map.scene.store import Store, read_attributes, read_basis, read_picture, read_vectors
from sovs_map.store_sight import cells_of, pixels_of
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

EXAMPLE_BIAS = -2.0
"""Added to the logit of an example, which fits its like better than words do: on four scenes of Los Angeles the mean logit
of a class was 5.5 to 7.0 for its own mean, and 3.0 to 5.3 for its name where the name was understood."""

EXAMPLE_COLOUR = (214, 39, 40)
"""How an example is drawn where it is a class."""

PATCH = 512
"""Side of the windows in which an example is read [cells]."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One class as the network sees it, and how it is called in results."""

    words: Words
    """Of a single class."""

    vocabulary: Vocabulary
    """Of the same, for results."""

    @property
    def name(self) -> str:
        """Return what the question is called."""
        return self.vocabulary.names[0]

    @property
    def bias(self) -> float:
        """Return what is added to its logits."""
        return self.vocabulary.classes[0].bias


def phrase_question(model: Model, vocabulary: Vocabulary) -> Question:
    """Return the question of the only phrase of a vocabulary.

    Raises:
        VocabularyError: it is too long for the text encoder.
    """
    return Question(read_words(model.bundle, vocabulary).to(model.device), vocabulary)


def example_question(model: Model, store: Store, area: Area, *, name: str) -> Question:
    """Return the question for what looks like a part of the scene: the mean of its vectors and of its attributes.

    Args:
        model: of the store.
        store: what the network saw of the scene.
        area: the part, in pixels.
        name: what the question is called.

    Raises:
        OptionError: the part holds no data.
    """
    total = np.sum([_weighed(store, cells, area) for cells in _patches(store, area.window)], axis=0)
    vector, attributes, weight = read_basis(store) @ total[: store.dim], total[store.dim : -1], total[-1]
    if not weight or not vector.any():
        raise OptionError(f"{name} holds no data of the scene; choose a place where the scene has some")
    words = Words(
        F.normalize(torch.tensor(vector, dtype=torch.float32)[None], dim=1),
        torch.tensor(attributes / weight, dtype=torch.float32)[None],
        torch.zeros(1, dtype=torch.long),
        1,
    )
    return Question(words.to(model.device), Vocabulary((LabelClass(name, (name,), EXAMPLE_COLOUR, bias=EXAMPLE_BIAS),)))


def _patches(store: Store, window: Window) -> Iterator[Window]:
    """Yield windows of cells, PATCH a side, that make up a window of pixels."""
    whole = cells_of(store, window)
    for row in range(whole.row, whole.bottom, PATCH):
        for col in range(whole.col, whole.right, PATCH):
            yield Window(row, col, PATCH, PATCH) & whole


def _weighed(store: Store, cells: Window, area: Area) -> NDArray[np.float64]:
    """Return the sums of vectors and attributes over a window of cells, and of their weights: how much of each is inside."""
    inside = ~outside(area, pixels_of(store, cells))
    shares = inside.reshape(cells.height, CELL, cells.width, CELL).mean((1, 3))
    shares[read_picture(store, cells, level=CELL) == BACKSCATTER.missing] = 0
    values = np.concatenate(
        [
            np.nan_to_num(read_vectors(store, cells, level=CELL)),
            np.nan_to_num(read_attributes(store, cells, level=CELL)),
            np.ones((1, *shares.shape), np.float32),
        ]
    )
    return (values * shares).sum((1, 2), dtype=np.float64)
