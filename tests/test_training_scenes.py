"""Labelled scenes and recipes: what codes become, whose runs are kept, and what is refused with what to do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import make_scene, speckled_power

from sovs_map.errors import OptionError, SceneError
from sovs_map.training.forest import fit_forest, predict_forest
from sovs_map.training.labels import LABEL_SETS, label_for
from sovs_map.training.making import forest_maps
from sovs_map.training.real import RealChips
from sovs_map.training.recipe import read_recipe
from sovs_map.training.runs import claim_runs
from sovs_map.training.scene_set import check_sides, closed_cut, lessons_of, read_scenes
from sovs_map.training.syllabus import full_syllabus, without_leaves
from sovs_map.training.vocabularies import cut_of

RECIPE = """
name = "mine"
licence = "CC0-1.0"
description = "A model of a test."
spacing_m = [5, 30]
tile = 64
overlap = 16
real_share = 0.5
fixed_share = 0.5
cuts = 1

[scenes]
folder = "lakes"
pictures = "sar/*.tif"
labels = "truth/{stem}.tif"
splits = "splits.csv"

[scenes.classes]
"lake" = { codes = [7], concepts = ["permanent water"] }
"wood" = { codes = [0, 255], concepts = ["tree cover"] }
"fields" = { codes = [3], concepts = ["cropland"] }

[schedule]
steps = 2
sides = [64]
pixels = 8192

[yardstick]
steps = 2
sides = [64]
pixels = 8192

