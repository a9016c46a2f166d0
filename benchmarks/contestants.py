"""sovs-map and its peers on the same network: each is prepared, then run once.

Sources of the ways they are called: MONAI 1.6 `sliding_window_inference`, terratorch `tiled_inference`, geoai 0.40
`predict_geotiff`, each by its own documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from sovs_map.model import load_model
from sovs_map.network.bundle import load_bundle
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.network.sovs_net import CELL
from sovs_map.vocabulary import read_vocabulary

FILL_DB = -25.0
"""What pixels without data get from those that know no nodata [dB]."""

Run = Callable[[], None]


class Whole(nn.Module):
    """SOVS-Net as a module from backscatter ``(n, band, rows, cols)`` [dB] to logits ``(n, classes, rows, cols)``."""

    def __init__(self, classes: str) -> None:
        super().__init__()
        model = load_model(load_bundle("sovs-tiny"), read_vocabulary(classes), device="cpu")
        self.network, self.words = model.network, model.words
        self.kinds = torch.tensor([[POLARISATIONS.index(name) for name in ("VV", "VH")]])
        self.conditions = conditions(10.0, calibrated=True)[None]

    @torch.no_grad()
    def forward(self, image: Tensor) -> Tensor:
        """Return logits."""
        count = len(image)
        view = View(self.kinds.expand(count, -1), torch.ones(count, 2), self.conditions.expand(count, -1))
        maps = self.network.maps(standardise(image), self.words, view)
        return F.interpolate(maps, scale_factor=CELL, mode="bilinear")

    @property
    def classes(self) -> int:
        """Return how many logits a pixel gets."""
        return self.words.classes


def read_filled(scene: str) -> Tensor:
    """Return all of a scene ``(1, band, rows, cols)``, filled where there is no data."""
    with rasterio.open(scene) as source:
        return torch.from_numpy(np.nan_to_num(source.read(), nan=FILL_DB))[None]


def write_winners(logits: Tensor, scene: str, target: str) -> None:
    """Write the labels of logits ``(1, classes, rows, cols)``."""
    with rasterio.open(scene) as source:
        profile = source.profile | {"count": 1, "dtype": "uint8", "nodata": 255, "compress": "deflate"}
    with rasterio.open(f"{target}.tif", "w", **profile) as out:
        out.write((logits[0].argmax(0) + 1).numpy().astype(np.uint8), 1)


def sovs_map_run(scene: str, target: str, classes: str) -> Run:
    """Return sovs-map, labels alone."""
    import sovs_map  # noqa: PLC0415 - one contender a process
    import sovs_map.maps  # noqa: PLC0415

    def run() -> None:
        sovs_map.map_scene(scene, classes=classes, output=Path(target), overwrite=True, vector="none", scores="none")

    return run


def monai_run(scene: str, target: str, classes: str) -> Run:
    """Return MONAI's sliding windows, weights of Gauss."""
    from monai.inferers import sliding_window_inference  # noqa: PLC0415

    network = Whole(classes)

    def run() -> None:
        logits = sliding_window_inference(
            read_filled(scene), roi_size=(512, 512), sw_batch_size=4, predictor=network, overlap=0.125, mode="gaussian"
        )
        write_winners(logits, scene, target)

    return run


def terratorch_run(scene: str, target: str, classes: str) -> Run:
    """Return terratorch's tiled inference, blended, nothing cropped."""
    from terratorch.tasks.tiled_inference import tiled_inference  # noqa: PLC0415

    network = Whole(classes)

    def run() -> None:
        logits = tiled_inference(
            network, read_filled(scene), out_channels=network.classes, crop=512, stride=448, delta=0, batch_size=4
        )
        write_winners(logits, scene, target)

    return run


def geoai_run(scene: str, target: str, classes: str) -> Run:
    """Return geoai's prediction of a GeoTIFF, linear weights."""
    from geoai.inference import predict_geotiff  # noqa: PLC0415

    network = Whole(classes)

    def fill(tile: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.nan_to_num(tile, nan=FILL_DB)

    def winners(logits: NDArray[np.float32]) -> NDArray[np.uint8]:
        best: NDArray[np.intp] = logits.argmax(0, keepdims=True)
        return (best + 1).astype(np.uint8)

    def run() -> None:
        predict_geotiff(
            network, scene, f"{target}.tif", tile_size=512, overlap=64, batch_size=4, num_classes=network.classes,
            blend_mode="linear", preprocess_fn=fill, postprocess_fn=winners, output_dtype="uint8", output_nodata=255,
            device="cpu", compress="deflate", verbose=False,
        )  # fmt: skip

    return run


PREPARED: dict[str, Callable[[str, str, str], Run]] = {
    "sovs-map": sovs_map_run,
    "monai": monai_run,
    "terratorch": terratorch_run,
    "geoai": geoai_run,
}
"""Contender to what prepares it."""
