"""Frames, crops and places of MMAction2's TSN, TSM and TRN; the numbers are those of its own functions (1.2.0)."""

import numpy as np
import pytest
from painting import write_painted

from pyvideoai.annotations.mirror import Flips
from pyvideoai.data import ClipSource, Views, mirrored_labels
from pyvideoai.data.control import Disturbed
from pyvideoai.data.pixels import Region
from pyvideoai.data.pixels_peers import MultiScaleCrop
from pyvideoai.data.sampling import AtFps, checked
from pyvideoai.data.sampling_peers import DenseSampleFrames, MMActionSegments
from pyvideoai.data.views_peers import MMActionTenCrop
from pyvideoai.errors import UserError


@pytest.mark.parametrize(
    ("num_frames", "count", "frames"),
    [
        (9, 8, [0, 1, 2, 3, 5, 6, 7, 8]),
        (50, 16, [1, 4, 7, 10, 14, 17, 20, 23, 26, 29, 32, 35, 39, 42, 45, 48]),
    ],
)
def test_a_test_takes_the_middle_of_each_segment(num_frames, count, frames):
    assert MMActionSegments(8, test_frames=count).test(num_frames, 30.0, 0, 1).tolist() == frames


@pytest.mark.parametrize(
    ("num_frames", "middles", "firsts"),
    [
        (3, [0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 0, 1, 1, 1, 2, 2]),
        (50, [3, 9, 15, 21, 28, 34, 40, 46], [0, 6, 12, 18, 25, 31, 37, 43]),
    ],
)
def test_two_views_are_its_twice_sample(num_frames, middles, firsts):
    views = [MMActionSegments(8).test(num_frames, 30.0, view, 2).tolist() for view in (0, 1)]
    assert views == [middles, firsts]


def test_training_draws_one_frame_of_each_segment_and_spreads_a_short_video():
    drawn = np.array([MMActionSegments(8).train(50, 30.0, np.random.default_rng(seed)) for seed in range(200)])
    assert drawn.min(0).tolist() == [6 * place for place in range(8)]
    assert drawn.max(0).tolist() == [6 * place + 5 for place in range(8)]
    assert MMActionSegments(8).train(3, 30.0, np.random.default_rng(0)).tolist() == [0, 0, 1, 1, 2, 2, 2, 0]


def test_the_dense_option_is_every_eighth_frame_around_the_end():
    assert DenseSampleFrames(8, 8).test(50, 30.0, 3, 10).tolist() == [0, 8, 16, 24, 32, 40, 48, 6]


def test_ten_crops_are_five_places_and_their_mirror_images():
    views = MMActionTenCrop(scale=257, size=224)
    assert views.corners(257, 343) == [(0, 0), (0, 116), (32, 0), (32, 116), (16, 58)]
    assert [region.flip for region in views.regions(257, 343)] == [False, True] * 5


def test_mirrored_crops_exchange_left_and_right_or_are_refused():
    views = MMActionTenCrop(scale=256, size=224)
    assert mirrored_labels(views, ["left", "right", "up"], Flips(pairs=(("left", "right"),))) == [1, 0, 2]
    with pytest.raises(UserError, match="MMActionTenCrop has mirrored views, which can't be scored"):
        mirrored_labels(views, ["left", "up"], Flips(allowed=False, note="flips are off: left has no right"))


def test_multi_scale_crops_have_neighbouring_scales_and_thirteen_places():
    step, whole = MultiScaleCrop(224, (1, 0.875, 0.75, 0.66), gap=1, places=13), Region.whole(256, 340)
    regions = [step.step(whole, np.random.default_rng(seed)) for seed in range(3000)]
    boxes = {tuple(round(each) for each in (one.left, one.top, one.width, one.height)) for one in regions}
    assert {box[2:] for box in boxes} == {
        (256, 256), (256, 224), (224, 256), (224, 224), (224, 192), (192, 224), (192, 192), (192, 168), (168, 192),
        (168, 168),
    }  # fmt: skip
    assert len(boxes) == 114  # of which fewer are possible where a side has no room


AROUND = {
    "itself": lambda own: own,
    "at its fps": lambda own: AtFps(own, 30.0),
    "reversed": lambda own: Disturbed(own, "reversed"),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_clips_of_tests_may_be_longer_than_those_of_training(around, tmp_path):
    sampler, views = around(MMActionSegments(3, test_frames=5)), Views(clips=2, crops=1, scale=32, size=32)
    path = write_painted(tmp_path / "a.mp4", frames=20)
    clips = ClipSource(tmp_path, sampler=sampler).views(path, views)
    assert clips.shape == (2, 5, 32, 32, 3)
    assert checked(sampler, sampler.train(20, 30.0, np.random.default_rng(0)), 20).shape == (3,)
