"""Classes as users type them and as TOML: read, written into styles, and given to the text tower."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from fuzzing.case import Case, WrongError
from fuzzing.scrambling import ODD_TEXTS, scramble_bytes, scramble_text
from sovs_map.model import read_words
from sovs_map.network.bundle import Bundle, load_bundle
from sovs_map.outputs.style import polygon_style
from sovs_map.vocabulary import Vocabulary, read_phrases, read_vocabulary

TYPED = (
    "water,forest=forest|woodland|!orchard,urban",
    "open water = river | lake , bare ground",
    "sea ice",
    "água,森林=树林",
)

TOML = """
[[class]]
name = "water"
prompts = ["river", "lake"]
negatives = ["sea"]
threshold = 0.4
bias = -0.5
colour = "#0064c8"

[[class]]
name = "forest"
"""

ODD_VALUES = (
    "1", "-1", "nan", "inf", "-inf", "1e999", "9" * 400, "9" * 5000, "true", '""', '" "', "[]", "[[]]", "{}", '["", " "]', "[1, 2]",
    '["a", 1]', '"\\u0000"', '"\\uFFFF"', '"\\U0010FFFF"', "1979-05-27", "07:32:00", "0x" + "f" * 5000, "[" * 900 + "]" * 900,
    "[" * 50_000, '"' + "w" * 200_000 + '"', '["' + "tree " * 500 + '"]',
)  # fmt: skip

KEYS = ("name", "prompts", "negatives", "threshold", "bias", "colour", "class", "unknown")

ELSEWHERE = (
    "@",
    "@.",
    "@/",
    "@/dev/zero",
    "@/dev/null",
    "@/dev/stdin",
    "@/proc/self/mem",
    "@\0",
    "@" + "x" * 5000,
    "@~",
    "@@a.toml",
)


def make(folder: Path, draw: np.random.Generator) -> Case:
    """Return classes with one to three mistakes."""
    match draw.integers(10):
        case 0 | 1 | 2 | 3:
            return Case(*scramble_text(TYPED[draw.integers(len(TYPED))], draw))
        case 4:
            odd, count = ODD_TEXTS[draw.integers(len(ODD_TEXTS))], int(draw.choice([3, 300, 1_000, 70_000]))
            return Case(",".join(f"{odd[:20]}{number}" for number in range(count)), f"{count} classes of {odd[:20]!r}")
        case 5:
            word = ELSEWHERE[draw.integers(len(ELSEWHERE))]
            return Case(word, f"file {word[:40]!r}")
        case 6 | 7:
            content, mutation = scramble_bytes(TOML.encode(), draw, head=len(TOML))
        case 8:
            text, mutation = scramble_text(TOML, draw)
            content = text.encode(errors="surrogatepass")
        case _:
            key, value = KEYS[draw.integers(len(KEYS))], ODD_VALUES[draw.integers(len(ODD_VALUES))]
            content, mutation = (
                f"[[class]]\nname = 'a'\n{key} = {value}\n".encode(),
                f"{key} = {value[:40]} × {len(value)}",
            )
            if key in {"name", "class"}:
                content = f"{'[[class]]' if key == 'name' else ''}\n{key} = {value}\n".encode()
    path = folder / "classes.toml"
    path.write_bytes(content)
    return Case(f"@{path}", mutation)


def check(case: Case) -> None:
    """Read the classes and use them; what is accepted must be usable.

    Raises:
        WrongError: it isn't.
    """
    vocabulary = read_vocabulary(case.subject)
    read_phrases(case.subject)
    ET.fromstring(polygon_style(vocabulary))  # noqa: S314 - our own
    if len(set(map(str.casefold, vocabulary.names))) < len(vocabulary.names):
        raise WrongError("two classes have one name")
    if any(not word.strip() for entry in vocabulary.classes for word in (entry.name, *entry.prompts, *entry.negatives)):
        raise WrongError("a name or a phrase is empty")
    few = Vocabulary(vocabulary.classes[:8])
    words = read_words(_bundle(), few)
    if not bool(words.phrases.isfinite().all()):
        raise WrongError("a phrase has no meaning")


@cache
def _bundle() -> Bundle:
    return load_bundle("sovs-tiny")
