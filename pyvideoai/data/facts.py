"""Say of a video what its accuracy may depend on: length, frame rate, size, brightness, motion."""

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from pyvideoai.video import Video

FACTS = ("length_s", "fps", "height", "width", "brightness", "motion")
EVERY = 4  # of each side's pixels: means need no more


def facts_of(video: "Video", seen: torch.Tensor, frames: int) -> torch.Tensor:
    """Return float32 (len(FACTS),): seconds, frames a second, pixels, and two means over the clips from 0 to 255.

    seen: uint8 (views, T, H, W, 3), every `EVERY`-th pixel of what the network sees of the video. frames: of the video,
    or of the part of it that was labelled. Brightness is the mean of all values, motion that of their changes from one
    frame of a clip to the next; one frame has none, NaN.
    """
    brightness = motion = 0
    for clip in seen.numpy():  # one by one, while the processor's cache holds it
        before, after = clip[:-1], clip[1:]
        brightness += _total(clip)
        # The larger minus the smaller: a difference of uint8 would wrap around where it is negative.
        motion += _total(np.maximum(before, after) - np.minimum(before, after))
    count = seen.numel()
    changes = count - seen[:, :1].numel()
    known = (frames / video.fps, video.fps, video.height, video.width, brightness / count)
    return torch.tensor((*known, motion / changes if changes else float("nan")), dtype=torch.float32)


def _total(pixels: np.ndarray) -> int:
    """Return the sum of uint8 pixels, exactly."""
    return int(pixels.sum(dtype=np.uint32 if pixels.size < 2**24 else np.uint64))  # 32 bits take half the time
