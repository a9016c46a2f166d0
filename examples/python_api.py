"""Map a scene from Python: synonyms, a threshold, areas by class.

usage: python examples/python_api.py SCENE.tif [OUTPUT]
"""

from __future__ import annotations

import sys

import sovs_map


def main(scene: str, output: str = "maps") -> None:
    """Map one scene and print how much of it each class covers."""
    known = sovs_map.open_scene(scene)
    print(f"{known.name}: {known.height} x {known.width}, {', '.join(known.polarisations)}")
    for remark in known.remarks:
        print(f"  {remark}")

    result = sovs_map.map_scene(
        scene,
        classes=[
            "water=river|lake|sea",
            "woods=forest|tree cover",
            "fields=cropland|grassland",
            "town=urban area|houses",
        ],
        output=output,
        unknown=0.3,
        min_area="0.5ha",
        overwrite=True,
    )

    total = sum(pixels for _, pixels in result.areas)
    for name, pixels in result.areas:
        print(f"{name:8s} {pixels / max(total, 1):6.1%}")
    print(result.labels)


if __name__ == "__main__":
    main(*sys.argv[1:])
