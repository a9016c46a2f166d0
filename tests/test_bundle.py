"""Bundles: what is shipped works, what was altered is refused."""

import os
import re
import shutil

import pytest

from sovs_map.errors import BundleError
from sovs_map.network.bundle import load_bundle, load_network, load_tower, shipped_bundles


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(load_bundle("sovs-tiny").folder, tmp_path / "mine")


def load_whole(folder):
    bundle = load_bundle(folder)
    return load_network(bundle), load_tower(bundle)


def test_the_shipped_bundle_is_small_and_whole():
    bundle = load_bundle("sovs-tiny")

    assert "sovs-tiny" in shipped_bundles()
    assert sum((bundle.folder / name).stat().st_size for name, _ in bundle.hashes) <= 30e6
    assert not any(parameter.isnan().any() for parameter in load_network(bundle).parameters())


def test_a_copied_folder_is_the_same_model(copy):
    assert load_bundle(copy).hash == load_bundle("sovs-tiny").hash


@pytest.mark.parametrize("name", ["network.safetensors", "text.safetensors"])
def test_altered_weights_are_refused(copy, name):
    weights = bytearray((copy / name).read_bytes())
    weights[-1] ^= 1
    (copy / name).write_bytes(weights)

    with pytest.raises(BundleError, match="altered or damaged"):
        load_bundle(copy)


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("format = 1", "format = 2", "bundle.toml has format 2; this version reads 1"),
        ('"network.safetensors"', '"../network.safetensors"', "must list"),
        ("side = 512", "side = 250", "multiple of 32"),
        ("stem = 16", "stem = 8", "does not fit"),
        ("stem = 16", "trunk = 16", "has unknown encoder.trunk; known are stem"),
        ("stem = 16", 'stem = "16"', "has '16' as encoder.stem; needed is a whole number"),
        ("dims = [40, 72, 128, 192]", "dims = [40, 72, 128]", "as encoder.dims; needed is 4 whole numbers"),
        ("dims = [40, 72, 128, 192]", "dims = [40, 72, 128, 0]", "as encoder.dims; needed is 4 whole numbers"),
        ("dims = [40, 72, 128, 192]", "dims = 40", "has 40 as encoder.dims; needed is 4 whole numbers"),
        ("[encoder]", 'encoder = "x"\n[others]', "has nothing as encoder; needed is a table"),
        ("format = 1", 'format = 1\nencoder = "x"', "has 'x' as encoder; needed is a table"),
        ("format = 1", "format = 1\nfiles = []", r"has [] as files; needed is a table"),
        ("heads = 3", "heads = 5", "has 5 as text.heads; needed is a divisor of text.width, 192"),
        ("spacing_m = [7.0, 20.0]", "spacing_m = [8.0]", "has [8.0] as input.spacing_m; needed is two lengths"),
        ("spacing_m = [7.0, 20.0]", 'spacing_m = ["8", nan]', "as input.spacing_m; needed is two lengths"),
        ("overlap = 64", "overlap = 300", "has 300 as tile.overlap; needed is 1 to half the tile, 256"),
        ("halo = 512", "halo = -1", "has -1 as tile.halo"),
        ('name = "sovs-tiny"', "name = 7", "has 7 as name; needed is a text"),
        ("[tile]", "[tiles]", "has nothing as tile; needed is a table"),
        ("format = 1", "format = ", "cannot be read"),
    ],
)
def test_a_wrong_description_is_refused(copy, old, new, advice):
    path = copy / "bundle.toml"
    text = path.read_text()
    for key in ("encoder", "files"):
        # A key can be there only once, so the table of a key that is put at the top goes.
        text = re.sub(rf"\[{key}\]\n([^\n\[]+\n)*", "", text) if f"\n{key} = " in new else text
    path.write_text(text.replace(old, new))

    with pytest.raises(BundleError, match=re.escape(advice)) as caught:
        load_whole(copy)

    assert str(caught.value).count("bundle.toml") <= 1


@pytest.mark.parametrize(("old", "new"), [("spacing_m = [7.0", "spacing_m = [5.0"), ("halo = 512", "halo = 47")])
def test_the_hash_tells_every_change_of_the_description(copy, old, new):
    path = copy / "bundle.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    assert load_bundle(copy).hash != load_bundle("sovs-tiny").hash


def test_missing_weights_and_unknown_models_are_refused_with_advice(copy):
    (copy / "text.safetensors").unlink()

    with pytest.raises(BundleError, match=r"text\.safetensors cannot be read"):
        load_bundle(copy)
    with pytest.raises(BundleError, match="sovs-map models"):
        load_bundle("no-such-model")


@pytest.mark.parametrize("name", ["bundle.toml", "network.safetensors", "text.safetensors"])
@pytest.mark.parametrize("target", ["../outside", "/dev/zero", "/dev/null"])
def test_links_out_of_the_folder_are_refused_unread(copy, name, target):
    (copy / name).rename(copy.parent / "outside")
    (copy / name).symlink_to(target)

    with pytest.raises(BundleError, match=r"needed is (?:a|the) file"):
        load_bundle(copy)


def test_a_link_inside_the_folder_is_a_file_of_its_own(copy):
    (copy / "network.safetensors").rename(copy / "weights-v1")
    (copy / "network.safetensors").symlink_to("weights-v1")

    assert load_bundle(copy).hash == load_bundle("sovs-tiny").hash


def test_pipes_and_folders_are_refused_unread(copy):
    (copy / "network.safetensors").unlink()
    os.mkfifo(copy / "network.safetensors")

    with pytest.raises(BundleError, match="a folder, a pipe or a device"):
        load_bundle(copy)


@pytest.mark.parametrize("name", ["../network.safetensors", "/etc/passwd", "sub/network.safetensors"])
def test_files_are_named_without_a_path(copy, name):
    path = copy / "bundle.toml"
    path.write_text(path.read_text().replace('"network.safetensors"', f'"{name}"'))

    with pytest.raises(BundleError, match="must list"):
        load_bundle(copy)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("stem = 60000", "does not fit its architecture"),
        ("dims = [40, 72, 128, 60000]", "does not fit its architecture"),
        ("fused = 4000000", "needed is a whole number from 1 to 65536"),
        ("layers = 70000", "needed is a whole number from 1 to 512"),
        ("context = 60000", "needed is a whole number from 1 to 1024"),
    ],
)
def test_an_architecture_too_large_for_its_weights_takes_no_memory(copy, line, advice):
    path = copy / "bundle.toml"
    key = line.split(" = ")[0]
    path.write_text(re.sub(rf"{key} = .*", line, path.read_text()))

    with pytest.raises(BundleError, match=advice):
        load_whole(copy)


def test_a_description_of_megabytes_and_names_of_thousands_of_letters_are_refused(copy):
    (copy / "bundle.toml").write_bytes(b"#" * (1 << 21))

    with pytest.raises(BundleError, match="fetch the bundle again"):
        load_bundle(copy)
    with pytest.raises(BundleError, match="sovs-map models"):
        load_bundle("x" * 5000)
