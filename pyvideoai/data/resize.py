"""Cut a region out of decoded frames and resize only that, in uint8."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import interpolate

from pyvideoai.data.pixels import Region

PRECISION = 1 / 32  # source pixels by which a crop may lie beside its place


def apply_region(frames: np.ndarray, region: Region, *, antialias: bool = True) -> torch.Tensor:
    """uint8 (T, H, W, 3) to uint8 (T, out_height, out_width, 3): bilinear, mirrored where the region says so.

    The pixels are those of resizing the whole frame and cropping then, at a cost that follows the crop's size. Torch
    resizes from a whole source pixel on, and few crops start at one; so some pixels before the crop are resized too,
    from the nearest source pixel that puts the crop within 1/32 of a source pixel of its place.
    `antialias`: whether shrinking averages over all pixels (as Pillow does) or looks at four (as OpenCV does).
    """
    rows = _cut(region.top, region.height, region.out_height, frames.shape[1])
    columns = _cut(region.left, region.width, region.out_width, frames.shape[2])
    box = torch.from_numpy(frames[:, rows.source, columns.source])
    factors = (rows.factor, columns.factor)
    if factors != (1, 1):
        planes = box.permute(0, 3, 1, 2)  # channels last in memory, which torch resizes several times faster
        box = interpolate(planes, scale_factor=factors, mode="bilinear", antialias=antialias).permute(0, 2, 3, 1)
    crop = box[:, rows.wanted, columns.wanted]
    return crop.flip(2) if region.flip else crop


@dataclass(frozen=True)
class _Cut:
    """One axis: the part of the source that is resized by `factor`, and the part of the result that is wanted."""

    source: slice
    factor: float
    wanted: slice


def _cut(start: float, length: float, out: int, limit: int) -> _Cut:
    scale = length / out
    if scale == 1:
        first = round(start)
        return _Cut(slice(first, first + out), 1, slice(0, out))
    factor = (1 + 1e-9) / scale  # a little more, since torch rounds the result's size down
    lead, first = _begin(start, scale, out, limit)
    reach = math.ceil(max(scale, 1)) + 1  # how far beyond the last pixel the kernel looks
    last = min(math.ceil(first + (lead + out) * scale) + reach, limit)
    if math.floor((last - first) * factor) == last - first:  # torch would copy what keeps its size: take all
        lead, first, last = math.floor(start / scale + 1e-6), 0, limit
    return _Cut(slice(first, last), factor, slice(lead, lead + out))


def _begin(start: float, scale: float, out: int, limit: int) -> tuple[int, int]:
    """(lead, first): pixel 0 of the crop is pixel `lead` of what is resized from source pixel `first` on.

    The shortest lead that is precise enough and lets the kernel see what is before the crop. The longest, from the edge
    of the frame, is exact for every crop of a resized frame; for one that is resized again the nearest is taken.
    """
    longest = math.floor(start / scale + 1e-6)
    best, nearest = (0, 0), math.inf
    for lead in range(min(math.ceil(max(1, 1 / scale)), longest), longest + 1):
        begin = start - lead * scale
        fits = math.floor(limit - (lead + out) * scale + 1e-6)
        first = max(min(round(begin), fits), 0)
        if abs(first - begin) < nearest:
            best, nearest = (lead, first), abs(first - begin)
        if nearest <= PRECISION:
            break
    return best
