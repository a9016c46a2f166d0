import io
import re
from pathlib import Path

import pytest

from sovs_map.scene import find_scenes
from sovs_map.scene.finding import scene_name
from sovs_map.scene.remote import is_remote


@pytest.fixture
def folder(tmp_path):
    names = ["a_VV.tif", "a_VH.tif", "b.tif", "b_labels.tif", "c-vh.tiff", "notes.txt"]
    for name in names:
        (tmp_path / name).touch()
    return tmp_path


def names(found):
    assert not found.errors
    return [tuple(Path(file).name for file in scene.files) for scene in found.scenes]


EXPECTED = [("a_VV.tif", "a_VH.tif"), ("b.tif",), ("c-vh.tiff",)]


def test_a_folder_and_a_pattern_hold_the_same_scenes(folder):
    assert names(find_scenes([str(folder)])) == EXPECTED
    assert names(find_scenes([f"{folder}/*.tif*"])) == EXPECTED


def test_files_are_joined_by_name_whatever_their_order(folder):
    given = [f"{folder}/a_VH.tif", f"{folder}/b.tif", f"{folder}/a_VV.tif"]

    assert names(find_scenes(given)) == [("a_VV.tif", "a_VH.tif"), ("b.tif",)]


def test_a_plus_joins_what_names_do_not(folder):
    assert names(find_scenes([f"{folder}/b.tif+{folder}/c-vh.tiff"])) == [("b.tif", "c-vh.tiff")]


def test_a_plus_joins_remote_files_and_is_left_alone_in_queries(folder):
    pair = "https://h/a_vv.tif?s=1+https://h/a_vh.tif?s=1"
    (joined,) = find_scenes([pair]).scenes
    (alone,) = find_scenes(["https://h/a_vv.tif?s=1+2"]).scenes
    (mixed,) = find_scenes([f"{folder}/b.tif+https://h/b_vh.tif"]).scenes

    assert (joined.name, joined.label) == ("a", pair.replace("+", " + "))
    assert alone.files == ("https://h/a_vv.tif?s=1+2",)
    assert mixed.files == (f"{folder}/b.tif", "https://h/b_vh.tif")


def test_lists_and_standard_input_are_followed(folder, monkeypatch):
    listing = folder / "list.txt"
    listing.write_text(f"# scenes\n{folder}/b.tif\n\n{folder}/c-vh.tiff\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{folder}/b.tif\n"))

    assert names(find_scenes([f"@{listing}"])) == [("b.tif",), ("c-vh.tiff",)]
    assert names(find_scenes(["-"])) == [("b.tif",)]


def test_a_sentinel_1_folder_is_one_scene(tmp_path):
    (tmp_path / "S1A_IW_GRDH.SAFE" / "measurement").mkdir(parents=True)
    (tmp_path / "S1A_IW_GRDH.SAFE" / "manifest.safe").touch()

    for argument in ("S1A_IW_GRDH.SAFE", ".", "*.SAFE", "S1A_IW_GRDH.SAFE/manifest.safe"):
        assert names(find_scenes([str(tmp_path / argument)])) == [("S1A_IW_GRDH.SAFE",)]


def test_the_measurements_of_a_sentinel_1_product_are_one_scene(tmp_path):
    files = ("s1a-iw-grd-vv-20200101t0-001.tiff", "s1a-iw-grd-vh-20200101t0-002.tiff")
    for name in files:
        (tmp_path / name).touch()

    assert names(find_scenes([str(tmp_path)])) == [files]


@pytest.mark.parametrize("path", ["/vsicurl/https://x.org/a_vv.tif", "s3://bucket/a.tif", "https://x.org/a.tif?k=v*"])
def test_remote_paths_pass_untouched(path):
    assert [scene.files for scene in find_scenes([path]).scenes] == [(path,)]


@pytest.mark.parametrize(
    ("argument", "fix"),
    [
        ("nothing.tif", "a folder of rasters"),
        ("*.tif", "ls "),
        ("@list.txt", "one scene a line"),
        ("", "a folder of rasters"),
        ("x" * 5000, r"xxx… \(5000 characters\) does not exist"),
        ("@" + "x" * 5000, "one scene a line"),
        ("@empty.txt", "names no scene; .* one path or pattern a line"),
        ("@latin.txt", "the byte 0xe9.*iconv"),
        ("@folder", "cannot be read: Is a directory"),
        ("-", "names no scene"),
        ("fol*", r"no file; .* 'fol\*/\*\.tif'"),
        ("folder", "holds no raster .* give a pattern"),
    ],
)
def test_what_names_no_scene_is_refused_and_does_not_stop_the_others(tmp_path, monkeypatch, argument, fix):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    (tmp_path / "empty.txt").write_text("# nothing\n\n")
    (tmp_path / "latin.txt").write_bytes("Orléans.tif\n".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".x_labels.77.partial.tif").touch()
    (tmp_path / "there.img").touch()

    found = find_scenes(["there.img", argument, "s3://bucket/a.tif"])

    assert [scene.files for scene in found.scenes] == [("there.img",), ("s3://bucket/a.tif",)]
    (error,) = found.errors
    assert re.search(fix, str(error))
    assert error.exit_code == 5


def test_hidden_files_of_a_folder_are_no_scenes(folder):
    for name in (".b_labels.77.partial.tif", ".hidden.tif"):
        (folder / name).touch()
    (folder / ".S1A.SAFE").mkdir()

    assert names(find_scenes([str(folder)])) == EXPECTED


def test_names_that_are_too_long_together_are_joined_nevertheless(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [f"{letter * 100}.tif" for letter in "abc"]
    for file in files:
        (tmp_path / file).touch()

    assert [scene.files for scene in find_scenes(["+".join(files)]).scenes] == [tuple(files)]


@pytest.mark.parametrize(
    ("file", "stem"),
    [
        ("in/a_VV.tif", "a"),
        ("VV_a.tif", "a"),
        ("s1a-iw-grd-vv-2020-001.tiff", "s1a-iw-grd-2020"),
        ("vv.tif", "vv"),
        ("https://x.org/a_vv.tif?key=b.c/d", "a"),
        ("zip+https://x.org/s.zip!in/a_vv.tif", "a"),
    ],
)
def test_a_joint_name_leaves_the_polarisation_out(file, stem):
    assert scene_name([file, file]) == stem
    assert scene_name([file]) == Path(file.partition("?")[0].rpartition("!")[2]).stem


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("https://h/a.tif", True),
        ("HTTP://h/a.tif", True),
        ("zip+s3://b/a.zip!a.tif", True),
        ("/vsigs/b/a.tif", True),
        ("/vsizip/{/vsicurl/http://h/a.zip}/a.tif", True),
        ("/vsizip/a.zip/b.tif", False),
        ("/vsimem/a.tif", False),
        ("zip://a.zip!b.tif", False),
        ("https/a.tif", False),
    ],
)
def test_remote_paths_are_known_by_their_names(path, remote):
    assert is_remote(path) is remote
