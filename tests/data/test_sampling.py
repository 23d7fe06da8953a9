from itertools import product

import numpy as np
import pytest
import torch

from pyvideoai.data.sampling import AtFps, ClipSampler, Dense, Segments, checked
from pyvideoai.data.sampling_peers import DenseSampleFrames, NonLocalNet, SampleFrames, SampleFrames0x, SlowFast
from pyvideoai.errors import UserError

FPS = 25.0


def clips(sampler, num_frames, views, fps=FPS):
    return [sampler.test(num_frames, fps, view, views).tolist() for view in range(views)]


def starts(sampler, num_frames, views=10, fps=FPS):
    return [clip[0] for clip in clips(sampler, num_frames, views, fps)]


def every_training_clip(sampler, num_frames, draws=400, fps=FPS):
    rng = np.random.default_rng(0)
    return {tuple(sampler.train(num_frames, fps, rng).tolist()) for _ in range(draws)}


@pytest.mark.parametrize(
    ("sampler", "num_frames", "views", "expected"),
    [
        (Dense(4, 2), 10, 1, [[2, 4, 6, 8]]),  # 4 starts: the third
        (Dense(4, 2), 7, 1, [[0, 2, 4, 6]]),
        (Dense(4, 2), 12, 3, [[0, 2, 4, 6], [2, 4, 6, 8], [5, 7, 9, 11]]),  # round(2.5) = 2: half to even
        (Dense(4, 2), 10, 2, [[0, 2, 4, 6], [3, 5, 7, 9]]),
        (Dense(8, 8), 57, 1, [[0, 8, 16, 24, 32, 40, 48, 56]]),
        (Dense(8, 8), 56, 1, [[14, 18, 22, 26, 30, 34, 38, 42]]),  # each frame twice, 112 - 57 + 1 starts
        (Dense(8, 8), 20, 2, [[0, 2, 5, 8, 10, 13, 16, 18], [1, 3, 6, 9, 11, 14, 17, 19]]),  # each frame three times
        (Dense(3, 5), 1, 2, [[0, 0, 0], [0, 0, 0]]),
        (Dense(4, 3, "clamp"), 6, 2, [[0, 3, 5, 5], [0, 3, 5, 5]]),
        (Dense(4, 3, "clamp"), 12, 2, [[0, 3, 6, 9], [2, 5, 8, 11]]),
        (Dense(4, 3, "loop"), 6, 2, [[0, 3, 0, 3], [2, 5, 2, 5]]),
        (Dense(4, 3, "loop"), 4, 1, [[1, 0, 3, 2]]),
        (Dense(1, 9), 5, 3, [[0], [2], [4]]),
        (Segments(4), 10, 1, [[1, 3, 6, 8]]),
        (Segments(4), 4, 1, [[0, 0, 0, 0]]),
        (Segments(4), 3, 1, [[0, 0, 0, 0]]),
        (Segments(2), 12, 3, [[1, 7], [3, 9], [5, 11]]),
    ],
)
def test_clips_of_a_test(sampler, num_frames, views, expected):
    assert clips(sampler, num_frames, views) == expected


@pytest.mark.parametrize(
    ("sampler", "num_frames", "expected"),
    [
        (Dense(3, 2), 7, {(0, 2, 4), (1, 3, 5), (2, 4, 6)}),
        (Dense(3, 2), 3, {(0, 1, 2), (0, 1, 2)}),  # each frame twice: 6 frames, starts 0 and 1
        (Dense(3, 2, "clamp"), 4, {(0, 2, 3)}),
        (Dense(3, 2, "loop"), 4, {(0, 2, 0), (1, 3, 1), (2, 0, 2), (3, 1, 3)}),
        (Segments(2), 5, {(0, 2), (0, 3), (1, 2), (1, 3)}),
        (Segments(2), 2, {(0, 1)}),
        (Segments(2), 1, {(0, 0)}),
        (SampleFrames(3, 2), 8, {(0, 2, 4), (1, 3, 5), (2, 4, 6)}),  # 8 - 6 + 1 starts: frame 7 is never drawn
        (SampleFrames(3, 2), 4, {(0, 2, 0)}),
        (DenseSampleFrames(3, 2), 8, {(0, 2, 4), (1, 3, 5)}),
        (DenseSampleFrames(3, 2), 6, {(0, 2, 4)}),
        (NonLocalNet(3, 2), 7, {(0, 2, 4), (1, 3, 5)}),
        (NonLocalNet(3, 2), 4, {(0, 2, 0)}),
    ],
)
def test_clips_that_training_draws_are_these_and_no_others(sampler, num_frames, expected):
    assert every_training_clip(sampler, num_frames) == expected


