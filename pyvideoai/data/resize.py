"""Cut a region out of decoded frames and resize only that, in uint8."""

import numpy as np
import torch
from torch.nn.functional import interpolate

from pyvideoai.data.pixels import Region


def apply_region(frames: np.ndarray, region: Region, *, antialias: bool = True) -> torch.Tensor:
    """uint8 (T, H, W, 3) to uint8 (T, out_height, out_width, 3): bilinear, mirrored where the region says so.

    The box is rounded to whole source pixels, so that a pixel lies at most half a source pixel from where resizing the
    whole frame first would have put it.
    """
    top, bottom = _edges(region.top, region.height, frames.shape[1])
    left, right = _edges(region.left, region.width, frames.shape[2])
    box = torch.from_numpy(frames[:, top:bottom, left:right])
    size = (region.out_height, region.out_width)
    if box.shape[1:3] != size:
        planes = box.permute(0, 3, 1, 2)  # channels last in memory, which torch resizes several times faster
        box = interpolate(planes, size=size, mode="bilinear", antialias=antialias).permute(0, 2, 3, 1)
    return box.flip(2) if region.flip else box


def _edges(start: float, length: float, limit: int) -> tuple[int, int]:
    first = min(max(round(start), 0), limit - 1)
    return first, min(max(round(start + length), first + 1), limit)
