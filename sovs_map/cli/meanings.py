"""Print how words are understood."""

from __future__ import annotations

import json

import click
import numpy as np

from sovs_map.meaning import Meaning, Understanding, understand
from sovs_map.network.bundle import load_bundle
from sovs_map.taxonomy.attributes import ATTRIBUTES
from sovs_map.vocabulary import Vocabulary

CELL = 8
"""Width of a column of the similarity matrix [characters]."""


def print_meanings(vocabulary: Vocabulary, *, model: str, text: str, as_json: bool) -> None:
    """Print what each phrase is near to, and its attributes."""
    for meaning in understand(load_bundle(model), vocabulary, text=text).meanings:
        if as_json:
            click.echo(json.dumps(_facts(meaning), ensure_ascii=False))
            continue
        click.echo("\n".join((f"{meaning.name}:", *_near(meaning), f"  attributes: {_attributes(meaning)}")))


def print_classes(vocabulary: Vocabulary, *, model: str, text: str, as_json: bool) -> None:
    """Print how a vocabulary is understood: words, neighbours, similarity matrix, warnings."""
    found = understand(load_bundle(model), vocabulary, text=text)
    if as_json:
        click.echo(json.dumps(_document(vocabulary, found), ensure_ascii=False))
        return
    for entry, meaning in zip(vocabulary.classes, found.meanings, strict=True):
        words = ", ".join((*entry.prompts, *entry.conditions))
        click.echo("\n".join((f"{entry.name}: {words}", *_near(meaning), f"  attributes: {_attributes(meaning)}")))
    if len(vocabulary.classes) > 1:
        click.echo("similarity of the classes:")
        for name, row in zip(vocabulary.names, found.similarity, strict=True):
            click.echo("".join((*(f"{value:{CELL}.2f}" for value in row), f"  {name}")))
    for warning in found.warnings:
        click.echo(f"Warning: {warning}")


def _near(meaning: Meaning) -> tuple[str, ...]:
    return tuple(f"  {near.cosine:5.2f}  {near.concept} ({near.phrase})" for near in meaning.neighbours)


def _attributes(meaning: Meaning) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in zip(ATTRIBUTES, meaning.attributes, strict=True))


def _facts(meaning: Meaning) -> dict[str, object]:
    return {
        "name": meaning.name,
        "nearest": [
            {"concept": near.concept, "phrase": near.phrase, "cosine": round(near.cosine, 4)}
            for near in meaning.neighbours
        ],
        "attributes": {name: round(value, 4) for name, value in zip(ATTRIBUTES, meaning.attributes, strict=True)},
    }


def _document(vocabulary: Vocabulary, found: Understanding) -> dict[str, object]:
    return {
        "classes": [
            _facts(meaning)
            | {
                "prompts": entry.prompts,
                "negatives": entry.negatives,
                "threshold": entry.threshold,
                "bias": entry.bias,
            }
            for entry, meaning in zip(vocabulary.classes, found.meanings, strict=True)
        ],
        "similarity": np.round(found.similarity.astype(float), 4).tolist(),
        "warnings": found.warnings,
    }
