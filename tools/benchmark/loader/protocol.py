"""What is measured: one random training clip of a video, or all views of it as a test has them."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.data.pixels import HorizontalFlip, PixelStep, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import ClipSampler
from pyvideoai.data.sampling_peers import SampleFrames
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError

SIZE, JITTER, TEST_SCALE = 224, (256, 320), 256


@dataclass(frozen=True)
class Protocol:
    """A clip to train on, cut by `steps`, or with `views` the views of a test.

    size: pixels of a crop's side. unit: what is counted in rates.
    """

    name: str
    sampler: ClipSampler
    steps: tuple[PixelStep, ...]
    size: int
    views: Views | None = None

    @property
    def unit(self) -> str:
        return "clips" if self.views is None else "videos"


@dataclass(frozen=True)
class Job:
    """A video, and the frames of it that every contestant is asked for: int64 (clips, T).

    draw: number of the random crops. root: folder that `video` is relative to.
    """

    group: str
    root: str
    video: str
    row: int
    draw: int
    indices: np.ndarray

    @property
    def path(self) -> str:
        return f"{self.root}/{self.video}"


def clip_protocol(clip: str) -> Protocol:
    """ "8x8": 8 frames, 8 apart, drawn as MMAction2 does; crops of 224 pixels out of short sides of 256 to 320."""
    frames, interval = pair(clip, "--clip")
    steps = (ShortSideJitter(*JITTER), RandomCrop(SIZE), HorizontalFlip())
    return Protocol(clip, SampleFrames(frames, interval), steps, SIZE)


def views_protocol(views: str, clip: str) -> Protocol:
    """ "5x1": 5 clips of a 224 pixels wide centre crop; "10x3": 10 clips of three crops of 256 pixels: MMAction2's."""
    clips, crops = pair(views, "--test")
    if crops not in (1, 3):
        raise UserError(f"--test {views}: CLIPSxCROPS, with 1 or 3 crops")
    size = SIZE if crops == 1 else TEST_SCALE
    shown = Views(clips=clips, crops=crops, scale=TEST_SCALE, size=size)
    return Protocol(
        f"{views} views of {clip}", SampleFrames(*pair(clip, "--clip")), clip_protocol(clip).steps, size, shown
    )


def pair(text: str, option: str) -> tuple[int, int]:
    """Return the two numbers of "8x8". Raises UserError."""
    first, _, second = text.partition("x")
    if not (first.isdigit() and second.isdigit() and int(first) and int(second)):
        raise UserError(f"{option} {text}: two numbers with an x between them, such as 8x8")
    return int(first), int(second)
