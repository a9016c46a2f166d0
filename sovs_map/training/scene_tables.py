"""The ``[scenes]`` table of a recipe: classes, codes, groups, and whether they can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sovs_map.errors import OptionError
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.real import CODES
from sovs_map.training.recipe_tables import read_table
from sovs_map.training.scene_set import SceneClass, SceneSet


@dataclass(frozen=True, slots=True)
class _ClassTable:
    """What a recipe says of a class."""

    codes: tuple[int, ...]
    concepts: tuple[str, ...]


def scene_set(found: dict[str, Any]) -> SceneSet:
    """Return the scene set of a recipe's ``[scenes]`` table; without groups, each class is one.

    Raises:
        OptionError: a value of the wrong kind, a class that covers what no label stands for, a code or a label that two
            classes share, or groups that are not made of all the classes, each once.
    """
    table = dict(found)
    classes = tuple(
        _scene_class(name, facts) for name, facts in _named(table.pop("classes", None), "scenes.classes").items()
    )
    alone = {one.name: [one.name] for one in classes}
    groups = tuple(
        (name, _members(name, members)) for name, members in _named(table.pop("groups", alone), "scenes.groups").items()
    )
    _check_classes(classes)
    _check_groups(groups, classes)
    scenes = read_table(SceneSet, table | {"classes": classes, "groups": groups}, place="scenes")
    if "{stem}" not in scenes.labels:
        raise OptionError(
            f'has {scenes.labels!r} as scenes.labels; needed is a path with {{stem}}, "labels/{{stem}}.tif"'
        )
    return scenes


def _named(found: object, place: str) -> dict[str, Any]:
    if not isinstance(found, dict) or not found:
        raise OptionError(f"has {found!r} as {place}; needed is a table [{place}], one line a name")
    return found


def _members(name: str, members: object) -> tuple[str, ...]:
    if not isinstance(members, list) or not members or not all(isinstance(member, str) for member in members):
        raise OptionError(f"has {members!r} as group {name!r}; needed is a list of classes")
    return tuple(members)


def _scene_class(name: str, facts: object) -> SceneClass:
    told = read_table(_ClassTable, facts, place=f'scenes.classes."{name}"')
    one = SceneClass(name, told.codes, told.concepts)
    try:
        one.label  # noqa: B018 - looked up to be checked
    except KeyError as error:
        known = ", ".join(concept.name for concept in load_taxonomy().concepts)
        raise OptionError(
            f"has class {name!r} that covers {', '.join(one.concepts)}, of which {error} is unknown or stands for no label; "
            f"take one concept, of: {known}"
        ) from error
    if not all(0 <= code < CODES for code in one.codes):
        raise OptionError(f"has codes {one.codes} of class {name!r}; needed are numbers from 0 to {CODES - 1}")
    return one


def _check_classes(classes: Sequence[SceneClass]) -> None:
    for one, other in combinations(classes, 2):
        shared = sorted(set(one.codes) & set(other.codes))
        if shared:
            raise OptionError(f"gives code {shared[0]} to {one.name!r} and to {other.name!r}; a code has one class")
        if one.label == other.label:
            raise OptionError(
                f"has classes {one.name!r} and {other.name!r} that cover the same; join them: one class with both their codes"
            )


def _check_groups(groups: Sequence[tuple[str, tuple[str, ...]]], classes: Sequence[SceneClass]) -> None:
    members = sorted(member for _, some in groups for member in some)
    if members != sorted(one.name for one in classes):
        raise OptionError(
            f"has groups of {', '.join(members)}; needed is each class once: {', '.join(one.name for one in classes)}"
        )