def test_training_starts_are_uniform():
    rng = np.random.default_rng(0)
    counts = np.bincount([Dense(3, 2).train(8, FPS, rng)[0] for _ in range(8000)])
    assert len(counts) == 4 and abs(counts - 2000).max() < 200


@pytest.mark.parametrize("short", ["slow_down", "clamp", "loop"])
@pytest.mark.parametrize("num_frames", [1, 2, 9, 56, 57, 58, 300])
def test_dense_stays_inside_the_video_and_keeps_its_stride(short, num_frames):
    sampler, rng = Dense(8, 8, short), np.random.default_rng(0)
    drawn = [sampler.train(num_frames, FPS, rng) for _ in range(50)]
    for clip in drawn + [sampler.test(num_frames, FPS, view, 5) for view in range(5)]:
        assert clip.dtype == np.int64 and clip.shape == (8,)
        assert clip.min() >= 0 and clip.max() < num_frames
        assert num_frames < 57 or set(np.diff(clip)) == {8}


def test_at_its_own_rate_sampling_in_seconds_changes_nothing():
    for fps in (10.0, 25.0, 29.97):
        assert clips(AtFps(Dense(4, 2), fps), 20, 3, fps) == clips(Dense(4, 2), 20, 3, fps)


@pytest.mark.parametrize(
    ("own_fps", "num_frames", "expected"),
    [
        (20.0, 40, [13, 17, 21, 25]),
        (5.0, 10, [3, 4, 5, 6]),
        (30.0, 60, [20, 26, 32, 38]),
        (29.97, 60, [20, 26, 32, 38]),
    ],
)
def test_sampling_in_seconds_lasts_equally_long_at_any_rate(own_fps, num_frames, expected):
    sampler = AtFps(Dense(4, 2), 10.0)
    [clip] = clips(sampler, num_frames, 1, own_fps)
    resampled = [7, 9, 11, 13]  # of 20 frames at 10 fps
    assert clips(Dense(4, 2), 20, 1) == [resampled]
    assert clip == [int(index * own_fps / 10 + 1e-6) for index in resampled]


def test_sampling_in_seconds_stays_inside_the_video():
    rng = np.random.default_rng(0)
    for own_fps, num_frames in [(60.0, 7), (8.0, 3), (59.94, 119), (1.0, 1)]:
        for _ in range(50):
            clip = AtFps(Dense(8, 8), 30.0).train(num_frames, own_fps, rng)
            assert clip.min() >= 0 and clip.max() < num_frames


def test_sampling_in_seconds_is_a_sampler_with_the_inner_one_s_length():
    sampler = AtFps(Segments(6), 30.0)
    assert isinstance(sampler, ClipSampler) and sampler.frames == 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0, 8), "frames = 0 must be above 0"),
        (lambda: Dense(8, -1), "stride = -1 must be above 0"),
        (lambda: Segments(0), "frames = 0 must be above 0"),
        (lambda: AtFps(Segments(3), 0), "fps = 0 must be above 0"),
        (lambda: SlowFast(8, 0), "rate = 0 must be above 0"),
    ],
)
def test_what_makes_no_clip_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# What follows was computed with the peers' own functions.


@pytest.mark.parametrize(
    ("sampler", "num_frames", "views", "expected"),
    [
        (SlowFast(8, 8), 300, 10, {0: [0, 9, 18, 27, 36, 45, 54, 63], 9: [212, 221, 230, 239, 248, 257, 266, 275]}),
        (SlowFast(8, 8), 100, 10, {5: [18, 27, 36, 45, 54, 63, 72, 81]}),
        (SlowFast(8, 8), 40, 10, {1: [0, 9, 18, 27, 36, 39, 39, 39]}),
        (SlowFast(16, 4), 70, 10, {6: [3, 7, 12, 16, 20, 24, 28, 33, 37, 41, 45, 49, 54, 58, 62, 66]}),
        (SlowFast(16, 4), 100, 10, {1: [3, 7, 12, 16, 20, 24, 28, 33, 37, 41, 45, 49, 54, 58, 62, 66]}),
        (SlowFast(8, 8, use_offset=True), 300, 10, {1: [26, 35, 44, 53, 62, 71, 80, 89]}),
        (SlowFast(8, 8, use_offset=True), 100, 10, {9: [36, 45, 54, 63, 72, 81, 90, 99]}),
        (SampleFrames(4, 16), 300, 10, {3: [84, 100, 116, 132]}),
        (NonLocalNet(8, 8), 300, 10, {9: [270, 278, 286, 294, 2, 10, 18, 26], 1: [30, 38, 46, 54, 62, 70, 78, 86]}),
        (NonLocalNet(8, 8), 100, 10, {6: [60, 68, 76, 84, 92, 0, 8, 16]}),
    ],
)
def test_clips_of_the_peers(sampler, num_frames, views, expected):
    given = clips(sampler, num_frames, views, fps=30.0)
    assert {view: given[view] for view in expected} == expected


