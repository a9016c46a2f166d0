"""A model as a folder: weights, what they are, what they may be used on. Data only, checked by hashes."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from sovs_map.errors import BundleError
from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.folding import fold
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextConfig, TextTower

FORMAT = 1
"""Of ``bundle.toml``; a reader refuses others."""

NETWORK, TEXT = "network.safetensors", "text.safetensors"

Config = TypeVar("Config", EncoderConfig, TextConfig)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a model's folder says about it."""

    folder: Path
    """Where it lies."""

    name: str
    """What it is called."""

    licence: str
    """SPDX identifier of its weights."""

    description: str
    """One sentence: what it was trained on and for."""

    spacing_m: tuple[float, float]
    """Pixel spacings it was trained for, from and to [m]."""

    tile: int
    """Side of the tiles that it maps best and fast [pixels]."""

    overlap: int
    """How far neighbouring tiles overlap [pixels]."""

    halo: int
    """How far from a tile's rim its logits are as good as anywhere [pixels]."""

    network: SovsNetConfig
    """Shape of the image side and decoder."""

    text: TextConfig
    """Shape of the text tower."""

    hashes: tuple[tuple[str, str], ...]
    """SHA-256 of each weight file, by file name."""

    @property
    def hash(self) -> str:
        """Return the SHA-256 over the hashes of the weights: the model's identity in every output."""
        return hashlib.sha256("".join(value for _, value in sorted(self.hashes)).encode()).hexdigest()


def shipped_bundles() -> tuple[str, ...]:
    """Return the names of the bundles that this package carries with weights."""
    with as_file(files("sovs_map.models")) as folder:
        return tuple(sorted(path.parent.name for path in folder.glob(f"*/{NETWORK}")))


def load_bundle(model: str | Path) -> Bundle:
    """Return what the folder of a model says; its weight files are checked against their hashes.

    Args:
        model: name of a shipped bundle, or a folder.

    Raises:
        BundleError: no such bundle, a broken description, a missing or altered weight file.
    """
    folder = _find(model)
    try:
        document = tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BundleError(f"bundle {folder}: bundle.toml cannot be read: {error}") from error
    try:
        bundle = _from_document(folder, document)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"bundle {folder}: bundle.toml lacks or misstates {error}; rebuild the bundle") from error
    for name, expected in bundle.hashes:
        found = _sha256(folder / name)
        if found != expected:
            raise BundleError(
                f"bundle {folder}: {name} has SHA-256 {found[:12]}…, bundle.toml says {expected[:12]}…; "
                "the weights were altered or damaged: fetch the bundle again"
            )
    return bundle


def load_network(bundle: Bundle) -> SovsNet:
    """Return the bundle's network for inference, float32, its normalisations folded.

    Raises:
        BundleError: the weights do not fit the architecture.
    """
    network = SovsNet(bundle.network)
    _fill(network, bundle, NETWORK)
    fold(network)
    return network


def load_tower(bundle: Bundle) -> TextTower:
    """Return the bundle's text tower for inference, float32.

    Raises:
        BundleError: the weights do not fit the architecture.
    """
    tower = TextTower(bundle.text)
    _fill(tower, bundle, TEXT)
    return tower


def save_weights(module: nn.Module, path: Path) -> None:
    """Write a module's weights as float16 safetensors."""
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in module.state_dict().items()
        if not name.endswith(("attn_mask", "num_batches_tracked"))
    }
    save_file(state, path)


def _find(model: str | Path) -> Path:
    folder = Path(model)
    if folder.is_dir():
        return folder
    with as_file(files("sovs_map.models")) as shipped:
        found = shipped / str(model)
        if Path(model).name == str(model) and (found / "bundle.toml").is_file():
            return found
    names = ", ".join(shipped_bundles())
    raise BundleError(f"{model} is neither a folder nor a shipped model; shipped are: {names}. Try: sovs-map models")


def _from_document(folder: Path, document: dict[str, Any]) -> Bundle:
    if document["format"] != FORMAT:
        raise BundleError(f"bundle {folder} has format {document['format']!r}; this version reads {FORMAT}")
    hashes = tuple((str(name), str(value)) for name, value in document["files"].items())
    if {name for name, _ in hashes} != {NETWORK, TEXT}:
        raise BundleError(f"bundle {folder}: [files] must list {NETWORK} and {TEXT}, nothing else")
    low, high = document["input"]["spacing_m"]
    tile, overlap, halo = (int(document["tile"][key]) for key in ("side", "overlap", "halo"))
    if tile % 32 or tile <= 0 or not 0 < overlap <= tile // 2:
        raise BundleError(f"bundle {folder}: tile {tile} must be a multiple of 32, overlap {overlap} within its half")
    text = _config(TextConfig, document["text"])
    return Bundle(
        folder=folder,
        name=str(document["name"]),
        licence=str(document["licence"]),
        description=str(document["description"]),
        spacing_m=(float(low), float(high)),
        tile=tile,
        overlap=overlap,
        halo=halo,
        network=SovsNetConfig(_config(EncoderConfig, document["encoder"]), shared_dim=text.shared_dim),
        text=text,
        hashes=hashes,
    )


def _config(kind: type[Config], table: dict[str, Any]) -> Config:
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else int(value) for key, value in table.items()
    }
    return kind(**facts)


def _fill(module: nn.Module, bundle: Bundle, name: str) -> None:
    try:
        state = load_file(bundle.folder / name)
        missing, surplus = module.load_state_dict(state, strict=False)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise BundleError(f"bundle {bundle.folder}: {name} does not fit its architecture: {error}") from error
    missing = [key for key in missing if not key.endswith(("attn_mask", "num_batches_tracked"))]
    if missing or surplus:
        raise BundleError(f"bundle {bundle.folder}: {name} misses {missing[:3]} and has unknown {surplus[:3]}")
    module.to(torch.float32).eval()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"bundle {path.parent}: {path.name} cannot be read: {error}") from error
