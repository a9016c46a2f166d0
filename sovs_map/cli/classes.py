"""``sovs-map classes``: how a vocabulary is understood, without a scene."""

from __future__ import annotations

import click

from sovs_map.cli.run_options import MODEL, TEXT


@click.command("classes")
@click.argument("classes")
@MODEL
@TEXT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def classes_command(classes: str, *, model: str, text: str, as_json: bool) -> None:
    """Say how CLASSES are understood: words, nearest concepts, similarity, warnings; as `map` takes them.

    \b
    Example:
      sovs-map classes "water=river|lake|!sea,forest=woodland|trees,urban"
    """
    from sovs_map.vocabulary import read_vocabulary  # noqa: PLC0415 - --help needs none of it

    vocabulary = read_vocabulary(classes)
    from sovs_map.cli.meanings import print_classes  # noqa: PLC0415 - the lexicon takes seconds

    print_classes(vocabulary, model=model, text=text, as_json=as_json)
