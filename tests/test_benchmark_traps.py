"""What readers of public data sets get wrong, one test each."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import benchmark_layouts as layouts
import numpy as np
import pytest
from benchmark_layouts import columns, decibels, read_back, write
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sovs_map.benchmark.chip import read_chip
from sovs_map.benchmark.data_sets import data_set_named
from sovs_map.benchmark.finding import find_sets, list_samples, pick_sets
from sovs_map.benchmark.labels import read_labels
from sovs_map.benchmark.sample import Sample
from sovs_map.benchmark.template import Folders, find_files
from sovs_map.errors import DataSetError


def samples_of(folder):
    local = find_sets(folder)[0]
    return local.data_set, list_samples(local)


def class_at(data_set, chip, row, col):
    return data_set.classes[int(chip.labels[row, col]) - 1].name


def test_the_same_code_is_another_class_in_each_region_of_ddhr(tmp_path):
    seen = []
    for region in layouts.DDHR:
        layouts.ddhr(tmp_path / "all", region)
    for local in find_sets(tmp_path):
        sample = list_samples(local).samples[0]
        seen.append(class_at(local.data_set, read_chip(local.data_set, sample), 0, 0))

    assert seen == ["building", "farmland", "building"]


def test_regions_of_ddhr_are_told_by_the_name_of_their_folder_when_nothing_else_does(tmp_path):
    for name in ("DDHR-Korea", "ddhr_shandong"):
        write(tmp_path / name / "GF3/1.jpg", layouts.amplitude(5).astype("uint8"))
        write(tmp_path / name / "label/1.png", columns(range(5)))
        (tmp_path / name / "train.txt").write_text("1.jpg\n", encoding="utf-8")
        (tmp_path / name / "val.txt").write_text("", encoding="utf-8")

    found = [(one.data_set.name, one.root.name) for one in find_sets(tmp_path)]

    assert found == [("ddhr-korea", "DDHR-Korea"), ("ddhr-shandong", "ddhr_shandong")]


def test_colours_of_version_2_of_air_polsar_are_not_guessed(tmp_path):
    layouts.air_polsar_2(tmp_path, key=False)

    data_set, contents = samples_of(tmp_path)

    assert contents.problems == ()
    assert "unlabelled" in contents.remarks[0]
    assert "colours.csv" in contents.remarks[0]
    with pytest.raises(DataSetError, match=r"published nowhere .* colours\.csv"):
        read_chip(data_set, contents.samples[0])


def test_cities_of_air_polsar_in_folders_of_their_own_are_one_data_set(tmp_path):
    home = tmp_path / "AIR-PolSAR-Seg-2.0-New"
    for city in ("bj", "sh"):
        layouts.air_polsar_2(home / city, key=False)
        for path in (home / city / "Beijing").glob("bj_*"):
            path.rename(path.with_name(path.name.replace("bj", city)))
    layouts.air_polsar_2(tmp_path / "other")
    (tmp_path / "other/colours.csv").rename(tmp_path / "AIR-PolSAR-Seg-2.0-New/colours.csv")
    shutil.rmtree(tmp_path / "other")

    (local,) = find_sets(tmp_path)

    assert [one.scene for one in list_samples(local).samples] == ["bj", "sh"]
    assert all(one.labels for one in list_samples(local).samples)


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        pytest.param(["1,2,300,water"], "0 to 255", id="no colour"),
        pytest.param(["1,2,3,housing"], "one of: water, vegetation", id="class of version 1"),
        pytest.param(["1,2,3,water"], "gives no colour to vegetation", id="not whole"),
    ],
)
def test_a_key_of_colours_that_is_none_is_refused(tmp_path, lines, fix):
    layouts.air_polsar_2(tmp_path, key=False)
    (tmp_path / "colours.csv").write_text("\n".join(["red,green,blue,class", *lines]), encoding="utf-8")

    with pytest.raises(DataSetError, match=fix):
        find_sets(tmp_path)


@given(painted=arrays(np.uint8, (3, 5, 7)))
def test_a_colour_off_the_palette_is_of_the_class_with_the_nearest(painted, tmp_path_factory):
    data_set = data_set_named("fusar-map")
    path = write(tmp_path_factory.mktemp("painted") / "label.tif", painted)
    sample = Sample(data_set.name, "all", "a", "a", (), (path,))
    palette = np.array([one.colours[0] for one in data_set.classes], np.int64)
    distances = np.square(painted.astype(np.int64)[None] - palette[:, :, None, None]).sum(1)

    got = read_labels(data_set, sample)

    expected = np.where(distances.argmin(0) == 0, 0, distances.argmin(0) + 1)
    np.testing.assert_array_equal(got, expected)


def test_labels_with_a_palette_of_colours_are_read_by_their_colours(tmp_path):
    import rasterio  # noqa: PLC0415

    data_set = data_set_named("fusar-map")
    path = tmp_path / "label.tif"
    profile = {"driver": "GTiff", "count": 1, "height": 2, "width": 2, "dtype": "uint8", "crs": "EPSG:32631"}
    place = rasterio.Affine(2, 0, 0, 0, -2, 0)
    with rasterio.open(path, "w", **profile, transform=place) as raster:
        raster.write(np.array([[[7, 9], [9, 7]]], np.uint8))
        raster.write_colormap(1, {7: (0, 0, 255), 9: (255, 255, 0)})

    labels = read_labels(data_set, Sample(data_set.name, "all", "a", "a", (), (path,)))

    assert [data_set.classes[place - 1].name for place in labels.ravel()] == ["water", "road", "road", "water"]


def test_grey_labels_where_colours_belong_are_refused(tmp_path):
    made = layouts.fusar(tmp_path)
    write(made.label, read_back(made.label)[:1])
    data_set, contents = samples_of(tmp_path)

    with pytest.raises(DataSetError, match="without a palette; needed are labels in colours"):
        read_chip(data_set, contents.samples[0])


def test_bolivia_is_a_split_of_its_own(tmp_path):
    layouts.sen1floods11(tmp_path)

    _, contents = samples_of(tmp_path)

    assert [(one.split, one.scene) for one in contents.samples] == [("bolivia", "Bolivia"), ("train", "Ghana")]


def test_a_list_that_names_what_is_not_there_is_told(tmp_path):
    layouts.sen1floods11(tmp_path)
    lists = tmp_path / "v1.1/splits/flood_handlabeled"
    (lists / "flood_test_data.csv").write_text("Spain_1_S1Hand.tif,Spain_1_LabelHand.tif\n", encoding="utf-8")

    _, contents = samples_of(tmp_path)

    assert contents.problems == ("1 of 3 names in the lists of splits have no picture: Spain_1_S1Hand",)


def test_a_list_of_splits_that_is_missing_is_named(tmp_path):
    layouts.sen1floods11(tmp_path)
    (tmp_path / "v1.1/splits/flood_handlabeled/flood_test_data.csv").unlink()

    with pytest.raises(DataSetError, match=r"flood_test_data\.csv is not there"):
        samples_of(tmp_path)


def test_a_sample_that_no_list_has_is_told(tmp_path):
    layouts.sen1floods11(tmp_path)
    (tmp_path / "v1.1/splits/flood_handlabeled/flood_train_data.csv").write_text("", encoding="utf-8")

    _, contents = samples_of(tmp_path)

    assert "Ghana_103272_S1Hand.tif: nothing tells its split" in contents.problems[0]


class Trap:
    """What a pickle may do to who opens it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_never_opened(tmp_path):
    made = layouts.kuro_siwo(tmp_path / "data set")
    sprung = tmp_path / "sprung"
    for name in ("grid_dict.pkl", "data/514/01/ab12/info.json", "data/grid_dict.gz"):
        (tmp_path / "data set" / name).write_bytes(pickle.dumps(Trap(sprung)))

    data_set, contents = samples_of(tmp_path)
    read_chip(data_set, contents.samples[0])

    assert [one.name for one in contents.samples] == [made.sample]
    assert not sprung.exists()


