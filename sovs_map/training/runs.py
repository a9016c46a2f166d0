"""The folder of a recipe's runs: whose it is, so that nothing is taken for the work of another recipe."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from sovs_map.errors import OptionError
from sovs_map.training.recipe import Recipe

OF_RESULTS = frozenset({"name", "licence", "description", "spacing_m", "tile", "overlap", "calibration", "trial"})
"""Parts of a recipe that may change after training: nothing that is kept depends on them."""


def claim_runs(runs: Path, recipe: Recipe) -> None:
    """Make the folder of runs if it is not there, and see to it that it holds this recipe's alone.

    Raises:
        OptionError: it holds those of a recipe that trains something else.
    """
    runs.mkdir(parents=True, exist_ok=True)
    parts = {key: value for key, value in asdict(recipe).items() if key not in OF_RESULTS}
    parts["scenes"] = {key: value for key, value in parts["scenes"].items() if key not in ("groups", "credit")}
    wanted = json.loads(json.dumps(parts))
    mark = runs / "trained.json"
    if not mark.exists():
        mark.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
        return
    found = json.loads(mark.read_text(encoding="utf-8"))
    differ = [key for key in wanted if wanted[key] != found.get(key)]
    if differ:
        raise OptionError(
            f"{runs} holds the trainings of another recipe, which differs in {', '.join(differ)}; "
            f"take another folder: --runs {runs}-{recipe.name}, or delete this one"
        )
