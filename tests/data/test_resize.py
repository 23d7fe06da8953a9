import numpy as np
import painting
import pytest
import torch
from torch.nn.functional import interpolate

from pyvideoai.data import resize
from pyvideoai.data.pixels import (
    CentreCrop,
    HorizontalFlip,
    RandomCrop,
    Region,
    ShortSide,
    ShortSideJitter,
    short_side_to,
    training_region,
)
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop
from pyvideoai.data.views import Views
from pyvideoai.video import open_video


def apply_region(frames, region, *, antialias=True):
    """uint8 (T, H, W, 3) to uint8 (T, out_height, out_width, 3)."""
    cut = resize.Cutter([region], *frames.shape[1:3], antialias=antialias)
    return torch.stack([cut(frame)[0] for frame in frames])


def picture(height, width, frames=2, seed=0):
    """uint8 (T, H, W, 3) with the spectrum of a photograph: soft shapes, fine texture, full contrast."""
    spectrum = np.fft.rfft2(np.random.default_rng(seed).normal(size=(frames, 3, height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    spectrum /= np.maximum(frequency, 1 / max(height, width)) ** 1.2
    grey = np.fft.irfft2(spectrum, s=(height, width))
    grey = (grey - grey.mean()) / grey.std() * 50 + 120
    return np.clip(grey, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1).copy()


def resize_first(frames, height, width, antialias=True):
    planes = torch.from_numpy(frames).permute(0, 3, 1, 2)
    return interpolate(planes, (height, width), mode="bilinear", antialias=antialias).permute(0, 2, 3, 1)


def crop_of_resized(frames, region, resized, antialias=True):
    """The same region by resizing the whole frame to `resized` and cropping then."""
    top = round(region.top * resized[0] / frames.shape[1])
    left = round(region.left * resized[1] / frames.shape[2])
    whole = resize_first(frames, *resized, antialias)
    crop = whole[:, top : top + region.out_height, left : left + region.out_width]
    return crop.flip(2) if region.flip else crop


def difference(a, b):
    assert a.dtype == b.dtype == torch.uint8 and a.shape == b.shape
    return (a.int() - b.int()).abs().float()


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize(
    ("height", "width", "short_side", "size"),
    [
        (240, 320, 256, 224),
        (240, 320, 319, 224),
        (240, 320, 239, 224),  # scales near 1 are the hardest: few crops start near a whole source pixel
        (256, 340, 257, 224),
        (340, 256, 224, 224),
        (360, 640, 128, 112),
        (97, 53, 64, 64),
        (64, 64, 160, 100),
    ],
)
def test_crop_first_is_resize_first_within_a_few_grey_levels(height, width, short_side, size, antialias):
    frames, rng = picture(height, width), np.random.default_rng(0)
    resized = short_side_to(short_side, height, width)
    differences = []
    for _ in range(12):
        region = training_region([ShortSide(short_side), RandomCrop(size), HorizontalFlip()], height, width, rng)
        expected = crop_of_resized(frames, region, resized, antialias)
        differences.append(difference(apply_region(frames, region, antialias=antialias), expected))
    everything = torch.stack(differences)
    assert everything.max() <= 6 and everything.mean() <= 0.5


@pytest.mark.parametrize(("height", "width"), [(240, 320), (256, 340), (320, 240), (241, 333)])
@pytest.mark.parametrize("views", [Views(1, 3, 256, 256), Views(1, 5, 256, 224), Views(1, 1, 224, 224)])
def test_views_are_resize_first_within_a_few_grey_levels(views, height, width):
    frames = picture(height, width)
    for region in views.regions(height, width):
        expected = crop_of_resized(frames, region, views.resized(height, width))
        assert difference(apply_region(frames, region), expected).max() <= 6


@pytest.mark.parametrize("views", [Views(1, 3, 256, 256), Views(1, 5, 256, 224), Views(1, 1, 256, 224)])
def test_overlapping_crops_are_cut_from_one_resized_picture(views, monkeypatch):
    frames, regions = picture(240, 320), views.regions(240, 320)
    asked, interpolate = [], resize.interpolate
    monkeypatch.setattr(resize, "interpolate", lambda *given, **how: asked.append(given) or interpolate(*given, **how))
    crops = resize.Cutter(regions, 240, 320)(frames[0])
    assert len(asked) == 1 and len(crops) == len(regions)
    for crop, region in zip(crops, regions, strict=True):
        expected = crop_of_resized(frames[:1], region, views.resized(240, 320))
        assert difference(crop[None], expected).max() <= 6


def test_regions_of_several_scales_are_each_cut_alone():
    frames = picture(240, 320)
    regions = [Views(1, 1, 256, 224).regions(240, 320)[0], Views(1, 1, 320, 224).regions(240, 320)[0].mirrored()]
    crops = resize.Cutter(regions, 240, 320)(frames[0])
    for crop, region in zip(crops, regions, strict=True):
        assert torch.equal(crop, apply_region(frames[:1], region)[0])


def test_a_crop_from_the_frame_s_edge_is_exact():
    frames = picture(240, 320)
    for region in Views(1, 5, 256, 224).regions(240, 320)[1:2]:
        expected = crop_of_resized(frames, region, (256, 341))
        assert difference(apply_region(frames, region), expected).max() <= 1


def test_without_resizing_pixels_are_untouched():
    frames = picture(50, 60)
    region = Region.whole(50, 60).cropped(7, 9, 30, 20)
    assert torch.equal(apply_region(frames, region), torch.from_numpy(frames[:, 7:37, 9:29]))
    assert torch.equal(apply_region(frames, region.mirrored()), torch.from_numpy(frames[:, 7:37, 28:8:-1].copy()))


def test_a_whole_frame_is_just_resized():
    frames = picture(48, 64)
    region = Region.whole(48, 64).resized(96, 128)
    assert difference(apply_region(frames, region), resize_first(frames, 96, 128)).max() <= 1


def test_shrinking_without_antialias_looks_at_four_pixels():
    frames = np.zeros((1, 40, 40, 3), np.uint8)
    frames[:, ::4, ::4] = 255
    region = Region.whole(40, 40).resized(10, 10)
    assert apply_region(frames, region, antialias=True).float().mean() > 10
    assert apply_region(frames, region, antialias=False).float().mean() == 0


def test_a_region_that_was_resized_twice_lies_where_it_should():
    frames = np.repeat(np.arange(200, dtype=np.uint8)[None, None, :, None], 100, axis=1).repeat(3, axis=3)
    steps = [MMActionShortSide(80), MultiScaleCrop(56, (0.8, 0.7)), CentreCrop(50)]
    for draw in range(20):
        region = training_region(steps, 100, 200, np.random.default_rng(draw))
        row = apply_region(frames, region)[0, 25, :, 0].double().numpy()
        scale = region.width / region.out_width
        expected = region.left - 0.5 + scale * (np.arange(50) + 0.5)
        assert abs(row - expected).max() <= 1.1  # the ramp's value is the source pixel; rounding takes half a level


@pytest.mark.parametrize("seed", range(5))
def test_any_box_gives_the_asked_size(seed):
    rng = np.random.default_rng(seed)
    frames = picture(61, 83, frames=1)
    for _ in range(50):
        top, left = rng.uniform(0, 40), rng.uniform(0, 60)
        box = (top, left, rng.uniform(1, 61 - top), rng.uniform(1, 83 - left))
        out = tuple(int(side) for side in rng.integers(1, 90, size=2))
        assert apply_region(frames, Region(*box, *out)).shape == (1, *out, 3)


def test_jitter_at_random_sizes_fits_every_time():
    rng = np.random.default_rng(0)
    for _ in range(100):
        height, width = (int(side) for side in rng.integers(20, 130, size=2))
        steps = [ShortSideJitter(32, 48), RandomCrop(32), HorizontalFlip()]
        region = training_region(steps, height, width, rng)
        assert apply_region(np.zeros((1, height, width, 3), np.uint8), region).shape == (1, 32, 32, 3)


@pytest.mark.parametrize("together", [1, 3, 4])
def test_frames_that_are_resized_together_come_to_their_own_places(tmp_path, monkeypatch, together):
    """Three clips, of which two share a cutter, frames and repeats; their lengths don't divide by `together`."""
    monkeypatch.setattr(resize, "TOGETHER", together)
    path = painting.write_painted(tmp_path / "a.mp4", 30, bframes=2, size=(64, 96))
    indices = [np.array([3, 9, 9, 4, 21]), np.array([4, 9, 28, 21, 5]), np.array([9, 0, 29, 3, 3])]
    three = Views(3, 3, scale=80, size=80).regions(64, 96)
    shared, own = resize.Cutter(three, 64, 96), resize.Cutter([three[0].mirrored(), *three[1:]], 64, 96)
    cutters = [shared, shared, own]
    into = [[torch.zeros(5, 80, 80, 3, dtype=torch.uint8) for _ in three] for _ in indices]
    with open_video(path) as video:
        resize.cut_clips(video, indices, cutters, into)
        frames = video.frames(range(30))
    assert [painting.read_number(frame) for frame in frames] == list(range(30))
    for clip, cutter, crops in zip(indices, cutters, into, strict=True):
        for place, index in enumerate(clip):
            for found, expected in zip(crops, cutter(frames[index]), strict=True):
                assert torch.equal(found[place], expected)


@pytest.mark.parametrize("factors", [(256 / 240, 341 / 320), (1.31, 1.0), (1.5, 0.8)])
@pytest.mark.parametrize("antialias", [True, False])
def test_a_device_that_resizes_in_floats_gives_nearly_the_same(factors, antialias):
    planes = torch.from_numpy(picture(240, 320)).permute(0, 3, 1, 2)
    ours, floats = (each(planes, factors, antialias) for each in (resize._resized, resize._resized_in_floats))
    found = difference(ours, floats)
    assert 0 < found.mean() < 0.5 and found.max() <= 2


def test_large_pictures_are_resized_one_by_one(tmp_path, monkeypatch):
    asked, interpolate = [], resize.interpolate
    monkeypatch.setattr(resize, "interpolate", lambda *given, **how: asked.append(given) or interpolate(*given, **how))
    path = painting.write_painted(tmp_path / "a.mp4", 6, size=(64, 96))
    monkeypatch.setattr(resize, "TOGETHER", 4)
    for cached, calls in ((2**19, 2), (64 * 96 * 3, 6)):
        asked.clear()
        monkeypatch.setattr(resize, "CACHED_BYTES", cached)
        with open_video(path) as video:
            cutter = resize.Cutter([Region.whole(64, 96).resized(72, 108)], 64, 96)
            resize.cut_clips(video, [np.arange(6)], [cutter], [[torch.empty(6, 72, 108, 3, dtype=torch.uint8)]])
        assert len(asked) == calls
