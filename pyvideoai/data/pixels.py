"""Decide which pixels of a video make a clip: a box in the source and an output size. Pure arithmetic.

A chain of steps, each written as if the whole frame had been resized before, results in one `Region`, so that the crop
is cut first and only the crop is resized (`resize.Cutter`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from pyvideoai.data.sampling import require_positive


@dataclass(frozen=True)
class Region:
    """Describe a box in source pixels (floats; pixel i covers i to i + 1), resized to out_height x out_width,
    then mirrored.
    """

    top: float
    left: float
    height: float
    width: float
    out_height: int
    out_width: int
    flip: bool = False

    @classmethod
    def whole(cls, height: int, width: int) -> "Region":
        """Return all of a frame, unchanged."""
        return cls(0.0, 0.0, float(height), float(width), height, width)

    def resized(self, out_height: int, out_width: int) -> "Region":
        """Return the same box at another output size."""
        return replace(self, out_height=out_height, out_width=out_width)

    def cropped(self, top: int, left: int, height: int, width: int) -> "Region":
        """Return a box of the output, given in output pixels. Raises ValueError if it reaches beyond the output."""
        if min(top, left) < 0 or top + height > self.out_height or left + width > self.out_width:
            raise ValueError(
                f"a crop of {height} x {width} does not fit into {self.out_height} x {self.out_width} pixels"
            )
        # `left` counts in the mirrored output; the box is stored in the source, which is not mirrored
        left = self.out_width - left - width if self.flip else left
        down, across = self.height / self.out_height, self.width / self.out_width
        box = (self.top + top * down, self.left + left * across, height * down, width * across)
        return Region(*box, height, width, self.flip)

    def mirrored(self) -> "Region":
        """Return the same box with left and right swapped."""
        return replace(self, flip=not self.flip)


@runtime_checkable
class PixelStep(Protocol):
    """Describe what a config may list in `train_pixels`."""

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """Return the region after this step. Raises ValueError if the step is impossible at this size."""
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
    """Resize as `ShortSide` does, to a random whole number from `low` to `high`, both included."""

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
    """Crop a square of `size` pixels anywhere in the frame."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        # 0 for a frame that is too small, so that `cropped` says what is wrong and not the generator.
        top, left = (max(side - self.size, 0) for side in (region.out_height, region.out_width))
        # + 1: the generator never gives its end, and a crop may touch the far edge.
        return region.cropped(int(rng.integers(top + 1)), int(rng.integers(left + 1)), self.size, self.size)


@dataclass(frozen=True)
class RandomResizedCrop:
    """Crop a box of random `scale` (a share of the frame's area) and `ratio` (width / height), resize it to
    size x size.

    torchvision's `RandomResizedCrop` and PySlowFast's `random_resized_crop`: the scale is uniform, the
    ratio log-uniform. If no box fits after ten tries, it is the largest box in the middle with an allowed
    ratio.
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
    """Crop a square of `size` pixels in the middle of the frame; `centre` says how half pixels are rounded."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        top, left = (max(centre(side, self.size), 0) for side in (region.out_height, region.out_width))
        return region.cropped(top, left, self.size, self.size)


@dataclass(frozen=True)
class HorizontalFlip:
    """Swap left and right with probability `p`; left out if the dataset says that a flip changes the label."""

    p: float = 0.5

    def __post_init__(self) -> None:
        require_share(p=self.p)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        return region.mirrored() if rng.random() < self.p else region


def training_region(steps: Iterable[PixelStep], height: int, width: int, rng: np.random.Generator) -> Region:
    """Return the region of one training clip in a video of height x width; all its frames share it."""
    region = Region.whole(height, width)
    for each in steps:
        region = each.step(region, rng)
    return region


def short_side_to(size: int, height: int, width: int) -> tuple[int, int]:
    """Return (height, width) after resizing the short side to `size` pixels, the long one to floor(long * size
    / short).

    That is PySlowFast's rule.
    """
    short = min(height, width)
    return height * size // short, width * size // short


def centre(side: int, size: int) -> int:
    """Return where a crop of `size` starts in the middle of `side` pixels: ceil((side - size) / 2),
    PySlowFast's rule.
    """
    # -(-n // 2) is n / 2 rounded up
    return -((size - side) // 2)


def random_box(
    rng: np.random.Generator, height: int, width: int, *, area: tuple[float, float], ratio: tuple[float, float]
) -> tuple[int, int, int, int] | None:
    """Return (top, left, height, width) of a random box in a frame; None if none fits after ten tries.

    Its share of the area is uniform, width / height is log-uniform (as in torchvision and timm).
    """
    for _ in range(10):
        # Log-uniform: as often twice as wide as high as twice as high as wide.
        size, shape = height * width * rng.uniform(*area), np.exp(rng.uniform(*np.log(ratio)))
        # across * down = size and across / down = shape, solved for both.
        down, across = round((size / shape) ** 0.5), round((size * shape) ** 0.5)
        if 0 < down <= height and 0 < across <= width:
            return int(rng.integers(height - down + 1)), int(rng.integers(width - across + 1)), down, across
    return None


def require_share(**shares: float) -> None:
    """Raise ValueError for a number that is not from 0 to 1."""
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{name} = {share} must be from 0 to 1")
