"""``sovs-map query``: where phrases are true, each with its own probability."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sovs_map.cli.run_options import how_options, network_options, polygon_options, start_logging, where_options


@click.command("query")
@click.argument("scene")
@click.argument("phrases", nargs=-1, required=True, metavar="PHRASE…")
@click.option("--negative", multiple=True, metavar="PHRASE", help="What none of the phrases means; may be repeated.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="P",
    help="Make polygons where the probability is P or more.  [default: no polygons]",
)
@click.option("--explain", is_flag=True, help="Say first what each phrase is near to, and its attributes.")
@where_options
@network_options
@polygon_options
@how_options
def query_command(  # noqa: PLR0913 - a parameter an option
    scene: str,
    phrases: tuple[str, ...],
    *,
    negative: tuple[str, ...],
    threshold: float | None,
    explain: bool,
    output: Path,
    quiet: bool,
    verbose: int,
    as_json: bool,
    dry_run: bool,
    **options: object,
) -> None:
    """Write for each PHRASE the probability that it is true of each pixel of SCENE; phrases do not compete.

    SCENE is what `map` takes, one argument. PHRASE may be "name=prompt|prompt|!negative", or @vocabulary.toml alone.
    Paths of the results are printed one a line; the same command resumes a run that was stopped.

    \b
    Example:
      sovs-map query scene.tif "flooded fields beside a river" "ships" --negative "wet asphalt" --threshold 0.5 -o found
    """
    start_logging(quiet=quiet, verbose=verbose)
    from sovs_map.query_batch import query_batch  # noqa: PLC0415 - --help needs none of it
    from sovs_map.settings import MapSettings  # noqa: PLC0415
    from sovs_map.vocabulary import read_phrases  # noqa: PLC0415

    settings = MapSettings(**options)  # type: ignore[arg-type]
    words = phrases[0] if len(phrases) == 1 else phrases
    vocabulary = read_phrases(words, negatives=negative)
    if explain:
        from sovs_map.cli.meanings import print_meanings  # noqa: PLC0415 - the lexicon takes seconds

        print_meanings(vocabulary, model=str(settings.model), text=settings.text, as_json=as_json)
    code = query_batch(
        (scene,),
        vocabulary=vocabulary,
        threshold=threshold,
        output=output,
        settings=settings,
        dry_run=dry_run,
        as_json=as_json,
        show_progress=not quiet and sys.stderr.isatty(),
    )
    click.get_current_context().exit(code)
