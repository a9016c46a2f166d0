"""Questions that the page puts to a store, and pictures of their answers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import Point

from sovs_map.cluster import hire
from sovs_map.cube import Cube
from sovs_map.errors import OptionError
from sovs_map.queries import plan_query, query_opened
from sovs_map.question import Question
from sovs_map.scene.georeference import pixel_sides_m
from sovs_map.settings import MapSettings
from sovs_map.viewing.pictures import grey_png, heat_png
from sovs_map.viewing.sheet import Sheet, ShownLayer
from sovs_map.window import Window

MOST = 200
"""Questions that are remembered; the oldest are forgotten first."""


@dataclass(slots=True, eq=False)
class Conversation:
    """A store, and what it was asked so far. Safe to use from several threads."""

    cube: Cube
    """The store."""

    asked: OrderedDict[str, Question] = field(default_factory=OrderedDict)
    """Questions by key."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """Of the questions."""

    @property
    def sheet(self) -> Sheet:
        """Return what the page is told. Rows and columns are those of the store, which begins before the scene does."""
        scene, store = self.cube.scene, self.cube.store
        sides = pixel_sides_m(scene.georeference, height=scene.height, width=scene.width)
        layers = (ShownLayer("picture", f"Backscatter, {scene.polarisations[0]}", "picture"),)
        height, width = scene.height - store.row, scene.width - store.col
        return Sheet(
            scene.name, height, width, store.stride, None if sides is None else sides[0], layers, (),
            has_polygons=False, can_be_asked=True,
        )  # fmt: skip

    def ask(self, phrase: str) -> str:
        """Return the key of a phrase as a question.

        Raises:
            VocabularyError: it cannot be understood.
        """
        return self._keep(self.cube.question(phrase))

    def point(self, row: int, col: int) -> str:
        """Return the key of the question for what looks like the pixels around a place of the scene.

        Raises:
            OptionError: there is no data.
        """
        a, b, c, d, e, f = self.cube.scene.georeference.transform
        x, y = a * (col + 0.5) + b * (row + 0.5) + c, d * (col + 0.5) + e * (row + 0.5) + f
        return self._keep(self.cube.example(Point(x, y), name=f"like row {row}, column {col}"))

    def question(self, key: str) -> Question:
        """Return a question that was asked.

        Raises:
            OptionError: it was not, or long ago.
        """
        with self.lock:
            if key not in self.asked:
                raise OptionError(f"question {key} is not remembered; ask it again")
            return self.asked[key]

    def _keep(self, question: Question) -> str:
        with self.lock:
            for key, one in self.asked.items():
                if one.vocabulary == question.vocabulary:
                    return key
            key = f"q{len(self.asked) and int(next(reversed(self.asked))[1:]) + 1}"
            self.asked[key] = question
            while len(self.asked) > MOST:
                self.asked.popitem(last=False)
            return key

    def draw(self, key: str, place: Window, *, step: int) -> bytes:
        """Return a PNG of a layer in a window of the store's pixels, in pixels of ``step`` by ``step``.

        Raises:
            OptionError: there is no such question.
        """
        scene, store = self.cube.scene, self.cube.store
        inside = place & Window(-store.row, -store.col, scene.height, scene.width)
        seen = Window(inside.row + store.row, inside.col + store.col, inside.height, inside.width)
        if key == "picture":
            return grey_png(_padded(self.cube.picture(seen, step=step), inside, place, step, 0))
        heat = self.cube.heat(self.question(key), seen, step=step)
        return heat_png(_padded(heat, inside, place, step, float("nan")))

    def save(self, key: str, output: Path, *, threshold: float | None) -> tuple[Path, ...]:
        """Write the answer to a question as files, as ``sovs-map query`` does.

        Raises:
            SovsMapError: see `sovs_map.query_scene`.
        """
        cube, question = self.cube, self.question(key)
        settings = MapSettings(model=cube.model.bundle.folder, overwrite=True)
        plan = plan_query(cube.scene, question.vocabulary, settings)
        with hire(settings) as crew:
            result = query_opened(
                cube.scene, replace(cube.model, words=question.words),
                vocabulary=question.vocabulary, threshold=threshold, settings=settings, plan=plan, crew=crew, output=output,
            )  # fmt: skip
        return result.files


def _padded(values: NDArray[Any], inside: Window, place: Window, step: int, nothing: float) -> NDArray[Any]:
    """Return values of the part of a square that lies in the scene as all of the square."""
    whole = np.full((place.height // step, place.width // step), nothing, values.dtype)
    row, col = (inside.row - place.row) // step, (inside.col - place.col) // step
    part = whole[row : row + values.shape[0], col : col + values.shape[1]]
    part[...] = values[: part.shape[0], : part.shape[1]]
    return whole
