from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pytest
import torch

from pyvideoai.data.pixels import Region
from pyvideoai.data.resize import Cutter
from pyvideoai.data.views import Views, views_fault
from pyvideoai.data.views_peers import MMActionViews, NonLocalNetViews, TorchvisionViews


@pytest.mark.parametrize(
    ("views", "text"),
    [
        (Views(5), "5 clips x 1 crop = 5 views"),
        (Views(10, 3, 256, 256), "10 clips x 3 crops = 30 views"),
        (Views(), "1 clip x 1 crop = 1 view"),
    ],
)
def test_how_views_are_written(views, text):
    assert str(views) == text


@pytest.mark.parametrize(
    ("views", "height", "width", "expected"),
    [
        (Views(crops=1, scale=256, size=224), 256, 340, [(16, 58)]),
        (Views(crops=1, scale=256, size=255), 256, 341, [(1, 43)]),
        (Views(crops=3, scale=256, size=256), 256, 455, [(0, 0), (0, 100), (0, 199)]),
        (Views(crops=3, scale=256, size=256), 455, 256, [(0, 0), (100, 0), (199, 0)]),
        (Views(crops=3, scale=256, size=224), 256, 340, [(16, 0), (16, 58), (16, 116)]),
        (Views(crops=3, scale=256, size=224), 256, 256, [(16, 0), (16, 16), (16, 32)]),
        (Views(crops=5, scale=256, size=224), 256, 340, [(16, 58), (0, 0), (0, 116), (32, 0), (32, 116)]),
        (NonLocalNetViews(crops=3, scale=256, size=256), 256, 455, [(0, 0), (0, 99), (0, 198)]),
        (NonLocalNetViews(crops=1, scale=256, size=256), 455, 256, [(99, 0)]),
        (MMActionViews(crops=3, scale=256, size=256), 256, 340, [(0, 0), (0, 84), (0, 42)]),
        (MMActionViews(crops=3, scale=256, size=256), 455, 256, [(0, 0), (198, 0), (99, 0)]),
        (MMActionViews(crops=1, scale=256, size=224), 256, 341, [(16, 58)]),
    ],
)
def test_where_the_crops_are(views, height, width, expected):
    assert views.corners(height, width) == expected


def test_regions_are_boxes_of_the_source():
    left, middle, right = Views(crops=3, scale=120, size=120).regions(240, 480)
    assert left == Region(0, 0, 240, 240, 120, 120)
    assert middle == Region(0, 120, 240, 240, 120, 120)
    assert right == Region(0, 240, 240, 240, 120, 120)


@pytest.mark.parametrize("height", [57, 240, 241, 1080])
@pytest.mark.parametrize("width", [57, 320, 853, 1920])
@pytest.mark.parametrize(
    ("views", "crops"),
    [(Views, 1), (Views, 3), (Views, 5)] + [(NonLocalNetViews, 1), (NonLocalNetViews, 3), (MMActionViews, 3)],
)
def test_all_regions_lie_inside_a_frame_of_any_shape(views, crops, width, height):
    regions = views(crops=crops, scale=256, size=224).regions(height, width)
    assert len(regions) == crops
    for region in regions:
        assert (region.out_height, region.out_width) == (224, 224) and not region.flip
        assert region.top >= 0 and region.top + region.height <= height + 1e-9
        assert region.left >= 0 and region.left + region.width <= width + 1e-9


def test_mmaction_resizes_by_its_own_rule():
    assert MMActionViews(scale=100, size=100).resized(300, 500) == (100, 167)
    assert Views(scale=100, size=100).resized(300, 500) == (100, 166)


