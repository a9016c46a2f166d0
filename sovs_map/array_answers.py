"""Answers about DataArrays, as lazy as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sovs_map.errors import OptionError
from sovs_map.independence import Judgement
from sovs_map.lazy import Look, lazy_blocks, placed
from sovs_map.looks import label_attributes, labels_look, probability_look
from sovs_map.network.asking import one_by_one, together
from sovs_map.preparation import prepare_model, scene_eye
from sovs_map.scene import open_scene
from sovs_map.scene.array_inspection import inspect_array
from sovs_map.segmenter import segmenter_for
from sovs_map.settings import MapSettings
from sovs_map.tile_sight import tile_sight
from sovs_map.vocabulary import Vocabulary, adjust, read_phrases, read_vocabulary
from sovs_map.window import Window

CHUNK = 1792
"""Side of the blocks of lazy answers [pixels]: each looks at half a tile around it, too."""

BATCH = 4
"""Tiles in one call of the network."""

OF_FILES = (
    "chunk", "memory", "workers", "scheduler", "crs", "aoi", "min_area", "simplify", "vector", "scores", "overwrite",
)  # fmt: skip
"""Settings that mean something only where files are written."""

OF_CLASSES = ("unknown", "bias", "class_threshold")
"""Settings that mean something only where classes compete."""


@dataclass(slots=True, eq=False)
class Deferred:
    """A look at an array that is made when the first window is asked for: making it reads a sample of the pixels."""

    make: Callable[[], Look]
    """Makes it."""

    look: Look | None = None
    """What was made."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """So that it is made once."""

    def __reduce__(self) -> tuple[type[Deferred], tuple[Callable[[], Look]]]:
        """Leave what was made behind: another process makes its own."""
        return Deferred, (self.make,)

    def at(self, window: Window) -> NDArray[np.generic]:
        """Return what is made of a window."""
        with self.lock:
            if self.look is None:
                self.look = self.make()
        return self.look.at(window)


def segment_array(array: xr.DataArray, classes: str | Sequence[str] | Vocabulary, **settings: object) -> xr.DataArray:
    """Return the labels of an array; see `sovs_map.accessor.SovsAccessor.segment`."""
    asked = _asked(settings, OF_FILES)
    vocabulary = adjust(read_vocabulary(classes), biases=asked.bias, thresholds=asked.class_threshold)
    look = Deferred(partial(_labels, array, vocabulary, asked))
    return _answer(array, look, name="labels", dtype=vocabulary.dtype, attributes=label_attributes(vocabulary))


def query_array(array: xr.DataArray, phrase: str, *, negatives: Sequence[str] = (), **settings: object) -> xr.DataArray:
    """Return the probability of a phrase; see `sovs_map.accessor.SovsAccessor.query`."""
    asked = _asked(settings, (*OF_FILES, *OF_CLASSES))
    vocabulary = read_phrases(phrase, negatives=negatives)
    if len(vocabulary.classes) != 1:
        raise OptionError(f"{len(vocabulary.classes)} phrases were given; query answers one: ask them one by one")
    look = Deferred(partial(_probability, array, vocabulary, asked))
    attributes: dict[str, Any] = {"long_name": vocabulary.names[0], "units": "1"}
    return _answer(array, look, name="probability", dtype="float32", attributes=attributes)


def _asked(settings: dict[str, object], surplus: Sequence[str]) -> MapSettings:
    for name in surplus:
        if name in settings:
            raise OptionError(f"{name} was given, which means nothing for an answer in an array; leave it away")
    return MapSettings(**settings)  # type: ignore[arg-type]


def _labels(array: xr.DataArray, vocabulary: Vocabulary, asked: MapSettings) -> Look:
    scene = open_scene(array, bands=asked.bands, scale=asked.scale, on_error=asked.on_error)
    segmenter = segmenter_for(scene_eye(scene, prepare_model(vocabulary, asked), asked), ask=together)
    sight = tile_sight(scene, segmenter, batch=asked.batch or BATCH, on_error=asked.on_error)
    return labels_look(sight, scene, vocabulary, unknown=asked.unknown)


def _probability(array: xr.DataArray, vocabulary: Vocabulary, asked: MapSettings) -> Look:
    scene = open_scene(array, bands=asked.bands, scale=asked.scale, on_error=asked.on_error)
    model = prepare_model(vocabulary, asked)
    segmenter = segmenter_for(scene_eye(scene, model, asked), ask=one_by_one)
    sight = tile_sight(scene, segmenter, batch=asked.batch or BATCH, on_error=asked.on_error)
    judgement = Judgement(model.query_scale, model.query_bias, (vocabulary.classes[0].bias,))
    return probability_look(sight, scene, judgement)


def _answer(array: xr.DataArray, look: Deferred, *, name: str, dtype: str, attributes: dict[str, Any]) -> xr.DataArray:
    found = inspect_array(array)
    rows, cols = _sides(found.height), _sides(found.width)
    lazy = placed(lazy_blocks(look.at, rows, cols, dtype=dtype), found.georeference, name=name, attributes=attributes)
    return lazy if array.chunks is not None else lazy.compute()


def _sides(length: int) -> tuple[int, ...]:
    return tuple(min(CHUNK, length - start) for start in range(0, length, CHUNK))
