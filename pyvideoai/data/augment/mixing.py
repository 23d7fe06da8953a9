"""The values of the setting `mix`: which part of a clip comes from its partner, a clip of the same forward pass."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from pyvideoai.data.pixels import require_share
from pyvideoai.data.sampling import require_positive


@dataclass(frozen=True)
class Patch:
    """Describe a box of a clip, in pixels, in which the clip's own share is `own`; the rest is its partner's."""

    top: int
    bottom: int
    left: int
    right: int
    own: float

    def own_share(self, height: int, width: int) -> float:
        """Return the clip's own share of all its pixels, which is also its share of the target."""
        # The box gives away 1 - own of its share of the area.
        return 1 - (1 - self.own) * (self.bottom - self.top) * (self.right - self.left) / (height * width)


NOTHING = Patch(0, 0, 0, 0, 1.0)  # an empty box: the whole clip is its own


@runtime_checkable
class Mixing(Protocol):
    """Describe what a config may set as `mix`; an experiment may define its own."""

    def patch(self, rng: np.random.Generator, height: int, width: int) -> Patch:
        """Return what one clip takes from its partner, in all its frames."""
        ...


@dataclass(frozen=True)
class Mixup:
    """Average two clips (arXiv:1710.09412); the share is drawn for each clip from Beta(alpha, alpha)."""

    alpha: float = 0.8  # PySlowFast's MIXUP.ALPHA
    p: float = 1.0

    def __post_init__(self) -> None:
        require_positive(alpha=self.alpha)
        require_share(p=self.p)

    def patch(self, rng: np.random.Generator, height: int, width: int) -> Patch:
        """See `Mixing`."""
        return Patch(0, height, 0, width, float(rng.beta(self.alpha, self.alpha))) if rng.random() < self.p else NOTHING


@dataclass(frozen=True)
class CutMix:
    """Replace a box of the clip by its partner's (arXiv:1905.04899); area from Beta(alpha, alpha), cut at the edges."""

    alpha: float = 1.0  # PySlowFast's MIXUP.CUTMIX_ALPHA
    p: float = 1.0

    def __post_init__(self) -> None:
        require_positive(alpha=self.alpha)
        require_share(p=self.p)

    def patch(self, rng: np.random.Generator, height: int, width: int) -> Patch:
        """See `Mixing`."""
        if rng.random() >= self.p:
            return NOTHING
        # The drawn number is the clip's own share of the area, so the box has the rest, and its sides the square root
        # of that.
        side = (1 - rng.beta(self.alpha, self.alpha)) ** 0.5
        return Patch(*_span(rng, height, side), *_span(rng, width, side), 0.0)


@dataclass(frozen=True)
class MixupOrCutMix:
    """Mix each clip by one of the two: a share `cutmix_share` of the clips by CutMix."""

    mixup: Mixup = Mixup()
    cutmix: CutMix = CutMix()
    cutmix_share: float = 0.5  # PySlowFast's MIXUP.SWITCH_PROB

    def __post_init__(self) -> None:
        require_share(cutmix_share=self.cutmix_share)

    def patch(self, rng: np.random.Generator, height: int, width: int) -> Patch:
        """See `Mixing`."""
        chosen = self.cutmix if rng.random() < self.cutmix_share else self.mixup
        return chosen.patch(rng, height, width)


def _span(rng: np.random.Generator, side: int, share: float) -> tuple[int, int]:
    """Return (first, end) of a share of a side around a random middle, cut at its edges."""
    # A box that is cut is smaller than what was drawn, so shares of targets come from the box (`own_share`), as in the
    # authors' code.
    middle, half = int(rng.integers(side)), int(side * share) // 2
    return max(middle - half, 0), min(middle + half, side)
