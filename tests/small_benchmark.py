"""A benchmark of a few small simulated scenes, made where a test wants it."""

from __future__ import annotations

import json
from pathlib import Path

import open_clip
import torch

from sovs_map.benchmark.building import build_benchmark
from sovs_map.benchmark.running import Place
from sovs_map.benchmark.simulated_edition import write_simulated

SIDE = 64
"""Of a scene [pixels]."""

SCENES = 8
"""Six to learn from and two to test on."""

TINY_CLIP = {
    "embed_dim": 32,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 64, "patch_size": 16, "layers": 3, "width": 32, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
"""The shape of a CLIP that is called as the real one is, so that a file's name tells it."""


def make_benchmark(folder: Path) -> Place:
    """Return the place of a built benchmark."""
    data, output = folder / "data", folder / "sar-ovseg"
    data.mkdir(parents=True)
    write_simulated(output, SCENES, side=SIDE)
    build_benchmark(data, output, simulated=SCENES)
    return Place(output, data)


def make_clip(folder: Path) -> Path:
    """Return a file of random weights of a tiny CLIP, which open_clip knows as ViT-B-99 from now on."""
    shape = folder / "ViT-B-99.json"
    shape.write_text(json.dumps(TINY_CLIP))
    open_clip.add_model_config(shape)
    torch.manual_seed(0)
    path = folder / "random-ViT-B-99.bin"
    torch.save(open_clip.create_model("ViT-B-99").state_dict(), path)
    return path
