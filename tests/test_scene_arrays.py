"""DataArrays as scenes: axes in any order, empty ones, and the identity of their numbers."""

from itertools import permutations

import dask.array as da
import numpy as np
import pytest
from conftest import make_scene
from scene_arrays import BOTH, DB, WHOLE, array_scene

from sovs_map.errors import SceneError
from sovs_map.scene import open_scene, read


@pytest.mark.parametrize(("y", "x"), [("y", "x"), ("lat", "lon"), ("latitude", "longitude"), ("Y", "X")])
def test_named_axes_are_found_in_any_order(y, x):
    straight = array_scene(DB).rename(y=y, x=x)
    expected = open_scene(straight)

    for order in permutations(("band", y, x)):
        scene = open_scene(straight.transpose(*order))
        assert (scene.height, scene.width, scene.georeference) == (64, 96, expected.georeference), order
        assert scene.polarisations == BOTH
        np.testing.assert_array_equal(read(scene, WHOLE), DB)
    for plane in (straight[1], straight[1].transpose(x, y)):
        scene = open_scene(plane)
        assert (scene.polarisations, scene.georeference) == (("VH",), expected.georeference)
        np.testing.assert_array_equal(read(scene, WHOLE), DB[1:])


def test_axes_of_other_names_are_taken_in_their_order():
    for names in ({"y": "row", "x": "col"}, {"y": "x", "x": "col"}):
        array = array_scene(DB).drop_vars(["y", "x"]).rename(names)

        np.testing.assert_array_equal(read(open_scene(array), WHOLE), DB)


@pytest.mark.parametrize("part", [{"y": slice(0)}, {"x": slice(0)}, {"band": slice(0)}, {"band": 0, "y": slice(0)}])
def test_an_array_that_holds_nothing_is_refused_with_the_fix(part):
    axis = list(part)[-1]

    with pytest.raises(SceneError, match=rf"holds nothing: .*{axis} 0.*slice\(high, low\)"):
        open_scene(array_scene(DB).isel(part))


@pytest.mark.parametrize("make", [lambda values: values, lambda values: da.from_array(values, chunks=(1, 32, 40))])
def test_the_identity_of_an_array_is_that_of_its_numbers(make):
    other = DB.copy()
    other[1, 40, 50] += 1

    first, again, changed = (open_scene(array_scene(make(values))).identity for values in (DB, DB.copy(), other))

    assert first == again
    assert first != changed


def test_the_identity_of_a_virtual_raster_follows_the_numbers_behind_it(tmp_path):
    make_scene(tmp_path / "behind.tif", DB[:1])
    virtual = tmp_path / "scene.vrt"
    virtual.write_text(
        '<VRTDataset rasterXSize="96" rasterYSize="64"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f"<SourceFilename>{tmp_path / 'behind.tif'}</SourceFilename><SourceBand>1</SourceBand>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    first = open_scene(virtual).identity
    make_scene(tmp_path / "behind.tif", DB[1:])

    # By another way to the same file, as another process would, since this one keeps files open.
    assert open_scene(f"{tmp_path}/./scene.vrt").identity != first
