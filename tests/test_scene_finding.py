import io
from pathlib import Path

import pytest

from sovs_map.errors import SceneError
from sovs_map.scene import find_scenes
from sovs_map.scene.finding import joint_stem


@pytest.fixture
def folder(tmp_path):
    names = ["a_VV.tif", "a_VH.tif", "b.tif", "b_labels.tif", "c-vh.tiff", "notes.txt"]
    for name in names:
        (tmp_path / name).touch()
    return tmp_path


def names(scenes):
    return [tuple(Path(file).name for file in files) for files in scenes]


EXPECTED = [("a_VV.tif", "a_VH.tif"), ("b.tif",), ("c-vh.tiff",)]


def test_a_folder_and_a_pattern_hold_the_same_scenes(folder):
    assert names(find_scenes([str(folder)])) == EXPECTED
    assert names(find_scenes([f"{folder}/*.tif*"])) == EXPECTED


def test_files_are_joined_by_name_whatever_their_order(folder):
    given = [f"{folder}/a_VH.tif", f"{folder}/b.tif", f"{folder}/a_VV.tif"]

    assert names(find_scenes(given)) == [("a_VV.tif", "a_VH.tif"), ("b.tif",)]


def test_a_plus_joins_what_names_do_not(folder):
    assert names(find_scenes([f"{folder}/b.tif+{folder}/c-vh.tiff"])) == [("b.tif", "c-vh.tiff")]


def test_lists_and_standard_input_are_followed(folder, monkeypatch):
    listing = folder / "list.txt"
    listing.write_text(f"# scenes\n{folder}/b.tif\n\n{folder}/c-vh.tiff\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{folder}/b.tif\n"))

    assert names(find_scenes([f"@{listing}"])) == [("b.tif",), ("c-vh.tiff",)]
    assert names(find_scenes(["-"])) == [("b.tif",)]


def test_a_sentinel_1_folder_is_one_scene_of_its_measurements(tmp_path):
    measured = tmp_path / "S1A_IW_GRDH.SAFE" / "measurement"
    measured.mkdir(parents=True)
    files = ("s1a-iw-grd-vv-20200101t0-001.tiff", "s1a-iw-grd-vh-20200101t0-002.tiff")
    for name in files:
        (measured / name).touch()

    for argument in (tmp_path / "S1A_IW_GRDH.SAFE", tmp_path, tmp_path / "*.SAFE"):
        assert names(find_scenes([str(argument)])) == [files]


@pytest.mark.parametrize("path", ["/vsicurl/https://x.org/a_vv.tif", "s3://bucket/a.tif", "https://x.org/a.tif?k=v*"])
def test_remote_paths_pass_untouched(path):
    assert find_scenes([path]) == [(path,)]


@pytest.mark.parametrize(
    ("argument", "fix"),
    [
        ("nothing.tif", "a folder of rasters"),
        ("*.tif", "ls "),
        ("@list.txt", "one scene a line"),
        (".", "give a pattern"),
    ],
)
def test_what_does_not_exist_is_refused(tmp_path, monkeypatch, argument, fix):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SceneError, match=fix):
        find_scenes([argument])


@pytest.mark.parametrize(
    ("file", "stem"),
    [("a_VV.tif", "a"), ("VV_a.tif", "a"), ("s1a-iw-grd-vv-2020-001.tiff", "s1a-iw-grd-2020"), ("vv.tif", "vv")],
)
def test_a_joint_name_leaves_the_polarisation_out(file, stem):
    assert joint_stem([file]) == stem
