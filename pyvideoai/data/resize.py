"""Cut regions out of decoded pictures and resize only those, in uint8."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import interpolate

from pyvideoai.data.facts import EVERY
from pyvideoai.data.pixels import Region
from pyvideoai.video import Video

# Source pixels by which a crop may be off its place: at an edge from black to white, 255 / 32 = 8 grey levels at most.
PRECISION = 1 / 32
# Pictures that are resized by one call, which spares overhead, as long as their cuts stay in a core's cache (2 MiB).
TOGETHER, CACHED_BYTES = 8, 2**21


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
        return [crop[0] for crop in self.crops([resize.cut(picture)[None] for resize, _ in self.groups])]

    def crops(self, cuts: Sequence[np.ndarray]) -> list[torch.Tensor]:
        """Return one uint8 (N, out_height, out_width, 3) for each region of N pictures.

        cuts: for each group the parts of the pictures that it needs, uint8 (N, H, W, 3).
        """
        return [
            resized[:, rows, columns].flip(2) if flip else resized[:, rows, columns]
            for (resize, crops), parts in zip(self.groups, cuts, strict=True)
            for resized in [resize(parts, self.antialias)]
            for rows, columns, flip in crops
        ]


def cut_clips(
    video: Video,
    indices: Sequence[np.ndarray],
    cutters: Sequence[Cutter],
    into: Sequence[Sequence[torch.Tensor]],
    sampled: Sequence[Sequence[torch.Tensor]] | None = None,
) -> None:
    """Fill clips of one video, in which each frame is decoded once, however many clips show it.

    indices[i]: int64 (T,), the frames of clip i; cutters[i] gives its crops, which go to into[i], one uint8
    (T, out_height, out_width, 3) per crop. Clips that share a cutter share its work. sampled: as `into`, for every
    `EVERY`-th pixel of the crops, which costs little while they are in the processor's cache. Raises VideoError.
    """
    frames = len(indices[0])
    whole, some = _arrays(into), _arrays(sampled or [()] * len(into))
    waiting = {cutter: _Waiting(cutter, whole, some) for cutter in cutters}
    for places, picture in video.pictures(np.concatenate(indices)):
        shown: dict[Cutter, list[tuple[int, int]]] = {}
        for clip, frame in (divmod(place, frames) for place in places.tolist()):
            shown.setdefault(cutters[clip], []).append((clip, frame))
        for cutter, where in shown.items():
            waiting[cutter].add(picture, where)
    for each in waiting.values():
        each.give()


class _Waiting:
    """Hold what one cutter has cut out of pictures, until several are resized together and go to their places.

    into, sampled: as in `cut_clips`.
    """

    def __init__(self, cutter: Cutter, into: list[list[np.ndarray]], sampled: list[list[np.ndarray]]) -> None:
        self.cutter, self.into, self.sampled = cutter, into, sampled
        self.places: list[list[tuple[int, int]]] = []
        sizes = [resize.size for resize, _ in cutter.groups]
        largest = max(height * width * 3 for height, width in sizes)
        self.most = min(max(CACHED_BYTES // largest, 1), TOGETHER)
        self.cuts = [np.empty((self.most, *size, 3), np.uint8) for size in sizes]

    def add(self, picture: np.ndarray, places: list[tuple[int, int]]) -> None:
        """Cut what is needed out of a picture at once: it may not be read later. places: its (clip, frame)s."""
        for cuts, (resize, _) in zip(self.cuts, self.cutter.groups, strict=True):
            cuts[len(self.places)] = resize.cut(picture)
        self.places.append(places)
        if len(self.places) == self.most:
            self.give()

    def give(self) -> None:
        """Resize the pictures that wait, and put their crops where they are shown."""
        if not self.places:
            return
        crops = [each.numpy() for each in self.cutter.crops([cuts[: len(self.places)] for cuts in self.cuts])]
        for number, places in enumerate(self.places):
            for clip, frame in places:
                for target, crop in zip(self.into[clip], crops, strict=True):
                    target[frame] = crop[number]
                for target, crop in zip(self.sampled[clip], crops):  # noqa: B905  (none where none are wanted)
                    _sample(crop[number], target[frame])
        self.places.clear()


def _sample(crop: np.ndarray, target: np.ndarray) -> None:
    """Copy every `EVERY`-th pixel of a crop, uint8 (H, W, 3)."""
    for colour in range(3):  # one by one: NumPy copies single bytes three times as fast as pixels of three
        target[..., colour] = crop[::EVERY, ::EVERY, colour]


def _arrays(tensors: Sequence[Sequence[torch.Tensor]]) -> list[list[np.ndarray]]:
    """Return NumPy's views of the tensors' memory: NumPy copies small pictures faster than torch does."""
    return [[each.numpy() for each in row] for row in tensors]


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

    @property
    def size(self) -> tuple[int, int]:
        """Return the (height, width) of what is cut out of a picture."""
        return tuple(each.source.stop - each.source.start for each in (self.rows, self.columns))

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """Return the part of a picture that is resized, a view."""
        return picture[self.rows.source, self.columns.source]

    def __call__(self, cuts: np.ndarray, antialias: bool) -> torch.Tensor:
        """Return what is wanted of cuts, uint8 (N, H, W, 3), once they are resized."""
        # torch takes no negative strides, which pictures that were turned upright have.
        parts = torch.from_numpy(np.ascontiguousarray(cuts))
        factors = (self.rows.factor, self.columns.factor)
        if factors != (1, 1):
            planes = parts.permute(0, 3, 1, 2)  # channels last in memory, which torch resizes several times faster
            parts = interpolate(planes, scale_factor=factors, mode="bilinear", antialias=antialias).permute(0, 2, 3, 1)
        return parts[:, self.rows.wanted, self.columns.wanted]


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
