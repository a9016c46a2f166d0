"""Which band is which polarisation: from the user, tags, descriptions or file names, in that order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from sovs_map.errors import OptionError, SceneError
from sovs_map.scene.layer import Layer, Source, words
from sovs_map.scene.raster import file_name

POLARISATIONS = ("VV", "VH", "HH", "HV")
"""Every linear polarisation, sent and received."""

UNKNOWN = "unknown"
"""The polarisation of a band that nothing tells about."""

TOKEN = re.compile(r"(?<![A-Za-z0-9])(VV|VH|HV|HH)(?![A-Za-z0-9])", re.IGNORECASE)
"""A polarisation in a file name, such as ``_VV_`` or ``-vh.``; part of no longer word, since names hold hashes."""

NO_BACKSCATTER = frozenset(
    {"angle", "incidence", "mask", "layover", "shadow", "lia", "theta", "dem", "elevation", "height", "look"}
    | {"quality", "noise", "nesz", "area", "label"}
)
"""Words of bands that hold no backscatter."""

_ADVICE = "Say which band is which, for example: --bands VV=1,VH=2"

Choice = tuple[tuple[Layer, str], ...]


def polarisations_in(text: str) -> tuple[str, ...]:
    """Return the polarisations that a description or tag names, in its order."""
    return tuple(word.upper() for word in words(text) if word.upper() in POLARISATIONS)


def token_of(path: str) -> str | None:
    """Return the polarisation that a file name holds, None unless it holds exactly one."""
    found = TOKEN.findall(PurePath(path).name)
    return found[0].upper() if len(found) == 1 else None


def parse_bands(text: str) -> tuple[tuple[str, int], ...]:
    """Return polarisations and band numbers, from 1, of an option like ``VV=1,VH=2``.

    Raises:
        OptionError: it doesn't read so, or a polarisation or number comes twice.
    """
    pairs = []
    for item in text.split(","):
        name, equals, number = (part.strip() for part in item.partition("="))
        if not equals or name.upper() not in POLARISATIONS or not number.isdecimal() or int(number) < 1:
            raise OptionError(
                f"--bands has {item.strip()!r}; needed is a polarisation ({', '.join(POLARISATIONS)}) and a band "
                "number from 1, for example: --bands VV=1,VH=2"
            )
        pairs.append((name.upper(), int(number)))
    for kind, values in (("polarisation", [n for n, _ in pairs]), ("band", [str(i) for _, i in pairs])):
        twice = [value for value in values if values.count(value) > 1]
        if twice:
            raise OptionError(f"--bands {text} names {kind} {twice[0]} twice; name each once: --bands VV=1,VH=2")
    return tuple(pairs)


def chosen_polarisations(sources: Sequence[Source], *, bands: str) -> tuple[Choice, tuple[str, ...]]:
    """Return layers with the polarisations that the user gave them, and remarks.

    Args:
        sources: of one scene; bands of several files are numbered on from file to file.
        bands: the option's text.

    Raises:
        OptionError: the text can't be read.
        SceneError: there is no band of such a number.
    """
    layers = [layer for source in sources for layer in source.layers]
    pairs = parse_bands(bands)
    for name, number in pairs:
        if number > len(layers):
            raise SceneError(
                f"{_labels(sources)}: --bands asks for {name} in band {number}, but there are {len(layers)} band(s). "
                "Give a number that exists, for example: --bands VV=1"
            )
    choice = tuple((layers[number - 1], name) for name, number in pairs)
    return choice, (f"polarisation: {', '.join(name for name, _ in pairs)}, as given by --bands",)


def detected_polarisations(sources: Sequence[Source]) -> tuple[Choice, tuple[str, ...]]:
    """Return the layers that hold backscatter with their polarisations, and remarks about how they were told.

    Raises:
        SceneError: the layers are a colour picture, more than four, or two have the same polarisation.
    """
    choice: list[tuple[Layer, str]] = []
    remarks: list[str] = []
    for source in sources:
        kept = tuple(layer for layer in source.layers if _holds_backscatter(layer))
        remarks += [f"band {x.index} ({x.description}) is not used" for x in source.layers if _is_other(x)]
        if not kept:
            raise SceneError(f"{source.label} has no band of backscatter among {_described(source)}. {_ADVICE}")
        names, reason = _names(source, kept)
        if UNKNOWN in names:
            _refuse_pictures(source, kept)
        choice += zip(kept, names, strict=True)
        remarks.append(f"polarisation: {', '.join(names)}, {reason}")
    _check(sources, choice)
    return tuple(choice), tuple(remarks)


def _names(source: Source, kept: tuple[Layer, ...]) -> tuple[tuple[str, ...], str]:
    """Return a polarisation for each layer, and who told it."""
    product = source.product
    if product is not None and len(product.polarisations) == len(kept):
        return product.polarisations, f"told by the product, {product.family}"
    ways = (
        ([polarisations_in(layer.polarisation_note) for layer in kept], "told by band tags"),
        ([polarisations_in(layer.description) for layer in kept], "told by band descriptions"),
    )
    for found, reason in ways:
        if any(len(names) == 1 for names in found):
            return tuple(names[0] if len(names) == 1 else UNKNOWN for names in found), reason
    whole = (
        (polarisations_in(source.polarisation_note), "told by tags or the catalogue, in their order"),
        (tuple(token.upper() for token in TOKEN.findall(file_name(source.label))), "told by the file name"),
    )
    for listed, reason in whole:
        if len(listed) == len(kept):
            return listed, reason
    return (UNKNOWN,) * len(kept), f"nothing tells it. {_ADVICE}"


def _holds_backscatter(layer: Layer) -> bool:
    return layer.index != layer.alpha and not _is_other(layer)


def _is_other(layer: Layer) -> bool:
    return not polarisations_in(layer.description) and not NO_BACKSCATTER.isdisjoint(words(layer.description))


def _refuse_pictures(source: Source, kept: tuple[Layer, ...]) -> None:
    if [layer.colour for layer in kept[:3]] == ["red", "green", "blue"] and kept[0].dtype == "uint8":
        raise SceneError(
            f"{source.label} is a picture in red, green and blue; needed are bands of backscatter. If its bands are "
            "polarisations nevertheless, say so, for example: --bands VV=1,VH=2"
        )


def _check(sources: Sequence[Source], choice: Sequence[tuple[Layer, str]]) -> None:
    if len(choice) > len(POLARISATIONS):
        raise SceneError(f"{_labels(sources)} has {len(choice)} bands; a scene has one to four. {_ADVICE}")
    names = [name for _, name in choice]
    for name in POLARISATIONS:
        if names.count(name) > 1:
            raise SceneError(f"{_labels(sources)} has {name} {names.count(name)} times; needed once. {_ADVICE}")


def _labels(sources: Sequence[Source]) -> str:
    return " + ".join(source.label for source in sources)


def _described(source: Source) -> str:
    return ", ".join(layer.description or f"band {layer.index}" for layer in source.layers)
