"""Models: a tiny bundle with damaged description or weights, hashes made right again, or files that lead elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from fuzzing.case import Case, WrongError
from fuzzing.scrambling import ODD_NUMBERS, scramble_bytes, scramble_text
from sovs_map.network.bundle import NETWORK, TEXT, load_bundle, load_network, load_tower, save_weights
from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.shapes import shape_lines
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextConfig, TextTower

ELSEWHERE = (
    "/dev/zero",
    "/dev/null",
    "/etc/passwd",
    "/proc/self/environ",
    "..",
    ".",
    "../outside",
    "network.safetensors",
    "gone",
)

ODD_VALUES = (
    "0",
    "-1",
    "1000000000",
    "9" * 30,
    "9" * 5000,
    "1.5",
    "nan",
    '"8"',
    "true",
    "[]",
    "[" * 5000,
    "[8, 8]",
    "{}",
    "2000",
    "70000",
)


def make(folder: Path, draw: np.random.Generator) -> Case:
    """Return a bundle with a mistake."""
    files = dict(valid_files())
    weights = (NETWORK, TEXT)[draw.integers(2)]
    match draw.integers(8):
        case 0 | 1:
            text, mutation = scramble_text(files["bundle.toml"].decode(), draw)
            files["bundle.toml"] = text.encode(errors="surrogatepass")
        case 2:
            files["bundle.toml"], mutation = _odd_line(files["bundle.toml"].decode(), draw)
        case 3 | 4:
            files[weights], mutation = scramble_bytes(files[weights], draw)
            files = rehashed(files)
        case 5 | 6:
            files[weights], mutation = _odd_header(files[weights], draw)
            files = rehashed(files)
        case _:
            return _led_elsewhere(folder, files, draw)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Case(str(folder), mutation)


def check(case: Case) -> None:
    """Load description and weights; what is loaded must be numbers of the bundle's own files.

    Raises:
        WrongError: it isn't.
    """
    bundle = load_bundle(case.subject)
    folder = Path(case.subject).resolve()
    for name, _ in bundle.hashes:
        if (folder / name).resolve().parent != folder:
            raise WrongError(f"{name} lies outside its bundle")
    network, tower = load_network(bundle), load_tower(bundle)
    if any(tensor.is_meta for module in (network, tower) for tensor in module.state_dict().values()):
        raise WrongError("weights have no numbers")


@cache
def valid_files() -> tuple[tuple[str, bytes], ...]:
    """Return the files of a valid bundle of the smallest size."""
    network = SovsNetConfig(
        EncoderConfig(stem=4, dims=(8, 8, 8, 8), depths=(1, 1, 1, 1), expansion=1, fused=8), shared_dim=4
    )
    text = TextConfig(width=4, heads=1, layers=1, context=8, sentence_dim=8, shared_dim=4)
    head = ["format = 1", 'name = "tiny"', 'licence = "CC0-1.0"', 'description = "Made to be broken."', "[input]"]
    head += ["spacing_m = [7.0, 20.0]", "[tile]", "side = 96", "overlap = 32", "halo = 48"]
    torch.manual_seed(0)
    with TemporaryDirectory() as folder:
        save_weights(SovsNet(network), Path(folder) / NETWORK)
        save_weights(TextTower(text), Path(folder) / TEXT)
        files = {name: (Path(folder) / name).read_bytes() for name in (NETWORK, TEXT)}
    lines = [*head, *shape_lines(network, text), "[files]", *(f'"{name}" = "{_digest(files[name])}"' for name in files)]
    return (("bundle.toml", "\n".join(lines).encode()), *files.items())


def rehashed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files with a description that tells their hashes, as a forger would write it."""
    lines = files["bundle.toml"].decode().split("[files]")[0]
    told = "".join(f'"{name}" = "{_digest(files[name])}"\n' for name in (NETWORK, TEXT))
    return files | {"bundle.toml": f"{lines}[files]\n{told}".encode()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _odd_line(text: str, draw: np.random.Generator) -> tuple[bytes, str]:
    lines = text.splitlines()
    places = [place for place, line in enumerate(lines) if " = " in line]
    place = places[draw.integers(len(places))]
    value = ODD_VALUES[draw.integers(len(ODD_VALUES))]
    lines[place] = f"{lines[place].split(' = ')[0]} = {value}"
    return "\n".join(lines).encode(), f"{lines[place][:80]} × {len(value)}"


def _odd_header(content: bytes, draw: np.random.Generator) -> tuple[bytes, str]:
    """Return weights whose header of JSON says something else about a tensor, or has another length."""
    length = struct.unpack_from("<Q", content)[0]
    if draw.random() < 0.2:
        number = ODD_NUMBERS[draw.integers(len(ODD_NUMBERS))]
        return struct.pack("<Q", number) + content[8:], f"a header of {number} bytes"
    header = json.loads(content[8 : 8 + length])
    names = [name for name in header if name != "__metadata__"]
    name, other = names[draw.integers(len(names))], names[draw.integers(len(names))]
    size = len(content) - 8 - length
    key, value = (
        ("data_offsets", [0, size * 2]),
        ("data_offsets", header[other]["data_offsets"]),
        ("data_offsets", [8, 0]),
        ("data_offsets", [-8, 8]),
        ("shape", [1 << 62, 8]),
        ("shape", header[name]["shape"][::-1]),
        ("shape", []),
        ("dtype", str(draw.choice(["F64", "I8", "BOOL", "BF16", "F8_E4M3", "U64", "X9"]))),
        ("dtype", None),
    )[draw.integers(9)]
    if draw.random() < 0.2:
        header["../../etc/passwd" if draw.random() < 0.5 else "x" * 70_000] = header.pop(name)
        key, value = "name", "another"
    else:
        header[name][key] = value
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told)) + told + content[8 + length :], f"{name}: {key} = {value}"


def _led_elsewhere(folder: Path, files: dict[str, bytes], draw: np.random.Generator) -> Case:
    """Return a bundle one of whose files is a link, a pipe, a folder or missing, or that names a file elsewhere."""
    name = ("bundle.toml", NETWORK, TEXT)[draw.integers(3)]
    inside = folder / "mine"
    inside.mkdir()
    for each, content in files.items():
        (inside / each).write_bytes(content)
    (folder / "outside").write_bytes(files[name])
    target = ELSEWHERE[draw.integers(len(ELSEWHERE))]
    what = int(draw.integers(5))
    if what == 4:
        text = files["bundle.toml"].decode().replace(f'"{NETWORK}"', json.dumps(target))
        (inside / "bundle.toml").write_text(text)
        return Case(str(inside), f"[files] names {target}")
    (inside / name).unlink()
    if what == 0:
        os.mkfifo(inside / name)
    elif what == 1:
        (inside / name).mkdir()
    elif what == 2:
        (inside / name).symlink_to(target)
    return Case(str(inside), f"{name} is {('a pipe', 'a folder', f'a link to {target}', 'missing')[what]}")
