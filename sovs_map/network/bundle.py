"""A model as a folder: weights, what they are, what they may be used on. Data only, checked by hashes."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from sovs_map.errors import BundleError
from sovs_map.network.bundle_files import description_of, own_file, sha256_of
from sovs_map.network.folding import fold
from sovs_map.network.shapes import read_shapes, table, wrong
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextConfig, TextTower
from sovs_map.network.unfilled import Unfilled

FORMAT = 1
"""Of ``bundle.toml``; a reader refuses others."""

NETWORK, TEXT, RECIPE = "network.safetensors", "text.safetensors", "recipe.toml"

Module = TypeVar("Module", bound=nn.Module)


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

    hash: str
    """SHA-256 of ``bundle.toml``, which holds those of the weights: the model's identity in every output."""


def shipped_bundles() -> tuple[str, ...]:
    """Return the names of the bundles that this package carries with weights."""
    with as_file(files("sovs_map.models")) as folder:
        return tuple(sorted(path.parent.name for path in folder.glob(f"*/{NETWORK}")))


def recipes() -> tuple[Path, ...]:
    """Return the recipes that this package carries without weights, to be trained by whoever has the data."""
    with as_file(files("sovs_map.models")) as folder:
        return tuple(sorted(path for path in folder.glob(f"*/{RECIPE}") if not (path.parent / NETWORK).exists()))


def load_bundle(model: str | Path) -> Bundle:
    """Return what the folder of a model says; its weight files are checked against their hashes.

    Args:
        model: name of a shipped bundle, or a folder.

    Raises:
        BundleError: no such bundle, one that is a recipe only, a broken description, a missing or altered weight file.
    """
    folder = _find(model)
    if (folder / RECIPE).is_file() and not (folder / "bundle.toml").exists():
        raise BundleError(
            f"{model} is a recipe without weights; train it with: sovs-map train {folder / RECIPE} --data FOLDER -o DIR, "
            "and use it with: -m DIR"
        )
    content = description_of(folder)
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # a number may have thousands of digits
        raise BundleError(f"bundle {folder}: bundle.toml cannot be read: {error}") from error
    try:
        bundle = _from_document(folder, document, hashlib.sha256(content).hexdigest())
    except ValueError as error:
        raise BundleError(f"bundle {folder}: bundle.toml {error}; fetch the bundle again, or rebuild it") from error
    for name, expected in bundle.hashes:
        found = sha256_of(own_file(folder, name))
        if found != expected:
            raise BundleError(
                f"bundle {folder}: {name} has SHA-256 {found[:12]}…, bundle.toml says {expected[:12]}…; "
                "the weights were altered or damaged: fetch the bundle again"
            )
    return bundle


def load_network(bundle: Bundle) -> SovsNet:
    """Return the bundle's network for inference, float32, its normalisations folded, its filters channels last.

    Raises:
        BundleError: the weights do not fit the architecture.
    """
    network = _fill(lambda: SovsNet(bundle.network), bundle, NETWORK)
    fold(network)
    return network.to(memory_format=torch.channels_last)


def load_tower(bundle: Bundle) -> TextTower:
    """Return the bundle's text tower for inference, float32.

    Raises:
        BundleError: the weights do not fit the architecture.
    """
    return _fill(lambda: TextTower(bundle.text), bundle, TEXT)


def save_weights(module: nn.Module, path: Path) -> None:
    """Write a module's weights as float16 safetensors."""
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(state, path)


def _find(model: str | Path) -> Path:
    folder = Path(model).absolute()
    try:
        if folder.is_dir():
            return folder
    except OSError as error:  # the name is too long, or nobody may look
        raise BundleError(f"{str(model)[:200]} cannot be looked at: {error.strerror}. Try: sovs-map models") from error
    with as_file(files("sovs_map.models")) as shipped:
        found = shipped / str(model)
        if Path(model).name == str(model) and any((found / name).is_file() for name in ("bundle.toml", RECIPE)):
            return found
    names = ", ".join(shipped_bundles())
    raise BundleError(f"{model} is neither a folder nor a shipped model; shipped are: {names}. Try: sovs-map models")


def _from_document(folder: Path, document: dict[str, Any], digest: str) -> Bundle:
    """Return what ``bundle.toml`` says; a ValueError goes on after the words "bundle.toml"."""
    if document.get("format") != FORMAT:
        raise ValueError(f"has format {document.get('format')!r}; this version reads {FORMAT}")
    network, text = read_shapes(document)
    tile, overlap, halo = _tile(table(document, "tile"))
    return Bundle(
        folder=folder,
        name=_words(document, "name"),
        licence=_words(document, "licence"),
        description=_words(document, "description"),
        spacing_m=_spacing(table(document, "input").get("spacing_m")),
        tile=tile,
        overlap=overlap,
        halo=halo,
        network=network,
        text=text,
        hashes=_hashes(table(document, "files")),
        hash=digest,
    )


def _words(document: dict[str, Any], key: str) -> str:
    if not isinstance(value := document.get(key), str):
        raise wrong(key, value, "a text")
    return value


def _hashes(listed: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if set(listed) != {NETWORK, TEXT}:
        raise ValueError(f"lists {', '.join(listed) or 'nothing'} in [files]; it must list {NETWORK} and {TEXT}")
    return tuple((name, _words(listed, name)) for name in listed)


def _spacing(value: object) -> tuple[float, float]:
    match value:
        case [int() | float() as low, int() | float() as high] if 0 < low <= high < math.inf:
            return float(low), float(high)
    raise wrong("input.spacing_m", value, "two lengths in metres, such as [8.0, 20.0]")


def _tile(sizes: dict[str, Any]) -> tuple[int, int, int]:
    tile, overlap, halo = (sizes.get(key) for key in ("side", "overlap", "halo"))
    if type(tile) is not int or tile % 32 or tile <= 0:
        raise wrong("tile.side", tile, "a multiple of 32")
    if type(overlap) is not int or not 0 < overlap <= tile // 2:
        raise wrong("tile.overlap", overlap, f"1 to half the tile, {tile // 2}")
    if type(halo) is not int or halo < 0:
        raise wrong("tile.halo", halo, "a number of pixels")
    return tile, overlap, halo


def _fill(build: Callable[[], Module], bundle: Bundle, name: str) -> Module:
    """Return a module with the bundle's weights, for inference."""
    try:
        state = load_file(own_file(bundle.folder, name))
        _check_shapes(build, state)
        module = build()
        missing, surplus = module.load_state_dict(state, strict=False)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise BundleError(f"bundle {bundle.folder}: {name} does not fit its architecture: {error}") from error
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or surplus:
        raise BundleError(f"bundle {bundle.folder}: {name} misses {missing[:3]} and has unknown {surplus[:3]}")
    return module.to(torch.float32).eval()


def _check_shapes(build: Callable[[], nn.Module], state: dict[str, torch.Tensor]) -> None:
    """Refuse an architecture that isn't that of the weights before memory is taken for it; a RuntimeError tells why."""
    with torch.device("meta"), Unfilled():
        planned = build().state_dict()
    for key in planned.keys() & state.keys():
        if planned[key].shape != state[key].shape:
            raise RuntimeError(f"{key} is {tuple(state[key].shape)}, and should be {tuple(planned[key].shape)}")
