"""The shapes of network and text tower as tables of ``bundle.toml``: read, checked, written."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

from sovs_map.network.clip_encoder import ClipEncoderConfig
from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.sovs_net import STRIDE, SovsNetConfig
from sovs_map.network.text import TextConfig

PYRAMID, CLIP = "pyramid", "clip"
"""Kinds of encoder: our own, which is meant where no kind is told, and CLIP's."""

MOST = {"layers": 512, "depths": 512, "context": 1024}
"""Largest numbers of a shape; others may go up to `WIDEST`. Far larger ones would take all memory or hours to build."""

WIDEST = 1 << 16
"""Features of a layer, at most."""

Config = TypeVar("Config", EncoderConfig, ClipEncoderConfig, TextConfig)


def read_shapes(document: dict[str, Any]) -> tuple[SovsNetConfig, TextConfig]:
    """Return the shapes of network and text tower that a whole ``bundle.toml`` tells.

    Raises:
        ValueError: a table is missing or says what cannot be; the message goes on after the words "bundle.toml".
    """
    text = _config(TextConfig, document, "text")
    if text.width % text.heads:
        raise wrong("text.heads", text.heads, f"a divisor of text.width, {text.width}")
    return SovsNetConfig(_encoder(document, shared_dim=text.shared_dim), shared_dim=text.shared_dim), text


def shape_lines(network: SovsNetConfig, text: TextConfig) -> list[str]:
    """Return the lines of TOML that tell the shapes of network and text tower."""
    kind = CLIP if isinstance(network.encoder, ClipEncoderConfig) else PYRAMID
    encoder = {"kind": kind} | asdict(network.encoder)
    return ["[encoder]", *_lines(encoder), "", "[text]", *_lines(asdict(text))]


def wrong(place: str, value: object, needed: str) -> ValueError:
    """Return the error that one value of ``bundle.toml`` cannot be."""
    return ValueError(f"has {'nothing' if value is None else repr(value)} as {place}; needed is {needed}")


def table(document: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a table of ``bundle.toml``.

    Raises:
        ValueError: there is none of this name.
    """
    if not isinstance(found := document.get(key), dict):
        raise wrong(key, found, f"a table [{key}]")
    return found


def _lines(facts: dict[str, object]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in facts.items()]  # such JSON is TOML as well


def _encoder(document: dict[str, Any], *, shared_dim: int) -> EncoderConfig | ClipEncoderConfig:
    kind = table(document, "encoder").get("kind", PYRAMID)
    if kind == PYRAMID:
        return _config(EncoderConfig, document, "encoder")
    if kind != CLIP:
        raise wrong("encoder.kind", kind, f'"{PYRAMID}" or "{CLIP}"')
    clip = _config(ClipEncoderConfig, document, "encoder")
    if clip.width % clip.heads:
        raise wrong("encoder.heads", clip.heads, f"a divisor of encoder.width, {clip.width}")
    if clip.stride % 4 or STRIDE % clip.stride:
        raise wrong("encoder.stride", clip.stride, "4, 8, 16 or 32")
    if clip.output_dim != shared_dim:
        raise wrong("encoder.output_dim", clip.output_dim, f"text.shared_dim, {shared_dim}")
    return clip


def _config(kind: type[Config], document: dict[str, Any], place: str) -> Config:
    """Return the shape that a table tells, each value of the kind that the default has."""
    facts, usual = dict(table(document, place)), asdict(kind())
    if place == "encoder":
        facts.pop("kind", None)
    for key, value in facts.items():
        if key not in usual:
            raise ValueError(f"has unknown {place}.{key}; known are {', '.join(usual)}")
        facts[key] = _value(f"{place}.{key}", value, usual[key])
    return kind(**facts)


def _value(place: str, value: object, usual: object) -> object:
    """Return yes or no, a whole number, or as many whole numbers as usual."""
    if isinstance(usual, bool):
        if not isinstance(value, bool):
            raise wrong(place, value, "true or false")
        return value
    count = len(usual) if isinstance(usual, tuple) else 0
    numbers = value if count and isinstance(value, list) else [value]
    most = MOST.get(place.rpartition(".")[2], WIDEST)
    if len(numbers) != (count or 1) or any(type(number) is not int or not 1 <= number <= most for number in numbers):
        raise wrong(place, value, f"{f'{count} whole numbers' if count else 'a whole number'} from 1 to {most}")
    return tuple(numbers) if count else value
