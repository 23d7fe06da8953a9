"""Crop training clips as other frameworks do, under their names."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pyvideoai.data.pixels import Region, ShortSide
from pyvideoai.data.sampling import require_positive

# (row, column) on a grid of quarters: corners and middle, then the middles of the sides and the inner points
PLACES = ((0, 0), (0, 4), (4, 0), (4, 4), (2, 2), (2, 0), (2, 4), (4, 2), (0, 2), (1, 1), (1, 3), (3, 1), (3, 3))
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
        # The source draws np.random.randint(0, side - size), which never gives its end.
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
    """Crop as MMAction2's `MultiScaleCrop` at fixed places, then resize to size x size pixels.

    Height and width have one of `scales` of the short side each, `gap` places apart in that list at most; 0: a square.
    The crop lies in a corner or the middle of a grid of quarters or, with 13 `places`, at one of eight points between.
    """

    size: int
    scales: tuple[float, ...] = (1.0, 0.8)
    gap: int = 0
    places: Literal[5, 13] = 5

    def __post_init__(self) -> None:
        require_positive(size=self.size, **{f"scales[{number}]": scale for number, scale in enumerate(self.scales)})

    def step(self, region: Region, rng: np.random.Generator) -> Region:
        """See `PixelStep`."""
        short, numbers = min(region.out_height, region.out_width), range(len(self.scales))
        pairs = [(high, wide) for high in numbers for wide in numbers if abs(high - wide) <= self.gap]
        chosen = pairs[rng.integers(len(pairs))]
        height, width = (self._side(int(short * self.scales[number])) for number in chosen)
        down, across = (region.out_height - height) // 4, (region.out_width - width) // 4
        row, column = PLACES[rng.integers(self.places)]
        return region.cropped(row * down, column * across, height, width).resized(self.size, self.size)

    def _side(self, pixels: int) -> int:
        return self.size if abs(pixels - self.size) < NEARLY else pixels