@pytest.mark.parametrize(
    ("sampler", "num_frames", "expected"),
    [
        (SampleFrames(32, 2), 300, [0, 26, 53, 79, 105, 132, 158, 184, 211, 237]),
        (SampleFrames(32, 2), 64, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
        (SampleFrames0x(32, 2), 300, [11, 35, 59, 82, 106, 130, 154, 177, 201, 225]),
        (SampleFrames0x(32, 2), 100, [1, 5, 9, 12, 16, 20, 24, 27, 31, 35]),
        (SampleFrames0x(32, 2), 40, [0] * 10),
        (DenseSampleFrames(32, 2), 300, [0, 26, 52, 78, 104, 131, 157, 183, 209, 236]),
        (NonLocalNet(32, 2), 40, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]),
    ],
)
def test_where_the_peers_clips_start(sampler, num_frames, expected):
    assert starts(sampler, num_frames, fps=30.0) == expected


def test_one_test_clip_of_the_peers():
    assert starts(SampleFrames(32, 2), 300, views=1) == [118]
    assert starts(SlowFast(8, 8), 300, views=1, fps=30.0) == [0]
    assert starts(SlowFast(8, 8, use_offset=True), 300, views=1, fps=30.0) == [118]


def test_a_short_video_starts_again_in_mmaction():
    [clip] = clips(SampleFrames(32, 2), 5, 1)
    assert clip[:6] == [0, 2, 4, 1, 3, 0] and clip[-3:] == [3, 0, 2]


def test_slowfast_clips_last_equally_long_at_any_rate():
    assert clips(SlowFast(8, 8), 100, 1, fps=15.0) == [[0, 4, 8, 13, 17, 22, 26, 31]]
    clip = SlowFast(8, 8).train(300, 30.0, np.random.default_rng(0))
    assert clip[-1] - clip[0] == 63


def test_slowfast_training_covers_all_starts():
    drawn = {clip[0] for clip in every_training_clip(SlowFast(2, 2), 10, fps=30.0)}
    assert drawn == {0, 1, 2, 3, 4, 5}


RATES = (12.0, 15.0, 24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60.0)


@pytest.mark.parametrize(("frames", "rate"), [(8, 8), (16, 4), (32, 2), (16, 8), (5, 3), (1, 8)])
def test_slowfast_rounds_as_torch_does(frames, rate):
    """The source takes `torch.linspace(start, end, frames)`, whose last bit hangs on the processor's instructions."""
    sampler, fuses = SlowFast(frames, rate), torch.backends.cpu.get_cpu_capability().startswith("AVX")
    for fps, num_frames, view in product(RATES, range(1, 400, 5), range(10)):
        length = max(1.0, rate * frames / 30 * fps)
        start = max(num_frames - length, 0.0) * view / 10
        positions = torch.linspace(start, start + length - 1, frames).clamp(0, num_frames - 1)
        ours = sampler.test(num_frames, fps, view, 10)
        if fuses:
            assert ours.tolist() == positions.long().tolist(), (fps, num_frames, view)
        else:
            lower, upper = (torch.nextafter(positions, torch.tensor(end)).long().numpy() for end in (-1.0, 1e9))
            assert ((lower <= ours) & (ours <= upper)).all(), (fps, num_frames, view)


class Own:
    """A sampler of one's own, as a config may define it: it gives the same clip for every video."""

    frames = 4

    def __init__(self, *indices):
        self.indices = indices

    def train(self, num_frames, fps, rng):
        return np.array(self.indices)

    def test(self, num_frames, fps, view, views):
        return np.array(self.indices)


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ((0, 1, 2, 20), "frames 0 to 20 of a video or part with frames 0 to 19"),
        ((-1, 1, 2, 3), "frames -1 to 3 of a video or part with frames 0 to 19"),
        ((0, 1, 2), "int64 (3,); the frames of a clip are int64 (4,)"),
        ((0.0, 1, 2, 3), "float64 (4,); the frames of a clip are int64 (4,)"),
        ((), "float64 (0,); the frames of a clip are int64 (4,)"),
    ],
)
def test_a_clip_that_the_video_does_not_have_is_one_line(indices, message):
    own, at_its_rate = Own(*indices), AtFps(Own(*indices), 25)
    for give in (
        lambda: checked(own, own.train(20, 25, None), 20),
        lambda: at_its_rate.train(20, 25, None),
        lambda: at_its_rate.test(20, 25, 0, 1),
    ):
        with pytest.raises(UserError) as error:
            give()
        assert str(error.value) == f"train_clip: Own gave {message}"
    assert checked(Own(), [3, 0, 0, 19], 20).tolist() == [3, 0, 0, 19]
