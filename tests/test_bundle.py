"""Bundles: what is shipped works, what was altered is refused."""

import shutil

import pytest

from sovs_map.errors import BundleError
from sovs_map.network.bundle import load_bundle, load_network, shipped_bundles


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(load_bundle("sovs-tiny").folder, tmp_path / "mine")


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
        ("format = 1", "format = 2", "format 2"),
        ('"network.safetensors"', '"../network.safetensors"', "must list"),
        ("side = 512", "side = 500", "multiple of 32"),
        ("stem = 16", "stem = 8", "does not fit"),
        ("stem = 16", "trunk = 16", "lacks or misstates"),
        ("[tile]", "[tiles]", "lacks or misstates"),
        ("format = 1", "format = ", "cannot be read"),
    ],
)
def test_a_wrong_description_is_refused(copy, old, new, advice):
    path = copy / "bundle.toml"
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(BundleError, match=advice):
        load_network(load_bundle(copy))


def test_missing_weights_and_unknown_models_are_refused_with_advice(copy):
    (copy / "text.safetensors").unlink()

    with pytest.raises(BundleError, match=r"text\.safetensors cannot be read"):
        load_bundle(copy)
    with pytest.raises(BundleError, match="sovs-map models"):
        load_bundle("no-such-model")
