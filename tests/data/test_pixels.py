import numpy as np
import pytest

from pyvideoai.data.pixels import (
    CentreCrop,
    HorizontalFlip,
    PixelStep,
    RandomCrop,
    RandomResizedCrop,
    Region,
    ShortSide,
    ShortSideJitter,
    centre,
    short_side_to,
    training_region,
)
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop, SlowFastJitter, SlowFastRandomCrop


def draw(steps, height=240, width=320, count=300, seed=0):
    rng = np.random.default_rng(seed)
    return [training_region(steps, height, width, rng) for _ in range(count)]


def corner(region):
    """(top, left) of the box in pixels of the frame as it was resized before the crop."""
    return region.top * region.out_height / region.height, region.left * region.out_width / region.width


@pytest.mark.parametrize(
    ("size", "height", "width", "expected"),
    [(256, 240, 320, (256, 341)), (256, 320, 240, (341, 256)), (224, 224, 224, (224, 224)), (8, 3, 1000, (8, 2666))],
)
def test_short_side_rule(size, height, width, expected):
    assert short_side_to(size, height, width) == expected


@pytest.mark.parametrize(
    ("side", "size", "expected"), [(256, 256, 0), (340, 256, 42), (455, 256, 100), (5, 2, 2), (4, 2, 1)]
)
def test_half_pixels_of_the_centre_go_down_and_right(side, size, expected):
    assert centre(side, size) == expected


def test_crop_of_a_resized_frame_is_a_box_of_the_source():
    region = Region.whole(240, 320).resized(480, 640).cropped(100, 40, 200, 300)
    assert region == Region(50, 20, 100, 150, 200, 300)
    assert region.cropped(10, 20, 100, 100) == Region(55, 30, 50, 50, 100, 100)


def test_resizing_a_crop_keeps_its_box():
    region = Region.whole(100, 200).cropped(10, 20, 50, 60).resized(25, 25)
    assert region == Region(10, 20, 50, 60, 25, 25)
    assert region.cropped(5, 10, 10, 10) == Region(20, 44, 20, 24, 10, 10)


def test_a_crop_after_a_flip_counts_from_the_other_side():
    region = Region.whole(100, 200).mirrored().cropped(0, 30, 100, 50)
    assert region == Region(0, 120, 100, 50, 100, 50, flip=True)
    assert region.mirrored() == Region(0, 120, 100, 50, 100, 50)


@pytest.mark.parametrize("box", [(-1, 0, 5, 5), (0, -1, 5, 5), (6, 0, 5, 5), (0, 16, 5, 5)])
def test_a_crop_that_reaches_out_is_refused(box):
    with pytest.raises(ValueError, match="a crop of 5 x 5 does not fit into 10 x 20 pixels"):
        Region.whole(10, 20).cropped(*box)


def test_a_crop_larger_than_the_frame_is_refused():
    for step in (RandomCrop(12), CentreCrop(12), RandomCrop(25)):
        with pytest.raises(ValueError, match="does not fit into 10 x 20 pixels"):
            draw([step], 10, 20, count=1)


def test_jitter_and_crop_are_one_box():
    regions = draw([ShortSideJitter(224, 336), RandomCrop(224), HorizontalFlip()], count=2000)
    for region in regions:
        assert (region.out_height, region.out_width) == (224, 224)
        assert region.top >= 0 and region.top + region.height <= 240 + 1e-9
        assert region.left >= 0 and region.left + region.width <= 320 + 1e-9
    short_sides = {round(240 * 224 / region.height) for region in regions}
    assert min(short_sides) == 224 and max(short_sides) == 336 and len(short_sides) > 100
    assert 900 < sum(region.flip for region in regions) < 1100


def test_random_crop_reaches_all_four_edges():
    corners = {tuple(map(round, corner(region))) for region in draw([RandomCrop(8)], 10, 11, count=500)}
    assert corners == {(top, left) for top in range(3) for left in range(4)}


def test_short_side_and_centre_crop():
    [region] = draw([ShortSide(120), CentreCrop(100)], count=1)
    assert region == Region(20, 60, 200, 200, 100, 100)  # of 120 x 160: from (10, 30)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_flip_always_or_never(p):
    assert {region.flip for region in draw([HorizontalFlip(p)], count=50)} == {bool(p)}


def test_no_step_leaves_the_frame_as_it_is():
    assert draw([], 7, 9, count=1) == [Region(0, 0, 7, 9, 7, 9)]


def test_the_same_generator_gives_the_same_region():
    steps = [ShortSideJitter(224, 336), RandomCrop(224), HorizontalFlip()]
    assert draw(steps, seed=3) == draw(steps, seed=3) != draw(steps, seed=4)