def test_views_of_a_clip_follow_one_another_and_the_peers_go_crop_by_crop():
    assert Views(2, 3).order() == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert MMActionViews(2, 3).order() == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    assert NonLocalNetViews(2, 3).order() == MMActionViews(2, 3).order()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Views(crops=2), "crops = 2 must be 1, 3 or 5"),
        (lambda: Views(clips=0), "clips = 0 must be above 0"),
        (lambda: Views(scale=224, size=256), "size = 256 does not fit into scale = 224"),
        (lambda: MMActionViews(crops=5), "crops = 5 must be 1 or 3"),
    ],
)
def test_impossible_views_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@dataclass(frozen=True)
class TenCrop(Views):
    """Five crops and their mirror images."""

    crops: Literal[10] = 10

    def regions(self, height, width):
        five = Views(crops=5, scale=self.scale, size=self.size).regions(height, width)
        return [*five, *(region.mirrored() for region in five)]


def test_views_of_ones_own_may_have_other_crops_and_mirror_images():
    views = TenCrop(clips=2, scale=48, size=32)
    assert str(views) == "2 clips x 10 crops = 20 views" and views_fault(views) is None
    assert views.mirrored() == ([False] * 5 + [True] * 5) * 2
    assert replace(views, clips=3).count == 30
    with pytest.raises(ValueError, match="crops = 5 must be 10"):
        TenCrop(crops=5)


@pytest.mark.parametrize("views", [Views(2, 3), MMActionViews(2, 3), NonLocalNetViews(1, 1), Views(1, 5, 256, 224)])
def test_shipped_views_have_no_fault(views):
    assert views_fault(views) is None and not any(views.mirrored())


class OneCrop(TenCrop):
    def regions(self, height, width):
        return super().regions(height, width)[:1]


class Large(TenCrop):
    def regions(self, height, width):
        return [region.resized(40, 32) for region in super().regions(height, width)]


class Twice(TenCrop):
    def order(self):
        return [(0, 0)] * 20


class Wide(TenCrop):
    def regions(self, height, width):
        regions = super().regions(height, width)
        return regions if width > height else regions[::-1]


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (OneCrop, "OneCrop.regions(height, width) gives 1 regions for crops = 10"),
        (Large, "Large.regions(height, width) gives a region of 40 x 32 pixels for size = 32"),
        (Twice, "Twice.order() must have each of 2 clips x 10 crops once"),
        (Wide, "Wide.regions(height, width) must mirror the same crops in wide and in tall videos"),
    ],
)
def test_what_is_wrong_with_views_of_ones_own_is_told(kind, fault):
    assert views_fault(kind(clips=2, scale=48, size=32)) == fault


def test_mirrored_crops_are_the_mirror_images_of_the_others():
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    crops = Cutter(TenCrop(scale=48, size=32).regions(60, 80), 60, 80)(picture)
    for crop, image in zip(crops[:5], crops[5:], strict=True):
        assert crop.flip(1).equal(image) and not crop.equal(image)


@pytest.mark.parametrize(("height", "width"), [(240, 320), (360, 640), (640, 360), (241, 323)])
@pytest.mark.parametrize("resize", [(128, 171), (256, 256), (256,)])
def test_the_crop_is_torchvision_s(height, width, resize):
    from torchvision.transforms._presets import VideoClassification

    down, across = np.mgrid[:height, :width] / 40  # smooth: the cutter may be 1/32 of a pixel beside its place
    frame = (127 + 60 * np.stack([np.sin(down), np.cos(across), np.sin(down + across)], -1)).astype(np.uint8)
    preset = VideoClassification(crop_size=(112, 112), resize_size=resize, mean=(0, 0, 0), std=(1, 1, 1))
    theirs = preset(torch.from_numpy(frame).permute(2, 0, 1)[None])[:, 0].permute(1, 2, 0) * 255
    stretched = {} if len(resize) == 1 else {"height": resize[0], "width": resize[1]}
    [region] = TorchvisionViews(scale=min(resize), size=112, **stretched).regions(height, width)
    [ours] = Cutter([region], height, width, antialias=False)(frame)
    assert (ours - theirs).abs().max() <= 1.01  # a level of rounding
