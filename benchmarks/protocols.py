"""Train what the card compares: the network without unseen leaves (OV-A), and without each part of the method.

usage: python benchmarks/protocols.py models/sovs-tiny/recipe.toml --data FOLDER [--runs runs]
       [--only unseen|ablation]

Sections in Markdown are written beside the checkpoints; `sovs-map train` puts them into the card. Runs resume.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from sovs_map.training.ablation import VARIANTS, Worth, ablation_section, run_variant
from sovs_map.training.evaluation import Tiling
from sovs_map.training.making import finished, start_parts, train_network
from sovs_map.training.real import Fragment
from sovs_map.training.recipe import Recipe, read_recipe
from sovs_map.training.runs import claim_runs
from sovs_map.training.scene_set import read_scenes
from sovs_map.training.simulated import make_scenes
from sovs_map.training.simulator.sensors import draw_sensors
from sovs_map.training.syllabus import UNSEEN, full_syllabus, without_leaves
from sovs_map.training.trial import LEAVES, pick, trial_scenes
from sovs_map.training.unseen import FOLD, choose_penalty, examine, unseen_section
from sovs_map.training.vocabularies import Phrasebook

UNSEEN_STEPS, FOLD_STEPS, ABLATION_STEPS = 2600, 900, 600
"""Steps of these trainings, shorter than the recipe's own."""


def measure_unseen(recipe: Recipe, fragments: Sequence[Fragment], runs: Path) -> str:
    """Return the section on leaves that were never taught."""
    tiling, device = Tiling(recipe.tile, recipe.overlap), torch.device("cpu")
    networks = []
    for name, left_out, steps in (("unseen", UNSEEN, UNSEEN_STEPS), ("fold", UNSEEN | FOLD, FOLD_STEPS)):
        plan = replace(recipe, schedule=replace(recipe.schedule, steps=steps))
        network, tower = start_parts(plan, runs)
        book = Phrasebook(tower)
        syllabus = without_leaves(full_syllabus(), left_out)
        networks.append(finished(train_network(network, plan, fragments, book, syllabus, runs / name, device=device)))
    sensors = draw_sensors(torch.Generator().manual_seed(5), 24)
    size = recipe.trial
    others = make_scenes(5, [pick(sensors, index) for index in range(24)], side=size.side, spacing_m=size.spacing_m)
    penalty = choose_penalty(networks[1], book, others, tiling)
    scenes = trial_scenes(size)
    results = [
        examine(networks[0], book, scenes, tiling, asked=LEAVES, unseen=UNSEEN, penalty=value)
        for value in (penalty, 0.0)
    ]
    return unseen_section(results[0], without=results[1], steps=UNSEEN_STEPS)


def measure_ablation(recipe: Recipe, fragments: Sequence[Fragment], val: Sequence[Fragment], runs: Path) -> str:
    """Return the section on what each part is worth; variants that are done already are read."""
    short = replace(recipe, schedule=replace(recipe.schedule, steps=ABLATION_STEPS))
    _, tower = start_parts(recipe, runs)
    book, worths = Phrasebook(tower), []
    for index, variant in enumerate(VARIANTS):
        folder = runs / "ablation" / str(index)
        kept = folder / "worth.json"
        if not kept.exists():
            worth = run_variant(
                variant, short, book, fragments=fragments, val=val, folder=folder, device=torch.device("cpu")
            )
            kept.write_text(json.dumps(asdict(worth)), encoding="utf-8")
        worths.append(Worth(**json.loads(kept.read_text(encoding="utf-8"))))
        print(worths[-1], flush=True)
    return ablation_section(worths, short)


def main() -> None:
    """Train, measure, and write the sections."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("recipe", type=Path)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--runs", type=Path, default=Path("runs"))
    ask.add_argument("--only", choices=("unseen", "ablation"))
    asked = ask.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    recipe, runs = read_recipe(asked.recipe), asked.runs
    claim_runs(runs, recipe)
    fragments, val = (read_scenes(recipe.scenes, asked.data, split=split) for split in ("train", "val"))
    if asked.only != "ablation":
        (runs / "unseen.md").write_text(measure_unseen(recipe, fragments, runs), encoding="utf-8")
    if asked.only != "unseen":
        (runs / "ablation.md").write_text(measure_ablation(recipe, fragments, val, runs), encoding="utf-8")


if __name__ == "__main__":
    main()
