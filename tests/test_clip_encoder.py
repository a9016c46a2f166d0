"""CLIP's image tower as an encoder: any shape of it, and the picture that it is shown of a radar scene."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from sovs_map.network.clip_encoder import CLIP_MEAN, CLIP_SPREAD, ClipEncoder, ClipEncoderConfig, radar_picture
from sovs_map.network.encoder import POLARISATIONS, View


def make_view(*names, n=1):
    kinds = torch.tensor([[POLARISATIONS.index(name) for name in names]] * n)
    return View(kinds, torch.ones(n, len(names)), torch.tensor([[1.0, 0.0, 1.0]] * n))


@pytest.mark.parametrize(("patch", "stride"), [(16, 8), (14, 16), (32, 16), (16, 32), (8, 4)])
@torch.inference_mode()
def test_any_patch_and_stride_give_features_at_stride_4(patch, stride):
    shape = ClipEncoderConfig(patch, stride, grid=3, width=16, layers=2, heads=2, output_dim=24, stem=4, guide=8)

    features = ClipEncoder(shape).eval()(torch.randn(2, 1, 64, 96), make_view("HH", n=2))

    assert features.shape == (2, shape.fused, 16, 24)


@torch.inference_mode()
def test_the_picture_does_not_depend_on_the_order_of_the_bands_or_on_padding():
    image, view = torch.randn(1, 3, 32, 32), make_view("VH", "VV", "HH")
    order = torch.tensor([2, 0, 1])
    padded = View(F.pad(view.polarisations, (0, 1)), F.pad(view.present, (0, 1)), view.conditions)

    picture = radar_picture(image, view)

    turned = radar_picture(image[:, order], replace(view, polarisations=view.polarisations[:, order]))
    assert torch.equal(turned, picture)
    assert torch.equal(radar_picture(torch.cat([image, torch.full((1, 1, 32, 32), 9.0)], dim=1), padded), picture)
    darkest = torch.tensor([-mean / spread for mean, spread in zip(CLIP_MEAN, CLIP_SPREAD, strict=True)])
    assert (picture.amin((0, 2, 3)) >= darkest).all()


@torch.inference_mode()
def test_one_band_of_any_kind_makes_a_picture_of_itself_and_itself_smoothed():
    image = torch.randn(1, 1, 32, 32) / 3

    plain, crossed = (radar_picture(image, make_view(name)) for name in ("VV", "VH"))

    assert torch.equal(plain[:, :1], image)
    assert plain[:, 1].std() < plain[:, 0].std() / 2
    torch.testing.assert_close(plain[0, 1, 5, 7], image[0, 0, 4:7, 6:9].mean())
    assert (crossed[:, 0] > plain[:, 0]).float().mean() > 0.99
