"""A scene that was embedded, to be asked again and again: lazy arrays for xarray, windows for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sovs_map.aoi_placement import place_geometry
from sovs_map.cells import CELL
from sovs_map.coarse import coarse_heat, coarse_picture
from sovs_map.embedding import embed_scene
from sovs_map.errors import AlreadyDoneError, OptionError, SceneError
from sovs_map.independence import Judgement
from sovs_map.lazy import Look, lazy_blocks, placed, sides
from sovs_map.looks import label_attributes, labels_look, probability_look
from sovs_map.model import Model, load_silent_model, read_words
from sovs_map.network.asking import Ask, one_by_one, together
from sovs_map.question import Question, example_question, phrase_question
from sovs_map.recall import bundle_of, recall_for
from sovs_map.run import Progress
from sovs_map.scene import Scene, SceneFiles, open_scene
from sovs_map.scene.store import Store
from sovs_map.settings import MapSettings
from sovs_map.store_sight import StoreSight, store_sight
from sovs_map.vocabulary import Vocabulary, read_phrases, read_vocabulary
from sovs_map.window import Window

CHUNK, WIDE = 1792, 3584
"""About the sides of the blocks of lazy arrays [pixels], whose areas they have, where many classes are answered and where one
is: a block that is as wide as the scene finds the rims of its squares still held."""


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """A scene that was embedded. What its methods return is lazy: nothing is computed until it is asked for."""

    scene: Scene
    """What the store tells of it."""

    store: Store
    """What the network saw of it."""

    model: Model
    """The model that saw it, without words."""

    def query(self, phrase: str, *, negatives: Sequence[str] = ()) -> xr.DataArray:
        """Return the probability that a phrase is true of each pixel, whatever else may be.

        Args:
            phrase: any words, or ``name=prompt|prompt|!negative``.
            negatives: what the phrase does not mean.

        Returns:
            Lazy, float32 ``(y, x)``, in steps of 1/250 as the rasters of ``sovs-map query`` have them; NaN without data.

        Raises:
            VocabularyError: no phrase, several, or one too long for the text encoder.
        """
        return self.answer(self.question(phrase, negatives=negatives))

    def similar_to(self, geometry: BaseGeometry) -> xr.DataArray:
        """Return the probability that each pixel is like those of a place in the scene, as `query` does.

        Args:
            geometry: polygons, or a point, in the scene's coordinates; in pixels ``(col, row)`` where it has none.

        Raises:
            OptionError: the place holds no data of the scene.
        """
        return self.answer(self.example(geometry))

    def classify(self, classes: str | Sequence[str] | Vocabulary) -> xr.DataArray:
        """Return the label of each pixel among classes that compete, as ``sovs-map map`` does.

        Args:
            classes: as `sovs_map.map_scene` takes them.

        Returns:
            Lazy, uint8 or uint16 ``(y, x)``: 1 to the number of classes, 0 unknown, 255 or 65535 without data; the names are
            in the attributes ``flag_values`` and ``flag_meanings``.

        Raises:
            VocabularyError: the classes cannot be understood.
        """
        vocabulary = read_vocabulary(classes)
        model = replace(self.model, words=read_words(self.model.bundle, vocabulary).to(self.model.device))
        look = labels_look(self._sight(model, ask=together), self.scene, vocabulary)
        return self._lazy(look, side=CHUNK, name="labels", attributes=label_attributes(vocabulary))

    def question(self, phrase: str, *, negatives: Sequence[str] = ()) -> Question:
        """Return a phrase as a question, for `answer` and `heat`; see `query`."""
        vocabulary = read_phrases(phrase, negatives=negatives)
        if len(vocabulary.classes) != 1:
            raise OptionError(f"{len(vocabulary.classes)} phrases were given; a question is one: ask them one by one")
        return phrase_question(self.model, vocabulary)

    def example(self, geometry: BaseGeometry, *, name: str = "example") -> Question:
        """Return a place as a question, for `answer` and `heat`; see `similar_to`."""
        return example_question(self.model, self.store, place_geometry(geometry, self.scene), name=name)

    def answer(self, question: Question) -> xr.DataArray:
        """Return the answer to a question; see `query`."""
        return self._lazy(
            self._look(question), side=WIDE, name="probability", attributes={"long_name": question.name, "units": "1"}
        )

    def heat(self, question: Question, window: Window, *, step: int = 1) -> NDArray[np.float32]:
        """Return the answer in a window at once, in pixels of ``step`` by ``step``, for pictures.

        Steps of 4 and more are answered from coarser cells, without sharpening.

        Args:
            question: phrase or example.
            window: inside the scene.
            step: 1, 2, 4, … a power of two.

        Returns:
            Probabilities ``(⌈rows / step⌉, ⌈cols / step⌉)``; NaN without data.
        """
        if step < CELL:
            return self._look(question).at(window)[::step, ::step].astype(np.float32, copy=False)
        judgement = Judgement(self.model.query_scale, self.model.query_bias, (question.bias,))
        return coarse_heat(self._with(question), self.scene, self.store, judgement, window, step=step)

    def picture(self, window: Window, *, step: int = 1) -> NDArray[np.uint8]:
        """Return the first band in a window, in pixels of ``step`` by ``step``: 1 is -35 dB, 253 is 10 dB, 0 no data."""
        return coarse_picture(self.store, window, step=step)

    def _with(self, question: Question) -> Model:
        return replace(self.model, words=question.words)

    def _sight(self, model: Model, *, ask: Ask) -> StoreSight:
        return store_sight(self.scene, self.store, recall_for(self.scene, self.store, model, ask=ask))

    def _look(self, question: Question) -> Look:
        judgement = Judgement(self.model.query_scale, self.model.query_bias, (question.bias,))
        return probability_look(self._sight(self._with(question), ask=one_by_one), self.scene, judgement)

    def _lazy(self, look: Look, *, side: int, name: str, attributes: dict[str, Any]) -> xr.DataArray:
        rows, cols = sides(look.sight.chunks(side))
        blocks = lazy_blocks(look.at, rows, cols, dtype=look.dtype)
        return placed(blocks, self.scene.georeference, name=name, attributes=attributes)


def open_cube(
    path: str | Path, *, model: str | Path | None = None, device: str = "auto", threads: int | None = None
) -> Cube:
    """Return a scene that was embedded.

    Args:
        path: of the store.
        model: the bundle that made it, for one that this package does not carry; None finds it by its name.
        device: where questions are answered: auto, cpu, cuda or cuda:N.
        threads: CPU threads; None takes all cores.

    Raises:
        SceneError: it is no store, or damaged.
        BundleError: the model that made it is not here.
    """
    scene = open_scene(str(path))
    if scene.store is None:
        raise SceneError(f"{path} is no store; make one with: sovs-map embed {path} -o scene.zarr")
    return Cube(scene, scene.store, load_silent_model(bundle_of(scene.store, model), device=device, threads=threads))


def embed(
    scene: str | Path | Sequence[str | Path] | SceneFiles | xr.DataArray,
    output: str | Path,
    *,
    on_progress: Progress | None = None,
    **settings: object,
) -> Cube:
    """Store what the network sees of a scene, and return it as a cube; a store of the same scene and model is kept.

    Args:
        scene: a raster, one file per polarisation, what `find_scenes` found, or a DataArray.
        output: folder of the store, by custom ``….zarr``.
        on_progress: called after each chunk.
        settings: fields of `MapSettings` that say where and how the network runs.

    Raises:
        SovsMapError: anything that the user can mend; see `sovs_map.errors` for the kinds.
    """
    asked = MapSettings(**settings)  # type: ignore[arg-type]
    with suppress(AlreadyDoneError):
        embed_scene(scene, output, on_progress=on_progress, **settings)
    return open_cube(output, model=asked.model, device=asked.device, threads=asked.threads)
