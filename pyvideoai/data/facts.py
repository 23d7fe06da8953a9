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
    before, after = seen[:, :-1].numpy(), seen[:, 1:].numpy()
    # The larger minus the smaller: a difference of uint8 would wrap around where it is negative.
    changes = torch.from_numpy(np.maximum(before, after) - np.minimum(before, after))
    motion = float(changes.float().mean()) if changes.numel() else float("nan")
    known = (frames / video.fps, video.fps, video.height, video.width, float(seen.float().mean()), motion)
    return torch.tensor(known, dtype=torch.float32)
