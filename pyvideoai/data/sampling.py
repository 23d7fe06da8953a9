"""Choose which frames of a video make a clip: pure functions of its length, in numpy.

A sampler is a frozen dataclass with two methods, one clip per call: `train` draws with a generator, `test` places view
`view` of `views` temporal clips. `sampling_peers` holds those of PySlowFast, MMAction2 and video-nonlocal-net.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from pyvideoai.errors import UserError


@runtime_checkable
class ClipSampler(Protocol):
    """Describe what a config may use as `train_clip`.

    A sampler whose test clips are longer has a field `test_frames` too, as `sampling_peers.MMActionSegments`.
    """

    @property
    def frames(self) -> int:
        """Frames of a clip."""
        ...

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """Return the frame indices of a random clip: int64 (frames,), from 0 to num_frames - 1."""
        ...

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """Return the frame indices of clip `view` (from 0) of `views`: int64 (frames,)."""
        ...


@dataclass(frozen=True)
class Dense:
    """Take `frames` frames, `stride` frames apart: PyVideoAI's dense sampling (kiyoon/PyVideoAI, dataloaders).

    A clip spans (frames - 1) * stride + 1 frames. Training starts it anywhere; several test views are spread from the
    first start to the last, a single one is in the middle. `short` says what happens if a video is shorter than the
    span: "slow_down" repeats every frame as often as needed; "loop" starts the video again as often as needed; "clamp"
    repeats the last frame. (Wrapping around in videos of any length is `sampling_peers.NonLocalNet`.)
    """

    frames: int
    stride: int
    short: Literal["slow_down", "clamp", "loop"] = "slow_down"

    def __post_init__(self) -> None:
        require_positive(frames=self.frames, stride=self.stride)

    @property
    def span(self) -> int:
        """Return the number of frames from the first to the last of a clip, both included."""
        return (self.frames - 1) * self.stride + 1

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`; the start is uniform among all that fit."""
        return self._clip(num_frames, int(rng.integers(self._starts(num_frames))))

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`.

        One view starts at starts // 2, several at round((starts - 1) / (views - 1) * view), half to even.
        """
        starts = self._starts(num_frames)
        return self._clip(num_frames, starts // 2 if views == 1 else round((starts - 1) / (views - 1) * view))

    def _repeats(self, num_frames: int) -> int:
        # span / num_frames rounded up
        return -(-self.span // num_frames)

    def _starts(self, num_frames: int) -> int:
        """Return in how many places a clip can start, after a short video has been made long enough."""
        if self.short == "clamp":
            return max(num_frames - self.span, 0) + 1
        return num_frames * self._repeats(num_frames) - self.span + 1

    def _clip(self, num_frames: int, start: int) -> np.ndarray:
        indices = start + self.stride * np.arange(self.frames, dtype=np.int64)
        # In the video whose every frame is repeated, place i shows frame i // repeats.
        if self.short == "slow_down":
            return indices // self._repeats(num_frames)
        return indices % num_frames if self.short == "loop" else np.minimum(indices, num_frames - 1)


@dataclass(frozen=True)
class Segments:
    """Take one frame from each of `frames` equal segments of the video: Temporal Segment Networks
    (yjxiong/tsn-pytorch).

    Training draws a frame in each segment; a test takes the middle one. Several test views, which the
    source doesn't have, are spread evenly within the segments. As in the source, a video of fewer than
    `frames` frames gives only its first frame; in a test, so does a video of exactly `frames` frames.
    """

    frames: int

    def __post_init__(self) -> None:
        require_positive(frames=self.frames)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`. Segments have num_frames // frames frames; the rest at the end is never drawn."""
        length = num_frames // self.frames
        if length == 0:
            return np.zeros(self.frames, np.int64)
        return length * np.arange(self.frames, dtype=np.int64) + rng.integers(length, size=self.frames)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`. Segments have num_frames / frames frames, not rounded."""
        if num_frames <= self.frames:
            return np.zeros(self.frames, np.int64)
        length = num_frames / self.frames
        # Each segment is cut into `views` parts; the view takes the middle of its part.
        return (length * (2 * view + 1) / (2 * views) + length * np.arange(self.frames)).astype(np.int64)


@dataclass(frozen=True)
class AtFps:
    """Sample with `sampler` on the time line at `fps`, as if the video had been resampled to `fps` beforehand.

    Frame i of that time line is the one that the video shows at i / fps seconds, by its mean frame rate.
    """

    sampler: ClipSampler
    fps: float

    def __post_init__(self) -> None:
        require_positive(fps=self.fps)

    @property
    def frames(self) -> int:
        return self.sampler.frames

    @property
    def test_frames(self) -> int:
        return frames_in_test(self.sampler)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`; `fps` is the video's own."""
        length = self._length(num_frames, fps)
        return self._back(checked(self.sampler, self.sampler.train(length, self.fps, rng), length), num_frames, fps)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`; `fps` is the video's own."""
        return self._back(view_of(self.sampler, self._length(num_frames, fps), self.fps, view, views), num_frames, fps)

    def _length(self, num_frames: int, fps: float) -> int:
        return max(1, round(num_frames * self.fps / fps))

    def _back(self, indices: np.ndarray, num_frames: int, fps: float) -> np.ndarray:
        # the small number keeps 3 * (25 / 75) from falling to frame 0
        shown = np.floor(indices * (fps / self.fps) + 1e-6).astype(np.int64)
        return np.minimum(shown, num_frames - 1)


def frames_in_test(sampler: ClipSampler) -> int:
    """Return how many frames a clip has in tests: a sampler's `test_frames` if it has that, else its `frames`."""
    # None as well as missing: `MMActionSegments` has the field, which may be None.
    return getattr(sampler, "test_frames", None) or sampler.frames


def view_of(sampler: ClipSampler, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
    """Return the frames of a test clip, checked. Raises UserError unless they are those of a clip of that video."""
    return checked(sampler, sampler.test(num_frames, fps, view, views), num_frames, frames_in_test(sampler))


def checked(sampler: ClipSampler, indices: object, num_frames: int, frames: int | None = None) -> np.ndarray:
    """Return the frames that a sampler gave. Raises UserError unless they are those of a clip of that video.

    frames: of the clip; None: of one in training.
    """
    found, told = np.asarray(indices), f"train_clip: {type(sampler).__name__} gave"
    frames = frames or sampler.frames
    # i and u: signed and unsigned integers of any size.
    if found.shape != (frames,) or found.dtype.kind not in "iu":
        raise UserError(f"{told} {found.dtype} {found.shape}; the frames of a clip are int64 ({frames},)")
    low, high = int(found.min()), int(found.max())
    if low < 0 or high >= num_frames:
        raise UserError(f"{told} frames {low} to {high} of a video or part with frames 0 to {num_frames - 1}")
    return found


def require_positive(**fields: float) -> None:
    """Raise ValueError that names the first field that is not above 0."""
    for name, value in fields.items():
        if value <= 0:
            raise ValueError(f"{name} = {value} must be above 0")
