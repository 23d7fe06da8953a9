import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional

from pyvideoai.data.augment import ColourJitter, Greyscale, RandAugment, RandomErasing, TrivialAugment
from pyvideoai.models.normalise import Normalise

NORMALISE = Normalise(mean=(100, 110, 120), std=(50, 55, 60))
STEPS = [
    ColourJitter(0.4, 0.4, 0.4, 0.1),
    Greyscale(0.5),
    RandomErasing(1.0),
    RandomErasing(1.0, each_frame=True),
    RandAugment(4, 12),
    TrivialAugment(),
]


def pixels(clips=2, frames=3, height=20, width=24) -> torch.Tensor:
    """float32 (N, 3, T, H, W), whole numbers from 0 to 255."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (clips, 3, frames, height, width), generator=generator).float()


def still(clips=2, frames=3) -> torch.Tensor:
    """All frames of a clip alike."""
    return pixels(clips, 1).expand(-1, -1, frames, -1, -1).clone()


def applied(step, clips: torch.Tensor, seed=0) -> torch.Tensor:
    """`step` on a copy; clip i is drawn from (seed, i)."""
    drawn = [step.draw(np.random.default_rng([seed, clip]), *clips.shape[2:]) for clip in range(len(clips))]
    return step.apply(clips.clone(), drawn, NORMALISE)


@pytest.mark.parametrize(
    "step", [ColourJitter(), ColourJitter(0.5, 0.5, 0.5, 0.5, p=0.0), Greyscale(0.0), RandomErasing(0.0)]
)
def test_settings_that_change_nothing_leave_pixels_untouched(step):
    assert torch.equal(applied(step, pixels(8)), pixels(8))


def test_brightness_and_saturation_by_hand():
    clips = torch.tensor([[10.0, 100, 200]] * 2).view(2, 3, 1, 1, 1)
    by_clip = ColourJitter(0.5).apply(clips.clone(), [(1.5, 1, 1, 0), (0.5, 1, 1, 0)], NORMALISE)
    assert by_clip.flatten(1).tolist() == [[15, 150, 255], [5, 50, 100]]
    grey = 0.2989 * 10 + 0.587 * 100 + 0.114 * 200
    less, more = ColourJitter(0, 0, 0.5).apply(clips.clone(), [(1, 1, 0.5, 0), (1, 1, 1.5, 0)], NORMALISE).flatten(1)
    assert less.tolist() == pytest.approx([(each + grey) / 2 for each in (10, 100, 200)])
    assert more.tolist() == pytest.approx([0, 100 + (100 - grey) / 2, 255])


def test_greyscale_by_hand_and_only_where_it_was_drawn():
    clips = torch.tensor([[10.0, 100, 200]] * 2).view(2, 3, 1, 1, 1)
    coloured, grey = Greyscale(0.5).apply(clips.clone(), [False, True], NORMALISE).flatten(1)
    assert coloured.tolist() == [10, 100, 200]
    assert grey.tolist() == pytest.approx([0.2989 * 10 + 0.587 * 100 + 0.114 * 200] * 3)


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "hue"])
def test_each_colour_change_is_torchvision_s(name):
    clips, place = pixels(3), ["brightness", "contrast", "saturation", "hue"].index(name)
    values = (0.2, -0.4, 0.0) if name == "hue" else (0.3, 1.7, 1.0)
    drawn = [tuple(value if each == place else (1, 1, 1, 0)[each] for each in range(4)) for value in values]
    found = ColourJitter(1, 1, 1, 0.5).apply(clips.clone(), drawn, NORMALISE)
    for clip, given, value in zip(found, clips, values, strict=True):
        expected = getattr(functional, f"adjust_{name}")(given.transpose(0, 1) / 255, value) * 255
        torch.testing.assert_close(clip.transpose(0, 1), expected, rtol=0, atol=2e-3)
    assert torch.equal(found[2], clips[2]) and not torch.equal(found[0], clips[0])


@pytest.mark.parametrize("step", [STEPS[0], STEPS[1], STEPS[4], STEPS[5]], ids=str)
def test_all_frames_of_a_clip_change_alike(step):
    clips = applied(step, still(clips=16))
    assert torch.equal(clips, clips[:, :, :1].expand_as(clips))
    assert len({clip.sum().item() for clip in clips - still(clips=16)}) >= 2  # but not all clips alike


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_clip_depends_on_its_own_draw_only(step):
    clips = pixels(4, height=32, width=32)
    drawn = [step.draw(np.random.default_rng(each), *clips.shape[2:]) for each in range(4)]
    together = step.apply(clips.clone(), drawn, NORMALISE)
    alone = [step.apply(clips[[each]].clone(), [drawn[each]], NORMALISE)[0] for each in range(4)]
    assert all(torch.equal(one, other) for one, other in zip(together, alone, strict=True))
    assert together.shape == clips.shape and together.dtype == torch.float32


def test_erased_boxes_have_the_area_and_aspect_that_are_asked_for():
    step, areas = RandomErasing(0.5, area=(0.1, 0.2), aspect=(0.5, 2.0)), []
    for draw in range(400):
        holes = step.draw(np.random.default_rng(draw), 3, 100, 160)
        for first, end, top, bottom, left, right in holes.boxes:
            assert (first, end) == (0, 3) and 0 <= top < bottom <= 100 and 0 <= left < right <= 160
            assert 0.48 <= (right - left) / (bottom - top) <= 2.1
            areas.append((bottom - top) * (right - left) / 16000)
    assert 150 < len(areas) < 250 and 0.095 < min(areas) < 0.11 and 0.19 < max(areas) < 0.205


def test_the_box_is_the_same_in_all_frames_and_filled_with_the_mean():
    clips = pixels(8)
    changed = applied(RandomErasing(1.0, fill="mean"), clips)
    for clip, before in zip(changed, clips, strict=True):
        hole = (clip == torch.tensor([100.0, 110, 120]).view(3, 1, 1, 1)).all(0)
        assert torch.equal(hole, hole[:1].expand_as(hole)) and 0.02 < hole.float().mean() < 0.4
        assert torch.equal(clip[:, ~hole], before[:, ~hole])


def test_a_box_for_each_frame():
    clips = pixels(4, frames=6)
    changed = applied(RandomErasing(1.0, fill="mean", each_frame=True), clips)
    areas = (changed != clips).any(1).sum((-2, -1))
    assert all(len(set(of_clip.tolist())) > 3 for of_clip in areas)


def test_noise_is_of_mean_0_and_deviation_1_once_it_is_normalised():
    holes = RandomErasing(1.0, area=(1.0, 1.0), aspect=(1.0, 1.0)).draw(np.random.default_rng(0), 4, 64, 64)
    assert holes.boxes == ((0, 4, 0, 64, 0, 64),)
    noise = RandomErasing().apply(torch.zeros(1, 3, 4, 64, 64), [holes], NORMALISE)[0]
    mean, std = (torch.tensor(each).view(3, 1, 1, 1) for each in (NORMALISE.mean, NORMALISE.std))
    normal = (noise - mean) / std
    assert normal.mean((1, 2, 3)).abs().max() < 0.03 and (normal.std((1, 2, 3)) - 1).abs().max() < 0.03
    assert not torch.equal(noise[:, 0], noise[:, 1])


@pytest.mark.parametrize(
    ("step", "policy"), [(RandAugment(2, 9), v2.RandAugment), (TrivialAugment(), v2.TrivialAugmentWide)], ids=str
)
def test_policies_are_torchvision_s(step, policy):
    clips, options = pixels(8), {"interpolation": InterpolationMode.BILINEAR, "fill": list(NORMALISE.mean)}
    for clip, given, seed in zip(step.apply(clips.clone(), range(8), NORMALISE), clips, range(8), strict=True):
        torch.manual_seed(seed)
        assert torch.equal(clip.transpose(0, 1), policy(**options)(given.transpose(0, 1).to(torch.uint8)).float())


def test_policies_leave_the_generators_of_the_training_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    for step in STEPS:
        applied(step, pixels())
        assert torch.equal(torch.get_rng_state(), before)


def test_policies_do_not_depend_on_the_generators_of_the_training():
    torch.manual_seed(1)
    one = [applied(step, pixels()) for step in STEPS]
    torch.manual_seed(2)
    assert all(torch.equal(each, applied(step, pixels())) for each, step in zip(one, STEPS, strict=True))


def test_shares_of_clips_are_those_asked_for():
    draws = [np.random.default_rng(each) for each in range(600)]
    assert 0.15 < np.mean([Greyscale(0.2).draw(rng, 8, 9, 9) for rng in draws]) < 0.25
    assert 0.25 < np.mean([ColourJitter(0.4, p=0.3).draw(rng, 8, 9, 9) != (1, 1, 1, 0) for rng in draws]) < 0.35


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ColourJitter(hue=0.6), "a hue from 0 to 0.5"),
        (lambda: ColourJitter(-0.1), "factors of at least 0"),
        (lambda: Greyscale(1.5), "p = 1.5 must be from 0 to 1"),
        (lambda: RandomErasing(area=(0.3, 0.1)), "from a smaller to a larger number"),
        (lambda: RandomErasing(area=(0.3, 1.1)), r"area\[1\] = 1.1 must be from 0 to 1"),
        (lambda: RandAugment(0), "operations = 0 must be above 0"),
        (lambda: RandAugment(2, 31), "magnitude = 31 must be from 0 to 30"),
    ],
)
def test_values_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_config_s_values_are_there_without_torch():
    code = "import sys, pyvideoai.data.augment; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_are_checked_and_their_fields_can_be_set(make_config):
    experiment = (
        "from pyvideoai.data.augment import ColourJitter, Mixup, RandomErasing\n"
        "augment = [ColourJitter(0.4), RandomErasing()]\nmix = Mixup()\n"
    )
    config = make_config("augment.1.p=0.75", "augment.0.hue=0.1", "mix.alpha=0.2", experiment=experiment)
    assert config.exp.augment == (ColourJitter(0.4, hue=0.1), RandomErasing(0.75)) and config.exp.mix.alpha == 0.2
    with pytest.raises(Exception, match=r"augment\[0\] takes an Augmentation, not Mixup"):
        make_config(experiment="from pyvideoai.data.augment import Mixup\naugment = [Mixup()]\n")
    with pytest.raises(Exception, match="mix takes a Mixing or None"):
        make_config(experiment="from pyvideoai.data.augment import Greyscale\nmix = Greyscale()\n")
    with pytest.raises(Exception, match=r"p = 2.0 must be from 0 to 1"):
        make_config("augment.1.p=2", experiment=experiment)


def test_the_page_s_examples_run(make_config):
    page = (Path(__file__).parents[2] / "docs" / "AUGMENTATION.md").read_text()
    settings, own = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    config = make_config(experiment=settings)
    assert [type(step) for step in config.exp.augment] == [RandAugment, RandomErasing] and config.exp.mix is not None
    [step] = make_config("augment.0.low=0.25", experiment=own).exp.augment
    darker = applied(step, pixels(4))
    factors = (darker.sum((1, 2, 3, 4)) / pixels(4).sum((1, 2, 3, 4))).tolist()
    assert step.low == 0.25 and all(0.25 < factor < 1 for factor in factors) and len(set(factors)) == 4
