"""Choose test crops and their order as other frameworks do, under their names. PySlowFast's are plain `Views`."""

from dataclasses import dataclass
from typing import Literal

from pyvideoai.data.pixels import Region
from pyvideoai.data.views import Views


@dataclass(frozen=True)
class CropByCrop(Views):
    """Take 1 or 3 crops: all clips of a crop, then those of the next.

    The middle offset is half the free pixels, floored.
    """

    crops: Literal[1, 3] = 1

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """See `Views`: start, middle and end of the longer side. The end is twice the middle's whole offset."""
        top, left = (height - self.size) // 2, (width - self.size) // 2
        places = (0, 1, 2) if self.crops == 3 else (1,)
        return [(top * place, left) if height > width else (top, left * place) for place in places]

    def order(self) -> list[tuple[int, int]]:
        """See `Views`."""
        return [(clip, crop) for crop in range(self.crops) for clip in range(self.clips)]


@dataclass(frozen=True)
class NonLocalNetViews(CropByCrop):
    """Take video-nonlocal-net's test crops (`ClipTransformFlex`)."""


@dataclass(frozen=True)
class MMActionViews(CropByCrop):
    """Crop as MMAction2's `Resize` and `ThreeCrop` (one end, the other, the middle), or `CenterCrop` for one crop."""

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """See `Views`: both sides rounded half up."""
        factor = self.scale / min(height, width)
        return int(height * factor + 0.5), int(width * factor + 0.5)

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """See `Views`."""
        corners = super().corners(height, width)
        return [corners[0], corners[2], corners[1]] if self.crops == 3 else corners


@dataclass(frozen=True)
class MMActionTenCrop(MMActionViews):
    """Crop as MMAction2's `TenCrop`: the corners and the middle, each followed by its mirror image."""

    crops: Literal[10] = 10  # type: ignore[assignment]

    def regions(self, height: int, width: int) -> list[Region]:
        """See `Views`."""
        return [each for region in super().regions(height, width) for each in (region, region.mirrored())]

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """See `Views`: on a grid of quarters, so that the middle may be a pixel off."""
        down, across = (height - self.size) // 4, (width - self.size) // 4
        return [(row * down, column * across) for row, column in ((0, 0), (0, 4), (4, 0), (4, 4), (2, 2))]


@dataclass(frozen=True)
class TorchvisionViews(Views):
    """Crop as torchvision's `VideoClassification`: the middle of frames that are resized to height x width, whatever
    their shape, or by their short side to `scale`, if height and width are 0.
    """

    crops: Literal[1] = 1
    height: int = 0
    width: int = 0

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """See `Views`."""
        return (self.height, self.width) if self.height and self.width else super().resized(height, width)

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """See `Views`: half a pixel is rounded to the even one."""
        return [(round((height - self.size) / 2), round((width - self.size) / 2))]
