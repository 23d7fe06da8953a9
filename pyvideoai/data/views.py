"""Which clips and crops of a video a test looks at. Pure arithmetic."""

from dataclasses import dataclass
from typing import Literal

from pyvideoai.data.pixels import Region, centre, short_side_to
from pyvideoai.data.sampling import require_positive


@dataclass(frozen=True)
class Views:
    """`clips` temporal clips x `crops` crops of size x size pixels, of frames with a short side of `scale` pixels.

    crops: 1, the centre; 3, both ends and the middle of the longer side (of the width in a square), which is
    PySlowFast's uniform crop; 5, the centre and the four corners. `order` says which view is which.
    `average`: what is averaged over a video's views; "max" takes the highest probability of each class.
    """

    clips: int = 1
    crops: Literal[1, 3, 5] = 1
    scale: int = 224
    size: int = 224
    average: Literal["probabilities", "logits", "max"] = "probabilities"

    def __post_init__(self) -> None:
        require_positive(clips=self.clips, scale=self.scale, size=self.size)
        if self.crops not in (1, 3, 5):
            raise ValueError(f"crops = {self.crops} must be 1, 3 or 5")
        if self.size > self.scale:
            raise ValueError(f"size = {self.size} does not fit into scale = {self.scale}")

    @property
    def count(self) -> int:
        """Views of a video."""
        return self.clips * self.crops

    def regions(self, height: int, width: int) -> list[Region]:
        """One region per crop for a video of height x width pixels."""
        resized = Region.whole(height, width).resized(*self.resized(height, width))
        corners = self.corners(resized.out_height, resized.out_width)
        return [resized.cropped(top, left, self.size, self.size) for top, left in corners]

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the frames that the crops are cut from."""
        return short_side_to(self.scale, height, width)

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """(top, left) of each crop in a frame of height x width pixels."""
        top, left = centre(height, self.size), centre(width, self.size)
        bottom, right = height - self.size, width - self.size
        if self.crops == 1:
            return [(top, left)]
        if self.crops == 5:
            return [(top, left), (0, 0), (0, right), (bottom, 0), (bottom, right)]
        return [(0, left), (top, left), (bottom, left)] if height > width else [(top, 0), (top, left), (top, right)]

    def order(self) -> list[tuple[int, int]]:
        """(clip, crop) of each view, the clip's crops one after the other."""
        return [(clip, crop) for clip in range(self.clips) for crop in range(self.crops)]

    def __str__(self) -> str:
        return f"{_counted(self.clips, 'clip')} x {_counted(self.crops, 'crop')} = {_counted(self.count, 'view')}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
