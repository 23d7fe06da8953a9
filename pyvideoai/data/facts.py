"""Say of a video what its accuracy may depend on: length, frame rate, size, brightness, motion."""

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from pyvideoai.video import Video

FACTS = ("length_s", "fps", "height", "width", "brightness", "motion")
EVERY = 4  # of each side's pixels: means need no more


def facts_of(video: "Video", frames: int) -> torch.Tensor:
    """Return float32 (len(FACTS),): seconds, frames a second, pixels; NaN for what `with_sight` fills in.

    frames: of the video, or of the part of it that was labelled.
    """
    known = (frames / video.fps, video.fps, video.height, video.width)
    return torch.tensor((*known, torch.nan, torch.nan), dtype=torch.float32)


def with_sight(facts: torch.Tensor, clips: torch.Tensor) -> torch.Tensor:
    """Return facts, float32 (videos, len(FACTS)), on the device of the clips, with two means over every `EVERY`-th
    pixel, from 0 to 255.

    clips: uint8 (videos, views, T, H, W, 3), what the network sees. Brightness is the mean of all values, motion that
    of their changes from one frame of a clip to the next; one frame has none, NaN.
    """
    # Whole rows first, which are read from memory once; then each colour: single bytes are copied faster than threes.
    rows = clips[..., ::EVERY, :, :].contiguous()
    seen = torch.stack([rows[..., ::EVERY, colour] for colour in range(rows.shape[-1])], 3)
    before, after = seen[:, :, :-1], seen[:, :, 1:]
    # The larger minus the smaller: a difference of uint8 would wrap around where it is negative.
    changes = torch.maximum(before, after) - torch.minimum(before, after)
    means = [_totals(each).double() / each[0].numel() for each in (seen, changes)]
    known = facts[:, : -len(means)].to(clips.device, non_blocking=True)
    return torch.cat([known, torch.stack(means, 1).float()], 1)


def _totals(pixels: torch.Tensor) -> torch.Tensor:
    """Return int64 (videos,), the exact sums of uint8 (videos, ...)."""
    flat = pixels.flatten(1)
    if flat.device.type != "cpu":
        return flat.sum(1, dtype=torch.int64)
    # NumPy takes a tenth of torch's time, half of it with 32 bits.
    dtype = np.uint32 if flat.shape[1] < 2**24 else np.uint64
    return torch.from_numpy(flat.numpy().sum(1, dtype=dtype).astype(np.int64))
