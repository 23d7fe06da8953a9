"""Cut regions out of decoded pictures and resize only those, in uint8."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn.functional import interpolate

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

    @property
    def given(self) -> list[tuple[int, int]]:
        """Return the (height, width) of what each group gives once it is resized."""
        return [resize.given for resize, _ in self.groups]

    def __call__(self, picture: np.ndarray) -> list[torch.Tensor]:
        """Return one uint8 (out_height, out_width, 3) for each region of the picture, uint8 (H, W, 3)."""
        # torch takes no negative strides, which pictures that were turned upright have.
        cuts = [np.ascontiguousarray(resize.cut(picture)[None]) for resize, _ in self.groups]
        return [crop[0] for crop in self.crops([torch.from_numpy(each) for each in cuts])]

    @property
    def resizes(self) -> bool:
        """Return whether anything is resized."""
        return any(resize.factors != (1, 1) for resize, _ in self.groups)

    def copied(self, picture: np.ndarray) -> list[np.ndarray]:
        """Return what a call does, without a copy; for a cutter that resizes nothing."""
        return [
            part[rows, columns][:, ::-1] if flip else part[rows, columns]
            for resize, crops in self.groups
            for part in [resize.cut(picture)]
            for rows, columns, flip in crops
        ]

    def crops(self, cuts: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return one uint8 (N, out_height, out_width, 3) for each region of N pictures, on the device of `cuts`.

        cuts: for each group the parts of the pictures that it needs, uint8 (N, H, W, 3).
        """
        return [
            resized[:, rows, columns].flip(2) if flip else resized[:, rows, columns]
            for (resize, crops), parts in zip(self.groups, cuts, strict=True)
            for resized in [resize(parts, self.antialias)]
            for rows, columns, flip in crops
        ]

    def halves(self, *, resize_later: bool) -> tuple["Cutter", "Cutter"]:
        """Return two cutters that do together what this one does: the second is given the crops of the first.

        The first has one crop for each group, of which the second cuts the regions. resize_later: whether the second
        resizes what it enlarges; what shrinks is always resized by the first, so that less passes between them.
        """
        pairs = [resize.halves(later=resize_later and resize.enlarges) for resize, _ in self.groups]
        first, second = copy.copy(self), copy.copy(self)
        first.groups = [(now, [(slice(None), slice(None), False)]) for now, _ in pairs]
        second.groups = [(later, crops) for (_, later), (_, crops) in zip(pairs, self.groups, strict=True)]
        return first, second


def cut_clips(
    video: Video,
    indices: Sequence[np.ndarray],
    cutters: Sequence[Cutter],
    into: Sequence[Sequence[torch.Tensor]],
) -> None:
    """Fill clips of one video, in which each frame is decoded once, however many clips show it.

    indices[i]: int64 (T,), the frames of clip i; cutters[i] gives its crops, which go to into[i], one uint8
    (T, out_height, out_width, 3) per crop. Clips that share a cutter share its work. Raises VideoError.
    """
    frames, places_of = len(indices[0]), _arrays(into)
    waiting = {cutter: _Waiting(cutter, places_of) for cutter in cutters}
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

    into: as in `cut_clips`.
    """

    def __init__(self, cutter: Cutter, into: list[list[np.ndarray]]) -> None:
        self.cutter, self.into = cutter, into
        self.places: list[list[tuple[int, int]]] = []
        sizes = [resize.size for resize, _ in cutter.groups]
        largest = max(height * width * 3 for height, width in sizes)
        self.most = min(max(CACHED_BYTES // largest, 1), TOGETHER)
        self.cuts = [torch.empty(self.most, *size, 3, dtype=torch.uint8) for size in sizes]
        [self.filled] = _arrays([self.cuts])

    def add(self, picture: np.ndarray, places: list[tuple[int, int]]) -> None:
        """Cut what is needed out of a picture at once: it may not be read later. places: its (clip, frame)s."""
        if not self.cutter.resizes:
            self._put(self.cutter.copied(picture), places)
            return
        for filled, (resize, _) in zip(self.filled, self.cutter.groups, strict=True):
            filled[len(self.places)] = resize.cut(picture)
        self.places.append(places)
        if len(self.places) == self.most:
            self.give()

    def give(self) -> None:
        """Resize the pictures that wait, and put their crops where they are shown."""
        if not self.places:
            return
        crops = [each.numpy() for each in self.cutter.crops([cuts[: len(self.places)] for cuts in self.cuts])]
        for number, places in enumerate(self.places):
            self._put([crop[number] for crop in crops], places)
        self.places.clear()

    def _put(self, crops: Sequence[np.ndarray], places: Sequence[tuple[int, int]]) -> None:
        for clip, frame in places:
            for target, crop in zip(self.into[clip], crops, strict=True):
                target[frame] = crop


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

    @property
    def factors(self) -> tuple[float, float]:
        """Return by what rows and columns are multiplied."""
        return self.rows.factor, self.columns.factor

    @property
    def given(self) -> tuple[int, int]:
        """Return the (height, width) of what it gives."""
        return tuple(each.wanted.stop - each.wanted.start for each in (self.rows, self.columns))

    @property
    def enlarges(self) -> bool:
        """Return whether it gives at least as many pixels as it takes."""
        return math.prod(self.given) >= math.prod(self.size)

    def halves(self, *, later: bool) -> tuple["_Resize", "_Resize"]:
        """Return what is done first and what is left: either cut and then resize, or all at once and then nothing."""
        rows, columns = (each.halves(later=later) for each in (self.rows, self.columns))
        return _Resize(rows[0], columns[0]), _Resize(rows[1], columns[1])

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """Return the part of a picture that is resized, a view."""
        return picture[self.rows.source, self.columns.source]

    def __call__(self, cuts: torch.Tensor, antialias: bool) -> torch.Tensor:
        """Return what is wanted of cuts, uint8 (N, H, W, 3), once they are resized."""
        if self.factors != (1, 1):
            planes = cuts.permute(0, 3, 1, 2)  # channels last in memory, which torch resizes several times faster
            # Only processors resize uint8.
            resize = _resized if cuts.device.type == "cpu" else _resized_in_floats
            cuts = resize(planes, self.factors, antialias).permute(0, 2, 3, 1)
        return cuts[:, self.rows.wanted, self.columns.wanted]


def _resized(planes: torch.Tensor, factors: tuple[float, float], antialias: bool) -> torch.Tensor:
    return interpolate(planes, scale_factor=factors, mode="bilinear", antialias=antialias)


def _resized_in_floats(planes: torch.Tensor, factors: tuple[float, float], antialias: bool) -> torch.Tensor:
    """Return uint8 (N, C, H, W) within one grey level of `_resized`, which rounds twice: after columns and rows."""
    return _resized(planes.float(), factors, antialias).round_().byte()


@dataclass(frozen=True)
class _Cut:
    """Describe one axis: the part of the source that is resized by `factor`, and which part of the result is wanted."""

    source: slice
    factor: float
    wanted: slice

    def halves(self, *, later: bool) -> tuple["_Cut", "_Cut"]:
        """See `_Resize.halves`."""
        taken, given = (slice(0, each.stop - each.start) for each in (self.source, self.wanted))
        return (_Cut(self.source, 1, taken), replace(self, source=taken)) if later else (self, _Cut(given, 1, given))


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