def test_only_pictures_taken_during_the_flood_are_read_of_kuro_siwo(tmp_path):
    layouts.kuro_siwo(tmp_path)

    _, contents = samples_of(tmp_path)

    assert [one.path.name[:7] for one in contents.samples[0].pictures] == ["MS1_IVV", "MS1_IVH"]


def test_a_black_tile_of_etci_counts_nowhere(tmp_path):
    made = layouts.etci(tmp_path)
    for path in (made.picture, Path(str(made.picture).replace("/vv/", "/vh/").replace("_vv.png", "_vh.png"))):
        write(path, np.zeros_like(read_back(path)))
    data_set, contents = samples_of(tmp_path)

    chip = read_chip(data_set, contents.samples[0])

    assert np.isnan(chip.values).all()
    assert chip.values.shape == (2, *chip.labels.shape)
    assert not chip.labels.any()


def test_tiles_of_etci_without_flood_masks_are_not_read(tmp_path):
    layouts.etci(tmp_path)
    for band in ("vv", "vh"):
        path = tmp_path / f"test_internal/redriver/tiles/{band}/redriver_x-0_y-0_{band}.png"
        write(path, layouts.amplitude(3).astype("uint8"))

    _, contents = samples_of(tmp_path)

    assert [one.scene for one in contents.samples] == ["florence_20180510t231343"]
    assert contents.problems == ()


