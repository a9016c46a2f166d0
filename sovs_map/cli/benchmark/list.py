"""``sovs-map benchmark list``: which data sets there are, and how sure their facts are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sovs_map.benchmark.data_set import DataSet
    from sovs_map.benchmark.layout import Layout


@click.command("list")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a data set.")
def list_command(names: tuple[str, ...], *, as_json: bool) -> None:
    """List the data sets of the benchmark: size, licence, where to get them, what is not certain about them.

    With NAME… their classes and traps are listed, too.

    \b
    Example:
      sovs-map benchmark list whu-opt-sar
    """
    from sovs_map.benchmark.data_sets import DATA_SETS  # noqa: PLC0415 - --help needs none of it

    unknown = sorted(set(names) - {one.name for one in DATA_SETS})
    if unknown:
        from sovs_map.errors import OptionError  # noqa: PLC0415

        raise OptionError(f"{', '.join(unknown)} is no data set; sovs-map benchmark list shows all names")
    for one in DATA_SETS:
        if not names or one.name in names:
            click.echo(json.dumps(_facts(one), ensure_ascii=False) if as_json else _text(one, long=bool(names)))


def _text(one: DataSet, *, long: bool) -> str:
    count = f"{one.samples} samples" if one.samples else "size not stated"
    sure = "verified" if one.is_verified else "not all verified"
    polarisations = ", ".join(one.polarisations)
    lines = [
        f"{one.name}  {one.title}: {one.sensor}, {one.band} band, {polarisations}, {one.spacing_m:g} m; {count}; {sure}",
        f"  licence: {one.licence}; get it: {one.where}",
        *(f"  not certain: {doubt}" for doubt in one.doubts),
    ]
    if long:
        lines += [f"  files: {_files(layout)}" for layout in one.layouts]
        lines += [f"  mind: {trap}" for trap in one.traps]
        lines += [f"  shares pictures with {name}: never on the other side of a split" for name in one.leaks]
        lines += [f"  class {name}: {meaning}" for name, meaning in _meanings(one)]
    return "\n".join(lines)


def _files(layout: Layout) -> str:
    pictures, labels = ", ".join(file.path for file in layout.pictures), ", ".join(layout.labels)
    return f"{pictures}; labels {labels}; splits {', '.join(layout.splits.names)}"


def _meanings(one: DataSet) -> list[tuple[str, str]]:
    from sovs_map.taxonomy import load_taxonomy  # noqa: PLC0415 - --help needs none of it

    leaves = load_taxonomy().leaves
    meant = (", ".join(leaves[leaf - 1].name for leaf in sorted(native.leaves)) for native in one.classes)
    return [(native.name, meaning or "not evaluated") for native, meaning in zip(one.classes, meant, strict=True)]


def _facts(one: DataSet) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "where": one.where,
        "licence": one.licence,
        "sensor": one.sensor,
        "band": one.band,
        "polarisations": list(one.polarisations),
        "spacing_m": one.spacing_m,
        "samples": one.samples or None,
        "splits": list(one.splits),
        "calibrated": one.calibrated,
        "weak": one.weak,
        "verified": one.is_verified,
        "doubts": list(one.doubts),
        "traps": list(one.traps),
        "leaks": list(one.leaks),
        "classes": [
            {"name": native.name, "leaves": sorted(native.leaves), "prompts": list(native.prompts)}
            for native in one.classes
        ],
    }
