"""The values of the setting `augment`: numpy draws each clip's numbers, torch applies them later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np

from pyvideoai.data.augment.holes import Holes
from pyvideoai.data.pixels import random_box, require_share
from pyvideoai.data.sampling import require_positive

if TYPE_CHECKING:
    import torch

    from pyvideoai.models.normalise import Normalise

MAGNITUDES = 31  # of torchvision's RandAugment and TrivialAugment: 0 changes nothing, 30 most
SEEDS = 2**63 - 1  # what numpy's int64 can draw and torch.Generator can take


@runtime_checkable
class Augmentation(Protocol):
    """Describe what a config may list in `augment`; an experiment may define its own.

    Everything random is drawn in `draw`, once per clip, from a generator that depends only on (seed, epoch, position of
    the clip). So neither workers nor processes nor a resume change what a clip looks like.
    """

    def draw(self, rng: np.random.Generator, frames: int, height: int, width: int) -> Any:
        """Draw what happens to one clip."""
        ...

    def apply(self, clips: "torch.Tensor", drawn: Sequence[Any], normalise: "Normalise") -> "torch.Tensor":
        """Return float32 (N, 3, T, H, W), RGB, 0-255, changed by what was drawn for each clip; may work in place."""
        ...


@dataclass(frozen=True)
class ColourJitter:
    """Multiply brightness, contrast and saturation by a factor from 1 - x to 1 + x; turn hue by up to `hue` of
    a circle.

    All frames of a clip get the same numbers, in the order above (torchvision shuffles it). p: share of the
    clips.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    p: float = 1.0

    def __post_init__(self) -> None:
        if min(self.brightness, self.contrast, self.saturation) < 0 or not 0 <= self.hue <= 0.5:
            raise ValueError(f"{self} must have factors of at least 0 and a hue from 0 to 0.5")
        require_share(p=self.p)

    def draw(self, rng: np.random.Generator, frames: int, height: int, width: int) -> tuple[float, ...]:
        """Draw (brightness, contrast, saturation, hue) of one clip; (1, 1, 1, 0) changes nothing."""
        strengths = (self.brightness, self.contrast, self.saturation)
        # No factor below 0, as in torchvision.
        factors = [rng.uniform(max(1 - each, 0), 1 + each) for each in strengths]
        hue = rng.uniform(-self.hue, self.hue)
        return (*factors, hue) if rng.random() < self.p else (1.0, 1.0, 1.0, 0.0)

    def apply(self, clips: "torch.Tensor", drawn: Sequence[Any], normalise: "Normalise") -> "torch.Tensor":
        """See `Augmentation`."""
        from pyvideoai.data.augment.colour import jitter

        return jitter(clips, np.array(drawn))


@dataclass(frozen=True)
class Greyscale:
    """Take the colours out of a share `p` of the clips."""

    p: float = 0.2

    def __post_init__(self) -> None:
        require_share(p=self.p)

    def draw(self, rng: np.random.Generator, frames: int, height: int, width: int) -> bool:
        """Draw whether one clip loses its colours."""
        return bool(rng.random() < self.p)

    def apply(self, clips: "torch.Tensor", drawn: Sequence[Any], normalise: "Normalise") -> "torch.Tensor":
        """See `Augmentation`."""
        from pyvideoai.data.augment.colour import without_colour

        return without_colour(clips, drawn)


@dataclass(frozen=True)
class RandomErasing:
    """Fill a box of random place, `area` (a share of the frame) and `aspect` in a share `p` of the clips.

    fill: "noise" is normal noise of the model's mean and standard deviation, new for each pixel (timm's and MViT's
    "pixel"); "mean" is the model's mean colour. The box is the same in all frames; with `each_frame`, one for each
    frame.
    """

    p: float = 0.25
    area: tuple[float, float] = (0.02, 1 / 3)  # this and the next are timm's defaults
    aspect: tuple[float, float] = (0.3, 1 / 0.3)
    fill: Literal["noise", "mean"] = "noise"
    each_frame: bool = False

    def __post_init__(self) -> None:
        require_share(p=self.p, **{"area[0]": self.area[0], "area[1]": self.area[1]})
        require_positive(**{"aspect[0]": self.aspect[0], "aspect[1]": self.aspect[1]})
        if self.area[0] > self.area[1] or self.aspect[0] > self.aspect[1]:
            raise ValueError(f"{self} must have area and aspect from a smaller to a larger number")

    def draw(self, rng: np.random.Generator, frames: int, height: int, width: int) -> Holes:
        """Draw the boxes of one clip; none if it is left alone, or if no box fits after ten tries."""
        if rng.random() >= self.p:
            return Holes((), 0)
        spans = [(frame, frame + 1) for frame in range(frames)] if self.each_frame else [(0, frames)]
        boxes = [(*span, *box) for span in spans if (box := self._box(rng, height, width)) is not None]
        return Holes(tuple(boxes), int(rng.integers(SEEDS)))

    def apply(self, clips: "torch.Tensor", drawn: Sequence[Any], normalise: "Normalise") -> "torch.Tensor":
        """See `Augmentation`."""
        from pyvideoai.data.augment.erasing import erase

        return erase(clips, drawn, normalise, noise=self.fill == "noise")

    def _box(self, rng: np.random.Generator, height: int, width: int) -> tuple[int, int, int, int] | None:
        # A ratio here is width / height, in timm height / width: no difference while the range is symmetric, as by
        # default.
        box = random_box(rng, height, width, area=self.area, ratio=self.aspect)
        # (top, left, height, width) becomes (top, bottom, left, right).
        return box and (box[0], box[0] + box[2], box[1], box[1] + box[3])


@dataclass(frozen=True)
class RandAugment:
    """Apply torchvision's RandAugment: `operations` random ones of `magnitude` (0 to 30), the same for all
    frames of a clip.

    Pixels are rounded to whole values first; what a turn or a shear leaves empty gets the model's mean
    colour.
    """

    operations: int = 2
    magnitude: int = 9

    def __post_init__(self) -> None:
        require_positive(operations=self.operations)
        if not 0 <= self.magnitude < MAGNITUDES:
            raise ValueError(f"magnitude = {self.magnitude} must be from 0 to {MAGNITUDES - 1}")

    def draw(self, rng: np.random.Generator, frames: int, height: int, width: int) -> int:
        """Draw the seed from which torchvision draws for one clip."""
        return int(rng.integers(SEEDS))

    def apply(self, clips: "torch.Tensor", drawn: Sequence[Any], normalise: "Normalise") -> "torch.Tensor":
        """See `Augmentation`."""
        from pyvideoai.data.augment.policies import by_policy, rand_augment

        return by_policy(clips, drawn, rand_augment(self.operations, self.magnitude, MAGNITUDES, normalise))


@dataclass(frozen=True)
class TrivialAugment:
    """Apply torchvision's TrivialAugmentWide: one random operation of random strength, the same for all frames
    of a clip.
    """

    def draw(self, rng: np.random.Generator, frames: int, height: int, width: int) -> int:
        """Draw the seed from which torchvision draws for one clip."""
        return int(rng.integers(SEEDS))

    def apply(self, clips: "torch.Tensor", drawn: Sequence[Any], normalise: "Normalise") -> "torch.Tensor":
        """See `Augmentation`."""
        from pyvideoai.data.augment.policies import by_policy, trivial_augment

        return by_policy(clips, drawn, trivial_augment(MAGNITUDES, normalise))