def test_a_mask_that_holds_other_numbers_is_refused(tmp_path):
    made = layouts.etci(tmp_path)
    mask = read_back(made.label)
    mask[:, 0, 0] = 100
    write(made.label, mask)
    data_set, contents = samples_of(tmp_path)

    with pytest.raises(DataSetError, match=rf"{made.label.name} holds 100; a mask"):
        read_chip(data_set, contents.samples[0])


def test_the_broken_picture_of_sen12ms_is_left_out(tmp_path):
    made = layouts.sen12ms(tmp_path)

    _, contents = samples_of(tmp_path)

    assert [one.name for one in contents.samples] == [made.sample]


def test_scenes_of_sen12ms_outside_the_hold_out_list_are_for_training(tmp_path):
    layouts.sen12ms(tmp_path)
    for kind, values in (("s1", decibels(1)), ("lc", columns([3]))):
        write(tmp_path / f"ROIs1158_spring/{kind}_146/ROIs1158_spring_{kind}_146_p1.tif", values)

    _, contents = samples_of(tmp_path)

    assert {one.scene: one.split for one in contents.samples} == {
        "ROIs1868_summer_146": "test",
        "ROIs1158_spring_146": "train",
    }


def test_dfc2020_is_read_as_copernicus_bench_has_it(tmp_path):
    home = tmp_path / "dfc2020_s1s2"
    write(home / "s1/ROIs0000_test_s1_4_p9.tif", decibels(1))
    write(home / "dfc/ROIs0000_test_dfc_4_p9.tif", columns([10]))
    for split in ("train", "val", "test"):
        line = "ROIs0000_test_dfc_4_p9.tif\n" if split == "test" else ""
        (home / f"dfc-{split}-new.csv").write_text(line, encoding="utf-8")

    data_set, contents = samples_of(tmp_path)
    chip = read_chip(data_set, contents.samples[0])

    assert [one.split for one in contents.samples] == ["test"]
    assert class_at(data_set, chip, 0, 0) == "water"


def test_whole_scenes_of_whu_are_cut_into_the_squares_that_fit(tmp_path):
    values = np.tile(layouts.amplitude(40), (1, 100, 8)).astype("uint8")[:, :1100, :1280]
    values[:, 512:1024, 512:1024] //= 4
    write(tmp_path / "sar/NH49E004021.tif", values)
    label = np.full(values.shape[1:], 50, np.uint8)
    label[512:1024, 512:1024] = 40
    write(tmp_path / "lbl/NH49E004021.tif", label)

    data_set, contents = samples_of(tmp_path)
    chips = [read_chip(data_set, one) for one in contents.samples]

    assert len(chips) == 4
    assert [(one.window.row, one.window.col) for one in contents.samples] == [(0, 0), (0, 512), (512, 0), (512, 512)]
    assert [class_at(data_set, one, 9, 9) for one in chips] == ["forest", "forest", "forest", "water"]
    # One scene, one level: the dark square stays dark beside its neighbours.
    assert np.median(chips[3].values) < np.median(chips[0].values) - 10
    assert len(contents.remarks) == 2


