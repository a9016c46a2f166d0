"""Answers and pictures from afar: from the coarser cells of a store, in time that follows the picture and not the scene."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.cells import CELL
from sovs_map.errors import OptionError
from sovs_map.independence import Judgement, judge
from sovs_map.looks import stored_probability
from sovs_map.model import Model
from sovs_map.recall import along_basis
from sovs_map.scene import Scene
from sovs_map.scene.store import LEVELS, Store, read_attributes, read_picture, read_vectors
from sovs_map.window import Window


def coarse_heat(
    model: Model, scene: Scene, store: Store, judgement: Judgement, window: Window, *, step: int
) -> NDArray[np.float32]:
    """Return the answer to a model's words in a window, not sharpened.

    Args:
        model: with the words of one class.
        scene: the store's.
        store: what was seen.
        judgement: how logits become probabilities.
        window: inside the scene.
        step: pixels in one of the answer's along a side, CELL or more, a power of two.

    Returns:
        Probabilities ``(⌈rows / step⌉, ⌈cols / step⌉)``; NaN without data.
    """
    level = _level(step)
    place = _place(store, window, level=level)
    vectors = np.nan_to_num(read_vectors(store, place, level=level, every=step // level))
    attributes = np.nan_to_num(read_attributes(store, place, level=level, every=step // level))
    device = model.device
    with torch.inference_mode():
        logits = model.network.match(
            torch.from_numpy(vectors)[None].to(device),
            torch.from_numpy(attributes)[None].to(device),
            torch.tensor([float(scene.calibrated)], device=device),
            along_basis(model.words, store),
        )[0]
    band = Band(Window(0, 0, *vectors.shape[1:]), logits.cpu().numpy())
    valid = coarse_picture(store, window, step=step) > 0
    return stored_probability(judge(band, valid, judgement=judgement)[0][0])


def coarse_picture(store: Store, window: Window, *, step: int) -> NDArray[np.uint8]:
    """Return the first band in a window, ``(⌈rows / step⌉, ⌈cols / step⌉)``: 1 is -35 dB, 253 is 10 dB, 0 no data."""
    level = _level(step)
    stored = read_picture(store, _place(store, window, level=level), level=level)[:: step // level, :: step // level]
    return np.where(stored > 0, 2 * stored - 1, 0).astype(np.uint8)


def _level(step: int) -> int:
    """Return the coarsest cells that are not coarser than a step."""
    if step < 1 or step & (step - 1):
        raise OptionError(f"step is {step}; it is a power of two, such as 1, 2, 4, 8")
    return max(level for level in (1, CELL, *LEVELS) if level <= step)


def _place(store: Store, window: Window, *, level: int) -> Window:
    """Return the cells of a window, as many as its pixels make up from its first one."""
    row, col = (window.row - store.row) // level, (window.col - store.col) // level
    return Window(row, col, -(-window.height // level), -(-window.width // level))
