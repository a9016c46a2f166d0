"""Twelve physical attributes, by which a radar tells one kind of ground from another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sovs_map.errors import VocabularyError


class Attributes(NamedTuple):
    """What a kind of ground is to a radar: twelve numbers in [0, 1], always in this order.

    Source:
        The list is our own choice; the values of concepts and phrases are authored after the scattering mechanisms of
        Ulaby and Dobson, Handbook of Radar Scattering Statistics for Terrain, Artech House 1989, not measured.
    """

    darkness: float
    """How little comes back: calm water 1, a dense town 0."""

    smoothness: float
    """How even it is, to the wave and to the eye: calm water 1, rubble 0."""

    volume: float
    """How much is scattered among branches, stems or grains of ice, which fills the cross-polarisation: forest 1."""

    double_bounce: float
    """How much returns by two mirrors, ground and wall or ground and stem: a dense town 1."""

    point_like: float
    """How much of it is single bright points, as masts, tanks, cars and ships are."""

    periodic: float
    """How regular its pattern is: rows of vines 1."""

    linear: float
    """How much longer than wide it is: a road 1."""

    man_made: float
    """How much of it people have made: a building 1, a ploughed field less, a forest 0."""

    wet: float
    """How much water it holds on or near its surface: open water 1."""

    relief: float
    """How much slope, layover and shadow it shows: a mountain 1."""

    parcels: float
    """How much it is a patchwork of even pieces with straight borders: fields 1."""

    size: float
    """How far one piece of it reaches: 0 a few metres, 0.5 some hundred metres, 1 many kilometres."""


ATTRIBUTES: tuple[str, ...] = Attributes._fields
"""Names of the attributes, in their order."""


def blend_attributes(parts: Iterable[tuple[Attributes, float]]) -> Attributes:
    """Return the mean of attributes, each with its weight; the weights need not sum to 1."""
    parts = tuple(parts)
    total = sum(weight for _, weight in parts)
    columns = zip(*(attributes for attributes, _ in parts), strict=True)
    weights = [weight for _, weight in parts]
    return Attributes(*(sum(v * w for v, w in zip(column, weights, strict=True)) / total for column in columns))


def override_attributes(attributes: Attributes, text: str) -> Attributes:
    """Return the attributes with those replaced that a text such as ``wet=0.9 periodic=0.8`` names.

    Raises:
        VocabularyError: the text names an attribute that does not exist, or a value outside [0, 1].
    """
    found = dict(part.split("=", 1) for part in text.split())
    if unknown := sorted(set(found) - set(ATTRIBUTES)):
        raise VocabularyError(
            f"{text!r} names {', '.join(unknown)}; attributes are {', '.join(ATTRIBUTES)}. Type wet=0.9."
        )
    values = {name: float(value) for name, value in found.items()}
    if wrong := [f"{name}={value:g}" for name, value in values.items() if not 0 <= value <= 1]:
        raise VocabularyError(f"{text!r} holds {', '.join(wrong)}; attributes lie between 0 and 1. Type wet=0.9.")
    return attributes._replace(**values)
