"""Cut regions out of decoded pictures and resize only those, in uint8."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import interpolate

from pyvideoai.data.pixels import Region
from pyvideoai.video import Video

# Source pixels by which a crop may be off its place: at an edge from black to white, 255 / 32 = 8 grey levels at most.
PRECISION = 1 / 32


class Cutter:
    """Cut regions out of pictures of height x width: bilinear, and mirrored if a region says so.

    The pixels are those of resizing the whole picture and then cropping, at a cost that follows the crop's size. Torch
    resizes from a whole source pixel on, and few crops start at one. So a few pixels before the crop are resized too,
    from the nearest source pixel that puts the crop within 1/32 of a source pixel of its place.
    If crops of one resized picture overlap, they are cut from one resize of the area that they cover together.
    antialias: whether shrinking averages over all pixels (as Pillow does) or looks at four (as OpenCV does).
    """

    def __init__(self, regions: Sequence[Region], height: int, width: int, *, antialias: bool = True) -> None:
        self.antialias = antialias
        self.groups = [
            (_Resize.of(group, height, width), [_inside(region, group) for region in members])
            for group, members in _groups(regions)
        ]

    def __call__(self, picture: np.ndarray) -> list[torch.Tensor]:
        """Return one uint8 (out_height, out_width, 3) for each region of the picture, uint8 (H, W, 3)."""
        return [
            part[rows, columns].flip(1) if flip else part[rows, columns]
            for resize, crops in self.groups
            for part in [resize(picture, self.antialias)]
            for rows, columns, flip in crops
        ]


def cut_clips(
    video: Video, indices: Sequence[np.ndarray], cutters: Sequence[Cutter], into: Sequence[Sequence[torch.Tensor]]
) -> None:
    """Fill clips of one video, in which each frame is decoded once, however many clips show it.

    indices[i]: int64 (T,), the frames of clip i; cutters[i] gives its crops, which go to into[i], one uint8
    (T, out_height, out_width, 3) per crop. Clips that share a cutter share its work. Raises VideoError.
    """
    frames = len(indices[0])
    for places, picture in video.pictures(np.concatenate(indices)):
        done: dict[Cutter, list[torch.Tensor]] = {}
        for clip, frame in (divmod(place, frames) for place in places.tolist()):
            cutter = cutters[clip]
            done[cutter] = done.get(cutter) or cutter(picture)
            for target, crop in zip(into[clip], done[cutter], strict=True):
                target[frame] = crop


def _groups(regions: Sequence[Region]) -> list[tuple[Region, Sequence[Region]]]:
    """Return what is resized, each with the regions cut from it: all at once if that covers less than one by one."""
    # Crops of one resized frame have one scale, which rounding errors of their boxes may part in the last digits.
    scales = {(region.height / region.out_height, region.width / region.out_width) for region in regions}
    if len(regions) == 1 or len({(round(down, 9), round(across, 9)) for down, across in scales}) > 1:
        return [(region, [region]) for region in regions]
    together = _covering(regions)
    less = together.height * together.width < sum(region.height * region.width for region in regions)
    return [(together, regions)] if less else [(region, [region]) for region in regions]


def _covering(regions: Sequence[Region]) -> Region:
    """Return the smallest region that holds all of `regions`, which have one scale."""
    top, left = min(region.top for region in regions), min(region.left for region in regions)
    height = max(region.top + region.height for region in regions) - top
    width = max(region.left + region.width for region in regions) - left
    down, across = regions[0].height / regions[0].out_height, regions[0].width / regions[0].out_width
    return Region(top, left, height, width, round(height / down), round(width / across))


def _inside(region: Region, group: Region) -> tuple[slice, slice, bool]:
    """Return (rows, columns, flip): where a region lies in the resized group, in output pixels."""
    top = round((region.top - group.top) * region.out_height / region.height)
    left = round((region.left - group.left) * region.out_width / region.width)
    return slice(top, top + region.out_height), slice(left, left + region.out_width), region.flip


@dataclass(frozen=True)
class _Resize:
    """Cut one region out of a picture, without mirroring."""

    rows: "_Cut"
    columns: "_Cut"

    @classmethod
    def of(cls, region: Region, height: int, width: int) -> "_Resize":
        return cls(
            _cut(region.top, region.height, region.out_height, height),
            _cut(region.left, region.width, region.out_width, width),
        )

    def __call__(self, picture: np.ndarray, antialias: bool) -> torch.Tensor:
        # A copy of the cut only. torch takes no negative strides, which pictures that were turned upright have.
        part = torch.from_numpy(np.ascontiguousarray(picture[self.rows.source, self.columns.source]))
        factors = (self.rows.factor, self.columns.factor)
        if factors != (1, 1):
            planes = part[None].permute(0, 3, 1, 2)  # channels last in memory, which torch resizes several times faster
            part = interpolate(planes, scale_factor=factors, mode="bilinear", antialias=antialias)[0].permute(1, 2, 0)
        return part[self.rows.wanted, self.columns.wanted]


@dataclass(frozen=True)
class _Cut:
    """Describe one axis: the part of the source that is resized by `factor`, and which part of the result is wanted."""

    source: slice
    factor: float
    wanted: slice


def _cut(start: float, length: float, out: int, side: int) -> _Cut:
    scale = length / out
    # Nothing to resize: cut whole pixels, and the result is exact.
    if scale == 1:
        first = round(start)
        return _Cut(slice(first, first + out), 1, slice(0, out))
    factor = (1 + 1e-9) / scale  # a little more, since torch rounds the result's size down
    lead, first = _begin(start, scale, out, side)
    # An antialiased kernel is a triangle of `scale` source pixels (of one, if it enlarges) to each side of its centre,
    # which is the middle of a pixel: hence one more.
    reach = math.ceil(max(scale, 1)) + 1
    last = min(math.ceil(first + (lead + out) * scale) + reach, side)
    if math.floor((last - first) * factor) == last - first:  # torch would copy what keeps its size: take all
        lead, first, last = math.floor(start / scale + 1e-6), 0, side
    return _Cut(slice(first, last), factor, slice(lead, lead + out))


def _begin(start: float, scale: float, out: int, side: int) -> tuple[int, int]:
    """Return (lead, first): pixel 0 of the crop is pixel `lead` of what is resized from source pixel `first` on.

    It is the shortest lead that is precise enough and lets the kernel see the pixels before the crop. The longest lead,
    from the edge of the frame, is exact for every crop of a resized frame; for a crop that is resized again, the
    nearest is taken.
    """
    # For a crop of a resized frame, start / scale is a whole number, which rounding may put just below it.
    longest = math.floor(start / scale + 1e-6)
    best, nearest = (0, 0), math.inf
    for lead in range(min(math.ceil(max(1, 1 / scale)), longest), longest + 1):
        # Where in the source the resized part would begin so that the crop starts exactly at its pixel `lead`.
        begin = start - lead * scale
        # The last source pixel from which lead + out resized pixels still fit into the frame.
        fits = math.floor(side - (lead + out) * scale + 1e-6)
        first = max(min(round(begin), fits), 0)
        if abs(first - begin) < nearest:
            best, nearest = (lead, first), abs(first - begin)
        if nearest <= PRECISION:
            break
    return best
