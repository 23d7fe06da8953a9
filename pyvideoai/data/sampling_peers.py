"""Sample frames as other frameworks do, under their names; tests compare with their own functions.

They are different functions, not settings of one: at 30 fps, 8 x 8 is every 9th frame in PySlowFast and every 8th in
the others; the last test clip ends before the video in some and wraps around in others.
"""

from dataclasses import dataclass

import numpy as np

from pyvideoai.data.sampling import require_positive


@dataclass(frozen=True)
class SlowFast:
    """Sample as PySlowFast (facebookresearch/SlowFast, datasets/decoder.py): `frames` frames over rate * frames ticks.

    A tick is a frame at `target_fps`, so that a clip lasts equally long at any frame rate. Its first and last frame are
    the two ends of the clip: 8 x 8 at 30 fps takes every 9th frame. Past the end the last frame is repeated. Test clips
    don't reach the end, unless `use_offset` (DATA.USE_OFFSET_SAMPLING) spreads them from the start to the end.
    """

    frames: int
    rate: int
    target_fps: float = 30.0
    use_offset: bool = False

    def __post_init__(self) -> None:
        require_positive(frames=self.frames, rate=self.rate, target_fps=self.target_fps)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`; the start is any real number, as in the source."""
        return self._clip(float(rng.uniform(0, self._slack(num_frames, fps))), num_frames, fps)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`."""
        slack = self._slack(num_frames, fps)
        if not self.use_offset:
            return self._clip(slack * view / views, num_frames, fps)
        # Floors as the source does (math.floor(delta / (num_clips - 1))), so the last clip may stop short of the end.
        return self._clip(slack // 2 if views == 1 else view * (slack // (views - 1)), num_frames, fps)

    def _length(self, fps: float) -> float:
        """Return how many of the video's own frames a clip lasts."""
        return max(1.0, self.rate * self.frames / self.target_fps * fps)

    def _slack(self, num_frames: int, fps: float) -> float:
        return max(num_frames - self._length(fps), 0.0)

    def _clip(self, start: float, num_frames: int, fps: float) -> np.ndarray:
        # A linspace includes both ends: 8 frames over 64 ticks are 63 / 7 = 9 apart.
        indices = _linspace32(start, start + self._length(fps) - 1, self.frames)
        return np.clip(indices, 0, num_frames - 1).astype(np.int64)


@dataclass(frozen=True)
class SampleFrames:
    """Sample as MMAction2 1.x's `SampleFrames` with num_clips = 1 in training; past the end the video starts again.

    A training clip starts where frames * interval frames are left, one stride more than it needs; test clips are spread
    from the first start to the last.
    """

    frames: int
    interval: int

    def __post_init__(self) -> None:
        require_positive(frames=self.frames, interval=self.interval)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`."""
        return self._clip(int(rng.integers(max(num_frames - self.frames * self.interval + 1, 1))), num_frames)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`."""
        # The last start from which a clip fits.
        last = max(num_frames - (self.frames - 1) * self.interval - 1, 0)
        return self._clip(last // 2 if views == 1 else round(view * last / (views - 1)), num_frames)

    def _clip(self, start: int, num_frames: int) -> np.ndarray:
        return (start + self.interval * np.arange(self.frames, dtype=np.int64)) % num_frames


@dataclass(frozen=True)
class SampleFrames0x(SampleFrames):
    """Sample as MMAction2 0.x's `SampleFrames`, with which all numbers of 0.x were published.

    The possible starts are cut into `views` equal parts; each test clip starts in the middle of its part.
    """

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`."""
        part = (num_frames - self.frames * self.interval + 1) / views
        return self._clip(int(view * part + part / 2) if part > 0 else 0, num_frames)


@dataclass(frozen=True)
class DenseSampleFrames(SampleFrames):
    """Sample as MMAction2's `DenseSampleFrames` (0.x, 1.x) with num_clips = 1; views are its num_sample_positions."""

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`; the last possible start is never drawn, as in the source."""
        return self._clip(int(rng.integers(max(self._starts(num_frames) - 1, 1))), num_frames)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`."""
        return self._clip(int(np.linspace(0, self._starts(num_frames) - 1, views)[view]), num_frames)

    def _starts(self, num_frames: int) -> int:
        return max(num_frames - self.frames * self.interval + 1, 1)


@dataclass(frozen=True)
class MMActionSegments:
    """Sample as MMAction2's `SampleFrames` with clip_len = 1 and num_clips = `frames`: one frame of each segment.

    MMAction2's TSN, TSM and TRN read videos in this way. test_frames: frames of a test clip, which may be more (TSN's
    has 25); None: as many as in training. A test takes the middle frame of each segment. With two views, MMAction2's
    `twice_sample`, the second takes the first frames. More views, which MMAction2 doesn't have, are spread evenly.
    """

    frames: int
    test_frames: int | None = None

    def __post_init__(self) -> None:
        require_positive(frames=self.frames, test_frames=1 if self.test_frames is None else self.test_frames)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`; a video of fewer frames gives evenly spread ones, some of them twice."""
        length = num_frames // self.frames
        if length == 0:
            return np.around(np.arange(self.frames) * (num_frames / self.frames)).astype(np.int64) % num_frames
        return length * np.arange(self.frames, dtype=np.int64) + rng.integers(length, size=self.frames)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`."""
        count = self.test_frames or self.frames
        place = (0.5, 0.0)[view] if views == 2 else (2 * view + 1) / (2 * views)
        length = num_frames / count
        return (np.arange(count) * length + place * length).astype(np.int64)


@dataclass(frozen=True)
class NonLocalNet:
    """Sample as video-nonlocal-net (facebookresearch/video-nonlocal-net, customized_video_io); wrap around at the end.

    A training clip starts where frames * stride frames are left, a test clip anywhere: in a video of any length, the
    last test clips continue with its beginning.
    """

    frames: int
    stride: int

    def __post_init__(self) -> None:
        require_positive(frames=self.frames, stride=self.stride)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`."""
        return self._clip(int(rng.integers(max(num_frames - self.frames * self.stride, 0) + 1)), num_frames)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`; single precision, as in the source."""
        return self._clip(int(np.float32(num_frames) / np.float32(views) * np.float32(view)), num_frames)

    def _clip(self, start: int, num_frames: int) -> np.ndarray:
        return (start + self.stride * np.arange(self.frames, dtype=np.int64)) % num_frames


def _linspace32(start: float, end: float, count: int) -> np.ndarray:
    """Return float32 (count,) from `start` to `end` with torch.linspace's rounding: its second half counts
    from the end.

    Processors with fused multiply-add (AVX2 and later) round `start + step * i` only once, not after the
    product as well; float64 holds that product exactly. PyTorch without these instructions differs by one
    unit in the last place, and so, after truncation, by one frame in about 1 of 1,000 clips. We give the
    more common answer on every machine.
    """
    low, high, steps = np.float32(start), np.float32(end), np.arange(count, dtype=np.float64)
    if count == 1:
        return np.array([low])
    step = np.float64((high - low) / np.float32(count - 1))
    return np.where(steps < count // 2, low + step * steps, high - step * steps[::-1]).astype(np.float32)
