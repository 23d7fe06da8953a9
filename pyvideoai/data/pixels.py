"""Which pixels of a video make a clip: a box in the source and an output size. Pure arithmetic.

A chain of steps, each written as if the whole frame had been resized before, comes out as one `Region`, so that the
crop is cut first and only the crop is resized (`resize.apply`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from pyvideoai.data.sampling import require_positive


@dataclass(frozen=True)
class Region:
    """A box in source pixels (floats; pixel i covers i to i + 1) that becomes out_height x out_width, then mirrored."""

    top: float
    left: float
    height: float
    width: float
    out_height: int
    out_width: int
    flip: bool = False

    @classmethod
    def whole(cls, height: int, width: int) -> "Region":
        """All of a frame, as it is."""
        return cls(0.0, 0.0, float(height), float(width), height, width)

    def resized(self, out_height: int, out_width: int) -> "Region":
        """The same box at another output size."""
        return replace(self, out_height=out_height, out_width=out_width)

    def cropped(self, top: int, left: int, height: int, width: int) -> "Region":
        """A box of the output, in output pixels. Raises ValueError when it reaches out of the output."""
        if min(top, left) < 0 or top + height > self.out_height or left + width > self.out_width:
            raise ValueError(
                f"a crop of {height} x {width} does not fit into {self.out_height} x {self.out_width} pixels"
            )
        left = self.out_width - left - width if self.flip else left
        down, across = self.height / self.out_height, self.width / self.out_width
        box = (self.top + top * down, self.left + left * across, height * down, width * across)
        return Region(*box, height, width, self.flip)

    def mirrored(self) -> "Region":
        """The same box, left and right swapped."""
        return replace(self, flip=not self.flip)


@runtime_checkable
class PixelStep(Protocol):
    """What a config may list in `train_pixels`."""

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """The region after this step. Raises ValueError when it can't be done at this size."""
        ...


@dataclass(frozen=True)
class ShortSide:
    """Resize so that the short side has `size` pixels and the long side floor(long * size / short)."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        return region.resized(*short_side_to(self.size, region.out_height, region.out_width))


@dataclass(frozen=True)
class ShortSideJitter:
    """`ShortSide` of a random whole number from `low` to `high`, both included."""

    low: int
    high: int

    def __post_init__(self) -> None:
        require_positive(low=self.low, high=self.high)
        if self.low > self.high:
            raise ValueError(f"low = {self.low} is above high = {self.high}")

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        return ShortSide(int(rng.integers(self.low, self.high + 1))).step(region, rng)


@dataclass(frozen=True)
class RandomCrop:
    """A square of `size` pixels anywhere in the frame."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        top, left = (max(side - self.size, 0) for side in (region.out_height, region.out_width))
        return region.cropped(int(rng.integers(top + 1)), int(rng.integers(left + 1)), self.size, self.size)


@dataclass(frozen=True)
class RandomResizedCrop:
    """A box of a random `scale` (a share of the frame's area) and `ratio` (width / height), resized to size x size.

    torchvision's `RandomResizedCrop` and PySlowFast's `random_resized_crop`: the scale is uniform, the ratio
    log-uniform; where no box fits after ten tries, the largest in the middle whose ratio is allowed.
    """

    size: int
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        require_positive(size=self.size, **{"ratio[0]": self.ratio[0], "ratio[1]": self.ratio[1]})
        require_share(**{"scale[0]": self.scale[0], "scale[1]": self.scale[1]})
        if self.scale[0] > self.scale[1] or self.ratio[0] > self.ratio[1]:
            raise ValueError(f"{self} must have scale and ratio from a smaller to a larger number")

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        shape = region.out_height, region.out_width
        box = random_box(rng, *shape, area=self.scale, ratio=self.ratio) or self._middle(*shape)
        return region.cropped(*box).resized(self.size, self.size)

    def _middle(self, height: int, width: int) -> tuple[int, int, int, int]:
        lowest, highest = self.ratio
        wide, tall = min(width, round(height * highest)), min(height, round(width / lowest))
        return (height - tall) // 2, (width - wide) // 2, tall, wide


@dataclass(frozen=True)
class CentreCrop:
    """A square of `size` pixels in the middle of the frame; see `centre` for half pixels."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        top, left = (max(centre(side, self.size), 0) for side in (region.out_height, region.out_width))
        return region.cropped(top, left, self.size, self.size)


@dataclass(frozen=True)
class HorizontalFlip:
    """Swap left and right with probability `p`; left out where a dataset says that it changes the label."""

    p: float = 0.5

    def __post_init__(self) -> None:
        require_share(p=self.p)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        return region.mirrored() if rng.random() < self.p else region


def training_region(steps: Iterable[PixelStep], height: int, width: int, rng: np.random.Generator) -> Region:
    """The region of one training clip in a video of height x width; all its frames share it."""
    region = Region.whole(height, width)
    for each in steps:
        region = each.step(region, rng)
    return region


def short_side_to(size: int, height: int, width: int) -> tuple[int, int]:
    """(height, width) once the short side has `size` pixels, the long one floor(long * size / short): PySlowFast's."""
    short = min(height, width)
    return height * size // short, width * size // short


def centre(side: int, size: int) -> int:
    """Where a crop of `size` starts in the middle of `side` pixels: ceil((side - size) / 2), PySlowFast's rule."""
    return -((size - side) // 2)


def random_box(
    rng: np.random.Generator, height: int, width: int, *, area: tuple[float, float], ratio: tuple[float, float]
) -> tuple[int, int, int, int] | None:
    """(top, left, height, width) of a box in a frame: its share of the area uniform, width / height log-uniform.

    None where none fits after ten tries (torchvision's and timm's way).
    """
    for _ in range(10):
        pixels, shape = height * width * rng.uniform(*area), np.exp(rng.uniform(*np.log(ratio)))
        down, across = round((pixels / shape) ** 0.5), round((pixels * shape) ** 0.5)
        if 0 < down <= height and 0 < across <= width:
            return int(rng.integers(height - down + 1)), int(rng.integers(width - across + 1)), down, across
    return None


def require_share(**shares: float) -> None:
    """Raise ValueError for a number that is not from 0 to 1."""
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{name} = {share} must be from 0 to 1")