def test_every_step_is_what_a_config_may_list():
    steps = [ShortSide(2), ShortSideJitter(2, 3), RandomCrop(2), CentreCrop(2), HorizontalFlip(), RandomResizedCrop(2)]
    steps += [SlowFastJitter(2, 3), SlowFastRandomCrop(2), MMActionShortSide(2), MultiScaleCrop(2)]
    assert all(isinstance(step, PixelStep) for step in steps)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomCrop(0), "size = 0 must be above 0"),
        (lambda: CentreCrop(-1), "size = -1 must be above 0"),
        (lambda: ShortSide(0), "size = 0 must be above 0"),
        (lambda: ShortSideJitter(0, 3), "low = 0 must be above 0"),
        (lambda: ShortSideJitter(4, 3), "low = 4 is above high = 3"),
        (lambda: HorizontalFlip(1.5), "p = 1.5 must be from 0 to 1"),
        (lambda: RandomResizedCrop(0), "size = 0 must be above 0"),
        (lambda: RandomResizedCrop(2, scale=(0.1, 1.2)), r"scale\[1\] = 1.2 must be from 0 to 1"),
        (lambda: RandomResizedCrop(2, ratio=(2.0, 1.0)), "from a smaller to a larger number"),
        (lambda: MultiScaleCrop(224, (1.0, 0.0)), r"scales\[1\] = 0.0 must be above 0"),
    ],
)
def test_impossible_values_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("scale", "ratio"), [((0.08, 1.0), (3 / 4, 4 / 3)), ((0.05, 0.2), (0.2, 2.0))])
def test_random_resized_crops_have_torchvision_s_areas_ratios_and_places(scale, ratio):
    """The same means and extremes as `RandomResizedCrop.get_params`, which draws from another generator."""
    from torch import empty, manual_seed
    from torchvision.transforms import RandomResizedCrop as Theirs

    manual_seed(0)
    theirs = np.array([Theirs.get_params(empty(1, 240, 320), scale, ratio) for _ in range(3000)])
    regions = draw([RandomResizedCrop(224, scale, ratio)], count=3000)
    ours = np.array([(region.top, region.left, region.height, region.width) for region in regions])
    assert {(region.out_height, region.out_width) for region in regions} == {(224, 224)}
    np.testing.assert_allclose(ours.mean(0), theirs.mean(0), rtol=0.05)
    np.testing.assert_allclose(ours.std(0), theirs.std(0), rtol=0.05)
    ratios = [np.log(boxes[:, 3] / boxes[:, 2]).mean() for boxes in (ours, theirs)]
    assert abs(ratios[0] - ratios[1]) < 0.05
    assert (ours[:, 0] + ours[:, 2]).max() <= 240 and (ours[:, 1] + ours[:, 3]).max() <= 320


@pytest.mark.parametrize(("height", "width", "box"), [(30, 300, (0, 130, 30, 40)), (300, 30, (130, 0, 40, 30))])
def test_where_no_box_fits_the_largest_in_the_middle_is_taken(height, width, box):
    [region] = draw([RandomResizedCrop(224, scale=(0.9, 1.0))], height, width, count=1)
    assert (region.top, region.left, region.height, region.width) == box


def test_a_crop_can_be_resized_after_a_short_side_and_flipped():
    [plain] = draw([RandomResizedCrop(64)], count=1)
    [jittered] = draw([ShortSide(480), RandomResizedCrop(64), HorizontalFlip(1.0)], count=1)
    assert jittered.flip and abs(jittered.height - plain.height) <= 1 and jittered.out_width == 64


def test_slowfast_training_crops_never_touch_the_far_edges():
    corners = {tuple(map(round, corner(region))) for region in draw([SlowFastRandomCrop(8)], 10, 11, count=500)}
    assert corners == {(top, left) for top in range(2) for left in range(3)}
    assert corner(draw([SlowFastRandomCrop(8)], 8, 8, count=1)[0]) == (0, 0)


def test_slowfast_jitter_draws_every_whole_size():
    sizes = {min(region.out_height, region.out_width) for region in draw([SlowFastJitter(6, 9)], count=500)}
    assert sizes == {6, 7, 8, 9}


def test_mmaction_rounds_the_long_side():
    [region] = draw([MMActionShortSide(256)], 240, 321, count=1)
    assert (region.out_height, region.out_width) == (256, 342)  # 342.4; PySlowFast's rule gives 342 too
    [region] = draw([MMActionShortSide(256)], 240, 320, count=1)
    assert (region.out_height, region.out_width) == (256, 341)
    [region] = draw([MMActionShortSide(256)], 360, 640, count=1)
    assert (region.out_height, region.out_width) == (256, 455)  # 455.1
    [region] = draw([MMActionShortSide(256)], 270, 480, count=1)
    assert (region.out_height, region.out_width) == (256, 455)
    [region] = draw([MMActionShortSide(100)], 300, 500, count=1)
    assert (region.out_height, region.out_width) == (100, 167)  # 166.7; PySlowFast's rule gives 166


def test_mmaction_multi_scale_crop():
    regions = draw([MultiScaleCrop(224)], 256, 340, count=500)
    assert {(region.out_height, region.out_width) for region in regions} == {(224, 224)}
    places = {(region.top, region.left, region.height, region.width) for region in regions}
    whole = {(0.0, left, 256.0, 256.0) for left in (0.0, 84.0, 42.0)}
    # 204 = int(256 * 0.8); quarters of what is left: (256 - 204) // 4 = 13, (340 - 204) // 4 = 34
    corners = ((0, 0), (0, 136), (52, 0), (52, 136), (26, 68))
    assert places == whole | {(float(top), float(left), 204.0, 204.0) for top, left in corners}
    assert {region.height for region in draw([MultiScaleCrop(224, (0.88,))], 256, 340)} == {224.0}  # 225: nearly 224
