"""Choose which clips and crops of a video a test looks at. Pure arithmetic."""

from dataclasses import dataclass
from typing import Literal, get_args, get_origin, get_type_hints

from pyvideoai.data.pixels import Region, centre, short_side_to
from pyvideoai.data.sampling import require_positive
from pyvideoai.errors import counted


@dataclass(frozen=True)
class Views:
    """Take `clips` temporal clips x `crops` crops of size x size pixels, from frames with a short side of
    `scale` pixels.

    crops: 1, the centre; 3, both ends and the middle of the longer side (of the width in a square), which
    is PySlowFast's uniform crop; 5, the centre and the four corners. `order` says which view is which.
    average: what is averaged over a video's views; "max" takes the highest probability of each class
    instead.

    To define your own protocol, write a frozen dataclass derived from this one. The type of its field
    `crops` says how many crops it has (`crops: Literal[10] = 10`); it replaces `regions`, or only `corners`
    or `resized`. A region may be mirrored (`region.mirrored()`): the scores of classes that a mirror
    exchanges are then exchanged back.
    """

    clips: int = 1
    crops: Literal[1, 3, 5] = 1
    scale: int = 224
    size: int = 224
    average: Literal["probabilities", "logits", "max"] = "probabilities"

    def __post_init__(self) -> None:
        require_positive(clips=self.clips, scale=self.scale, size=self.size)
        allowed = _allowed_crops(type(self))
        if allowed and self.crops not in allowed:
            raise ValueError(f"crops = {self.crops} must be {_listed(allowed)}")
        if self.size > self.scale:
            raise ValueError(f"size = {self.size} does not fit into scale = {self.scale}")

    @property
    def count(self) -> int:
        """Return the number of views of a video."""
        return self.clips * self.crops

    def regions(self, height: int, width: int) -> list[Region]:
        """Return one region per crop for a video of height x width pixels."""
        resized = Region.whole(height, width).resized(*self.resized(height, width))
        corners = self.corners(resized.out_height, resized.out_width)
        return [resized.cropped(top, left, self.size, self.size) for top, left in corners]

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) of the frames from which the crops are cut."""
        return short_side_to(self.scale, height, width)

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """Return (top, left) of each crop in a frame of height x width pixels."""
        top, left = centre(height, self.size), centre(width, self.size)
        bottom, right = height - self.size, width - self.size
        if self.crops == 1:
            return [(top, left)]
        if self.crops == 5:
            return [(top, left), (0, 0), (0, right), (bottom, 0), (bottom, right)]
        return [(0, left), (top, left), (bottom, left)] if height > width else [(top, 0), (top, left), (top, right)]

    def order(self) -> list[tuple[int, int]]:
        """Return (clip, crop) of each view: all crops of a clip, then those of the next."""
        return [(clip, crop) for clip in range(self.clips) for crop in range(self.crops)]

    def mirrored(self) -> list[bool]:
        """Return whether each view in `order` is a mirror image; the same for videos of any size."""
        # Any size will do, since `views_fault` checks that wide and tall videos have the same flips.
        flips = [region.flip for region in self.regions(self.scale, 4 * self.scale // 3)]
        return [flips[crop] for _, crop in self.order()]

    def __str__(self) -> str:
        return f"{counted(self.clips, 'clip')} x {counted(self.crops, 'crop')} = {counted(self.count, 'view')}"


def views_fault(views: Views) -> str | None:
    """Return what is wrong with a user's own protocol, tried on a wide and on a tall video; None for nothing."""
    name, clips, side = type(views).__name__, range(views.clips), 4 * views.scale // 3
    if sorted(views.order()) != [(clip, crop) for clip in clips for crop in range(views.crops)]:
        return f"{name}.order() must have each of {views.clips} clips x {views.crops} crops once"
    wide, tall = views.regions(views.scale, side), views.regions(side, views.scale)
    for regions in (wide, tall):
        if len(regions) != views.crops:
            return f"{name}.regions(height, width) gives {len(regions)} regions for crops = {views.crops}"
        for region in regions:
            if (region.out_height, region.out_width) != (views.size, views.size):
                made = f"{region.out_height} x {region.out_width}"
                return f"{name}.regions(height, width) gives a region of {made} pixels for size = {views.size}"
    if [region.flip for region in wide] != [region.flip for region in tall]:
        return f"{name}.regions(height, width) must mirror the same crops in wide and in tall videos"
    return None


def _allowed_crops(cls: type) -> tuple[int, ...]:
    """Return the numbers in the type of the field `crops`; () if it names none, so that any number is allowed."""
    kind = get_type_hints(cls)["crops"]
    return get_args(kind) if get_origin(kind) is Literal else ()


def _listed(numbers: tuple[int, ...]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last
