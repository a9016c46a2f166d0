"""``sovs-map info``: what a scene is taken for, without mapping it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from sovs_map.cli.scene_options import BANDS, SCALE

if TYPE_CHECKING:
    from sovs_map.scene import Scene, SceneFiles


@click.command("info")
@click.argument("scenes", nargs=-1, required=True, metavar="SCENE…")
@BANDS
@SCALE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a scene.")
def info_command(scenes: tuple[str, ...], *, bands: str | None, scale: str, as_json: bool) -> None:
    """Say what each SCENE is taken for: size, polarisations, scale, nodata, georeference.

    SCENE is what `map` takes.

    \b
    Example:
      sovs-map info scene.tif https://example.org/item.json
    """
    from sovs_map.batch import conclude  # noqa: PLC0415 - --help needs none of it
    from sovs_map.outcome import each_scene  # noqa: PLC0415
    from sovs_map.scene import find_scenes, open_scene  # noqa: PLC0415

    def act(files: SceneFiles, _number: int) -> str:
        _print_facts(open_scene(files, bands=bands, scale=scale), as_json=as_json)
        return ""

    click.get_current_context().exit(conclude(each_scene(find_scenes(scenes), act), folder=None))


def _print_facts(scene: Scene, *, as_json: bool) -> None:
    if not as_json:
        click.echo(f"{scene.name}: {scene.height} x {scene.width} pixels, {', '.join(scene.polarisations)}")
        for remark in scene.remarks:
            click.echo(f"  {remark}")
        return
    facts = {
        "scene": scene.name,
        "height": scene.height,
        "width": scene.width,
        "polarisations": scene.polarisations,
        "scale": scene.scale.value,
        "calibrated": scene.calibrated,
        "offsets_db": scene.offsets_db,
        "spacing_m": scene.spacing_m,
        "acquired": scene.acquired,
        "crs": scene.georeference.crs,
        "ground_control_points": len(scene.georeference.gcps),
        "remarks": scene.remarks,
    }
    click.echo(json.dumps(facts))