def test_signs_in_names_of_folders_and_files_stand_for_themselves(tmp_path):
    made = layouts.sarbud(tmp_path / "SARBuD [final] (1)")
    made.picture.rename(made.picture.with_name("a[1].png"))
    made.label.rename(made.label.with_name("a[1].png"))

    _, contents = samples_of(tmp_path)

    assert [one.name for one in contents.samples] == ["images/a[1]"]
    assert contents.problems == ()


def test_a_data_set_in_two_places_is_refused_by_name(tmp_path):
    layouts.sarbud(tmp_path / "a")
    layouts.sarbud(tmp_path / "b")

    with pytest.raises(DataSetError, match=r"sarbud lies in .*a and in .*b"):
        pick_sets(find_sets(tmp_path))


def test_a_data_set_that_is_not_there_is_named(tmp_path):
    layouts.sarbud(tmp_path)

    with pytest.raises(DataSetError, match="mmflood is not there; found: sarbud"):
        pick_sets(find_sets(tmp_path), only=["mmflood"])


def test_a_table_without_the_split_is_refused(tmp_path):
    layouts.mmflood(tmp_path)
    (tmp_path / "activations.json").write_text(json.dumps({"EMSR107": {"title": "a flood"}}), encoding="utf-8")

    with pytest.raises(DataSetError, match="have a 'subset'"):
        samples_of(tmp_path)


def test_geojson_that_is_none_is_refused(tmp_path):
    made = layouts.spacenet6(tmp_path)
    made.label.write_text("[1, 2]", encoding="utf-8")
    data_set, contents = samples_of(tmp_path)

    with pytest.raises(DataSetError, match="is no GeoJSON of polygons"):
        read_chip(data_set, contents.samples[0])


def test_a_tile_without_buildings_has_none(tmp_path):
    made = layouts.spacenet6(tmp_path)
    made.label.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    data_set, contents = samples_of(tmp_path)

    chip = read_chip(data_set, contents.samples[0])

    assert set(np.unique(chip.labels)) == {0, 1}
    assert class_at(data_set, chip, 0, 0) == "no building"


names = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters="-."), min_size=1, max_size=6)


@given(fields=st.lists(names, min_size=3, max_size=3))
def test_a_file_named_by_a_template_is_found_by_it_with_its_fields(fields, tmp_path_factory):
    root = tmp_path_factory.mktemp("files")
    split, scene, number = (one.strip(".") or "x" for one in fields)
    path = root / split / f"{scene}_{number}.tif"
    path.parent.mkdir(parents=True)
    path.touch()

    found = list(find_files(Folders(), root, "{split}/{scene}_{number}.tif", {}))

    assert [one.path for one in found] == [path]
    assert dict(found[0].fields) == {"split": split, "scene": scene, "number": number}
    assert found[0].fill("{number}/{split}_{scene}.png") == f"{number}/{split}_{scene}.png"


def test_a_field_has_one_value_throughout_a_path(tmp_path):
    for name in ("a/a_1.tif", "a/b_1.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = find_files(Folders(), tmp_path, "{scene}/{scene}_{n}.tif", {})

    assert [one.path.name for one in found] == ["a_1.tif"]


def test_labels_that_are_no_whole_numbers_are_refused(tmp_path):
    made = layouts.mmhunan(tmp_path)
    codes = read_back(made.label).astype(np.float32)
    codes[0, 0, 0] = 1.5
    write(made.label, codes)
    data_set, contents = samples_of(tmp_path)

    with pytest.raises(DataSetError, match=r"holds 1\.5; labels of mmhunan are whole numbers"):
        read_chip(data_set, contents.samples[0])


def test_a_picture_of_another_scale_than_the_data_set_has_is_refused(tmp_path):
    made = layouts.dfc2020(tmp_path)
    write(made.picture, (10 ** (made.db / 20) * 1000).astype(np.float32))
    data_set, contents = samples_of(tmp_path)

    with pytest.raises(ValueError, match="which no backscatter in dB does"):
        read_chip(data_set, contents.samples[0])


def test_a_class_that_is_not_evaluated_is_never_asked_for():
    asked = replace(data_set_named("whu-opt-sar")).asked

    assert [one.name for one in asked] == ["farmland", "city", "village", "water", "forest", "road"]
