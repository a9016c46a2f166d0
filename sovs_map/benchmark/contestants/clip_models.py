"""Which CLIP weights a name or a file stands for, and where users get them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import torch

from sovs_map.benchmark.contestants.dense_clip import DenseClip
from sovs_map.errors import OptionError
from sovs_map.network.clip_encoder import ClipEncoder
from sovs_map.training.clip_weights import ClipRecipe, load_clip

FOLDER = Path("weights")
"""Where weights are looked for that are named without a path."""

SHAPE = re.compile(r"vit[-_]?([blh])[-_/]?(\d{2})", re.IGNORECASE)
"""How file names tell the architecture."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Weights that others have published."""

    file: str
    """Name of the file."""

    how: str
    """What to type to get it."""


SLOTS: dict[str, Slot] = {
    "clip": Slot(
        "CLIP-ViT-B-16.bin",
        "hf download laion/CLIP-ViT-B-16-laion2B-s34B-b88K open_clip_pytorch_model.bin --local-dir weights; "
        "mv weights/open_clip_pytorch_model.bin weights/CLIP-ViT-B-16.bin",
    ),
    "remoteclip": Slot(
        "RemoteCLIP-ViT-B-32.pt",
        "hf download chendelong/RemoteCLIP RemoteCLIP-ViT-B-32.pt --local-dir weights",
    ),
    "georsclip": Slot(
        "RS5M_ViT-B-32.pt",
        "hf download Zilun/GeoRSCLIP ckpt/RS5M_ViT-B-32.pt --local-dir weights; "
        "mv weights/ckpt/RS5M_ViT-B-32.pt weights",
    ),
    "alignearth": Slot("AlignEarth-SAR-ViT-B-16.pt", "put the file of its authors (SegEarth-OV-2) into weights"),
    "sarclip": Slot("vit_b_32_model.safetensors", "put the file of its authors (CAESAR-Radi/SARCLIP) into weights"),
}
"""By the names that users type.

Source:
    File names: the authors' own repositories; see SegEarth-OV-2, arXiv:2508.18067, for AlignEarth.
"""


@dataclass(frozen=True, slots=True)
class ClipWeights:
    """A file of weights, and what they are of."""

    name: str
    """Of the contestant."""

    path: Path
    """The file."""

    model: str
    """Name of the architecture in open_clip."""


def find_clip(model: str, *, folder: Path = FOLDER) -> ClipWeights:
    """Return the weights that a user means.

    Args:
        model: a name of SLOTS, or a path.
        folder: where weights are that are named without a path.

    Raises:
        OptionError: the file is not there, or its name does not tell the architecture.
    """
    slot = SLOTS.get(model)
    path = folder / slot.file if slot else Path(model)
    if not path.is_file():
        how = slot.how if slot else f"give the path of a file, or one of the names {', '.join(SLOTS)}"
        raise OptionError(
            f"--model {model}: the weights {path} are not there. Type: {how}; then: --model {path if slot else 'PATH'}"
        )
    return ClipWeights(model if slot else path.stem, path, architecture_of(path.name))


def architecture_of(file: str) -> str:
    """Return the name in open_clip of the architecture that a file's name tells.

    Raises:
        OptionError: it tells none.
    """
    found = SHAPE.search(file)
    if found is None:
        raise OptionError(
            f"--model {file}: the file's name does not tell what the weights are of; let it hold ViT-B-16, ViT-B-32, "
            f"ViT-L-14 or ViT-H-14, e.g. mv {file} ViT-B-16-{file}"
        )
    return f"ViT-{found[1].upper()}-{found[2]}"


def open_clip_contestant(weights: ClipWeights, device: torch.device) -> DenseClip:
    """Return the contestant of some weights on a device.

    Raises:
        OptionError: the file holds other weights, or those of no plain vision transformer.
    """
    parts = load_clip(ClipRecipe(weights.model, str(weights.path)))
    encoder = parts.network.encoder
    assert isinstance(encoder, ClipEncoder)  # noqa: S101 - as it is made
    return DenseClip(encoder.tower.eval().to(device), parts.tower)
