"""What happens when the file system says no."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from sovs_map.errors import OutputError
from sovs_map.outputs.finishing import finished_file

FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    import numpy as np
    sys.path.insert(0, {tests!r})
    from outputs_rasters import FIVE, grid_of, write
    from sovs_map.errors import OutputError
    from sovs_map.outputs import write_confidence, write_polygons, sieve
    folder = Path({folder!r})
    noise = np.random.default_rng(0).integers(1, 6, (700, 700), dtype=np.uint8)
    paths = write(folder / "l.tif", noise), write(folder / "c.tif", noise)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
    (folder / "out").mkdir()
    for act in (
        lambda: write_confidence(paths[1], folder / "out" / "c.tif", grid=grid_of(noise), tags=()),
        lambda: write_polygons(*paths, folder / "out" / "p.gpkg", grid=grid_of(noise), vocabulary=FIVE, driver="gpkg"),
        lambda: sieve(paths[0], folder / "out" / "s.tif", min_pixels=2, nodata=255),
    ):
        try:
            act()
        except OutputError as error:
            print("refused:", "GB free" in str(error))
    print("left:", [path.name for path in (folder / "out").iterdir()])
"""


def run(script, folder):
    """Run a script, which may limit itself, in a process of its own."""
    code = textwrap.dedent(script).format(tests=str(Path(__file__).parent), folder=str(folder))
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])


@pytest.mark.skipif(sys.platform != "linux", reason="limits file sizes the Linux way")
def test_full_disk_leaves_nothing_that_looks_finished(tmp_path):
    done = run(FULL_DISK, tmp_path)

    assert done.stdout.splitlines() == ["refused: True"] * 3 + ["left: []"], done.stderr


NEARLY_FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    import numpy as np
    sys.path.insert(0, {tests!r})
    from outputs_rasters import grid_of, write
    from sovs_map.errors import OutputError
    from sovs_map.outputs import geocode, sieve, write_confidence
    folder = Path({folder!r})
    noise = np.random.default_rng(0).integers(1, 6, (700, 700), dtype=np.uint8)
    grid, source, target = grid_of(noise), write(folder / "c.tif", noise), folder / "out" / "c.tif"
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    target.parent.mkdir()
    for act in (
        lambda: write_confidence(source, target, grid=grid, tags=()),
        lambda: sieve(source, target, min_pixels=2, nodata=255),
        lambda: geocode(source, target, grid=grid, crs="EPSG:32631"),
    ):
        act()
        size = target.stat().st_size
        target.unlink()
        for missing in (1, 300, 3_000, 12_000, 60_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing, resource.RLIM_INFINITY))
            try:
                act()
                print("took", size - missing, "of", size)
            except OutputError as error:
                print("refused:", "GB free" in str(error))
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("left:", [path.name for path in target.parent.iterdir()])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits file sizes the Linux way")
def test_disk_that_fills_up_while_a_raster_is_closed_leaves_nothing_that_looks_finished(tmp_path):
    done = run(NEARLY_FULL_DISK, tmp_path)

    assert done.stdout.splitlines() == ["refused: True"] * 15 + ["left: []"], done.stderr


def test_interrupted_block_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), finished_file(tmp_path / "map.tif") as partial:  # noqa: PT012
        partial.write_bytes(b"half a map")
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def locked_folder():
    """Give a folder that the test may look into and not write to, also where the superuser runs it."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(65_534)  # nobody
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_folder_without_permission_is_named_with_the_fix(locked_folder):
    with (
        pytest.raises(OutputError, match=r"no permission.*-o DIR"),
        finished_file(locked_folder / "map.tif") as partial,
    ):
        partial.write_bytes(b"map")