[distillation]
steps = 2
"""


def write_recipe(folder, text=RECIPE):
    path = folder / "recipe.toml"
    path.write_text(text)
    return path


@pytest.fixture
def recipe(tmp_path):
    return read_recipe(write_recipe(tmp_path))


@pytest.fixture
def data(tmp_path):
    """Write three labelled scenes: dual and single polarisation, and one in a split of another name."""
    folder = tmp_path / "lakes"
    for name in ("sar", "truth"):
        (folder / name).mkdir(parents=True)
    for seed, (stem, bands) in enumerate((("a", ("VV", "VH")), ("b", ("HH",)), ("c", ("VV",)))):
        db = 10 * np.log10(speckled_power((len(bands), 80, 96), seed=seed))
        make_scene(folder / "sar" / f"{stem}.tif", db, units=["dB"] * len(bands), descriptions=bands)
        make_scene(folder / "truth" / f"{stem}.tif", made_codes(np.uint8)[None])
    (folder / "splits.csv").write_bytes("\ufeffscene,split\na,train\nb,val\nc,spare\n".encode())
    return tmp_path


def made_codes(dtype):
    codes = np.full((80, 96), 3, dtype)
    codes[:20, :30], codes[20:40], codes[40:60, 50:] = 7, 0, 99
    return codes


def test_codes_become_the_labels_of_their_classes_and_others_none(recipe, data):
    (scene,) = read_scenes(recipe.scenes, data, split="train")

    assert [LABEL_SETS[scene.labels[place]] for place in ((0, 0), (25, 5), (70, 70), (50, 60))] == [
        {1}, {6}, {10}, frozenset(),
    ]  # fmt: skip
    assert scene.polarisations == ("VV", "VH")
    assert [scene.name for scene in read_scenes(recipe.scenes, data, split="val")] == ["b"]


def test_codes_of_wide_types_are_read_and_negative_ones_are_none(recipe, data):
    codes = made_codes(np.int16)
    codes[70, 70], codes[71, 71], codes[72, 72] = -1, 300, 255
    make_scene(data / "lakes" / "truth" / "a.tif", codes[None])

    (scene,) = read_scenes(recipe.scenes, data, split="train")

    assert [scene.labels[at, at] for at in (70, 71, 72)] == [0, 0, label_for(frozenset({6}))]


def test_pixels_without_data_are_unlabelled_and_filled(recipe, data):
    db = 10 * np.log10(speckled_power((1, 80, 96)))
    db[0, :10] = np.nan
    make_scene(data / "lakes" / "sar" / "a.tif", db, units=["dB"], descriptions=["VV"], nodata=np.nan)

    (scene,) = read_scenes(recipe.scenes, data, split="train")

    assert not scene.labels[:10].any()
    assert scene.labels[10:20, :30].all()
    assert np.isfinite(scene.db).all()


def test_chips_of_scenes_of_different_bands_come_in_one_batch(recipe, data):
    scenes = [scene for split in ("train", "val") for scene in read_scenes(recipe.scenes, data, split=split)]

    batch = RealChips(scenes).draw(np.random.default_rng(0), count=12, side=64)

    assert set(batch.view.present.sum(1).tolist()) == {1, 2}
    assert (batch.image[batch.view.present == 0] == 0).all()
    assert set(batch.labels.unique().tolist()) == {0, *(one.label for one in recipe.scenes.classes)}


def test_a_label_between_the_places_that_are_looked_up_is_no_error(recipe, data):
    (scene,) = read_scenes(recipe.scenes, data, split="train")
    labels = np.zeros_like(scene.labels)
    labels.ravel()[97] = 1

    batch = RealChips([replace(scene, labels=labels)]).draw(np.random.default_rng(0), count=20, side=64)

    assert batch.labels.max() <= 1


def test_a_forest_is_fitted_to_scenes_of_one_class_and_labelled_everywhere(recipe, data):
    (scene,) = read_scenes(recipe.scenes, data, split="train")
    alone = replace(scene, labels=np.ones_like(scene.labels))

    assert (predict_forest(fit_forest([alone], pixels=500), alone) == 1).all()


def test_kept_answers_of_the_forest_belong_to_their_scenes_whatever_their_order_and_size(recipe, data, tmp_path):
    (scene,) = read_scenes(recipe.scenes, data, split="train")
    part = replace(scene, name="part", db=scene.db[:, :70], labels=scene.labels[:70])
    first = forest_maps([scene], [scene, part], tmp_path / "forest.safetensors")

    again = forest_maps([scene], [part, scene], tmp_path / "forest.safetensors")

    assert all(np.array_equal(one, other) for one, other in zip(first, again[::-1], strict=True))


def test_scenes_without_groups_have_each_class_as_one(recipe):
    assert recipe.scenes.groups == (("lake", ("lake",)), ("wood", ("wood",)), ("fields", ("fields",)))


def test_the_closed_classes_are_right_where_their_own_label_is(recipe):
    cut = closed_cut(recipe.scenes)

    assert cut.prompts == (("lake",), ("wood",), ("fields",))
    assert [cut.right[one.label].tolist() for one in recipe.scenes.classes] == np.eye(3, dtype=bool).tolist()
    assert not (cut.right & cut.wrong).any()


def test_no_name_of_a_class_brings_an_unseen_leaf_back(recipe):
    classes = (replace(recipe.scenes.classes[0], name="water", concepts=("any water",)),)
    syllabus = without_leaves(full_syllabus(), frozenset({1}))

    (lesson,) = lessons_of(replace(recipe.scenes, classes=classes), syllabus)

    assert lesson.leaves == {2}
    assert "water" not in lesson.words
    assert not cut_of([lesson], [lesson.words[:1]], unseen=syllabus.unseen).right[1].any()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("cuts = 1", "", "has no cuts"),
        ("cuts = 1", "cuts = 1\ncutz = 2", "unknown cutz; known are"),
        ("cuts = 1", 'cuts = "1"', "'1' as cuts; needed is a whole number"),
        ("cuts = 1", "cuts = 0", "cuts, steps"),
        ("steps = 2\nsides", "steps = true\nsides", "True as schedule.steps"),
        ("sides = [64]", "sides = [65]", "multiples of 32"),
        ("sides = [64]", "sides = [672]", "up to the 640"),
        ("sides = [64]", "sides = 64", "64 as schedule.sides; needed is a list"),
        ("[5, 30]", "[30, 5]", "the smaller first"),
        ("[5, 30]", "[5]", "needed is 2 values"),
        ("overlap = 16", "overlap = 40", "half the tile"),
        ("real_share = 0.5", "real_share = 50", "from 0 to 1"),
        ("[distillation]\nsteps = 2", "", r"\[clip\] and \[distillation\]"),
        ("[distillation]", "[clip]\n[distillation]", r"\[clip\] and \[distillation\]"),
        ("[distillation]", "[network]\ndims = [8, 8]\n[distillation]", "4 numbers each"),
        ("[distillation]", "[distillation.config]\nwidth = 1.5\n[distillation]", "distillation.config.width"),
        ("[schedule]", "[plan]", "has unknown plan"),
        ("tree cover", "trees of my garden", "take one concept, of: "),
        ("codes = [3]", "codes = [7]", "code 7 to 'lake' and to 'fields'"),
        ("codes = [3]", "codes = [256]", "from 0 to 255"),
        ("codes = [3]", "codes = 3", "needed is a list"),
        ("codes = [3]", "kodes = [3]", "unknown"),
        ('["cropland"]', '["tree cover"]', "cover the same; join them"),
        ("{stem}", "all", "stem"),
        ("[schedule]", '[scenes.groups]\n"all" = ["lake", "wood"]\n[schedule]', "each class once"),
        ("[schedule]", '[scenes.groups]\n"all" = "lake"\n[schedule]', "needed is a list of classes"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_is_refused_with_its_place(tmp_path, old, new, says):
    assert old in RECIPE

    with pytest.raises(OptionError, match=says) as error:
        read_recipe(write_recipe(tmp_path, RECIPE.replace(old, new, 1)))

    assert str(error.value).startswith(f"recipe {tmp_path / 'recipe.toml'} ")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe"])
def test_a_file_that_is_no_recipe_is_refused(tmp_path, content):
    (tmp_path / "recipe.toml").write_bytes(content)

    with pytest.raises(OptionError, match="cannot be read"):
        read_recipe(tmp_path / "recipe.toml")


def test_a_folder_of_data_that_holds_no_scenes_is_refused(recipe, tmp_path):
    with pytest.raises(OptionError, match="--data must name the folder that holds lakes/"):
        read_scenes(recipe.scenes, tmp_path / "nowhere", split="train")


def test_a_split_without_scenes_is_refused(recipe, data):
    (data / "lakes" / "splits.csv").write_text("scene,split\na,train\n")

    with pytest.raises(OptionError, match=r"splits\.csv puts into val"):
        read_scenes(recipe.scenes, data, split="val")


def test_a_table_of_splits_without_its_columns_is_refused(recipe, data):
    (data / "lakes" / "splits.csv").write_text("file,set\na,train\n")

    with pytest.raises(OptionError, match="needed are scene and split"):
        read_scenes(recipe.scenes, data, split="train")


def test_scenes_of_which_no_code_has_a_class_are_refused(recipe, data):
    make_scene(data / "lakes" / "truth" / "a.tif", np.full((1, 80, 96), 42, np.uint8))

    with pytest.raises(OptionError, match=r"compare \[scenes\.classes\]"):
        read_scenes(recipe.scenes, data, split="train")


def test_labels_that_are_not_there_or_fractions_or_of_another_size_are_refused(recipe, data):
    truth = data / "lakes" / "truth" / "a.tif"
    make_scene(truth, np.ones((1, 40, 96), np.uint8))
    with pytest.raises(SceneError, match="share one grid"):
        read_scenes(recipe.scenes, data, split="train")

    make_scene(truth, np.ones((1, 80, 96), np.float32))
    with pytest.raises(SceneError, match="rio convert --dtype uint8"):
        read_scenes(recipe.scenes, data, split="train")

    truth.unlink()
    with pytest.raises(SceneError, match="see labels in the recipe"):
        read_scenes(recipe.scenes, data, split="train")


def test_scenes_smaller_than_a_chip_are_refused_by_name(recipe, data):
    scenes = read_scenes(recipe.scenes, data, split="train")

    check_sides(scenes, (64,))
    with pytest.raises(OptionError, match="scene a has 80 x 96 pixels and chips have 96"):
        check_sides(scenes, (64, 96))


def test_the_runs_of_one_recipe_are_not_taken_for_those_of_another(recipe, tmp_path):
    runs = tmp_path / "runs"
    claim_runs(runs, recipe)

    claim_runs(runs, replace(recipe, description="Better said.", tile=96))
    longer = replace(recipe, schedule=replace(recipe.schedule, steps=3))
    with pytest.raises(OptionError, match=r"differs in schedule; take another folder: --runs .*runs-mine"):
        claim_runs(runs, longer)


def test_the_shipped_recipes_name_their_classes_in_words_that_may_be_taught():
    for path in sorted((Path(__file__).parents[1] / "models").glob("*/recipe.toml")):
        lessons = lessons_of(read_recipe(path).scenes, full_syllabus())

        assert all(lesson.leaves for lesson in lessons)
        assert len(lessons) == len(read_recipe(path).scenes.classes)
