"""Crop training clips as other frameworks do, under their names."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.data.pixels import Region, ShortSide
from pyvideoai.data.sampling import require_positive

NEARLY = 3  # pixels: a crop whose size differs by less gets the wanted size, as in MMAction2


@dataclass(frozen=True)
class SlowFastJitter:
    """Resize as PySlowFast's `random_short_side_scale_jitter`: a real number from `low` to `high`, rounded to
    pixels.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        require_positive(low=self.low, high=self.high)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """See `PixelStep`."""
        return ShortSide(round(rng.uniform(self.low, self.high))).step(region, rng)


@dataclass(frozen=True)
class SlowFastRandomCrop:
    """Crop as PySlowFast's `random_crop`: a square of `size` pixels that never touches the bottom or right edge."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """See `PixelStep`."""
        room = (max(side - self.size, 1) for side in (region.out_height, region.out_width))
        top, left = (int(rng.integers(each)) for each in room)
        return region.cropped(top, left, self.size, self.size)


@dataclass(frozen=True)
class MMActionShortSide:
    """Resize as MMAction2's `Resize` to a short side of `size` pixels: both sides rounded half up."""

    size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size)

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """See `PixelStep`."""
        factor = self.size / min(region.out_height, region.out_width)
        return region.resized(int(region.out_height * factor + 0.5), int(region.out_width * factor + 0.5))


@dataclass(frozen=True)
class MultiScaleCrop:
    """Crop as MMAction2's `MultiScaleCrop` without random places and aspect ratios, then resize to size x size pixels.

    The square has one of `scales` of the short side; it lies in a corner or the middle of a grid of quarters.
    """

    size: int
    scales: tuple[float, ...] = (1.0, 0.8)

    def __post_init__(self) -> None:
        require_positive(size=self.size, **{f"scales[{number}]": scale for number, scale in enumerate(self.scales)})

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """See `PixelStep`."""
        side = int(min(region.out_height, region.out_width) * self.scales[rng.integers(len(self.scales))])
        side = self.size if abs(side - self.size) < NEARLY else side
        down, across = (region.out_height - side) // 4, (region.out_width - side) // 4
        places = ((0, 0), (0, 4), (4, 0), (4, 4), (2, 2))
        row, column = places[rng.integers(len(places))]
        return region.cropped(row * down, column * across, side, side).resized(self.size, self.size)
