"""Find parts of a split, such as short or dark videos, whose accuracy differs from that of the other videos."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.intervals import interval95

PARTS = 4  # parts of equal size that a quantity is cut into
LEVEL = 0.05
FEWEST = 5  # videos of a slice; fewer can hardly differ, and every test makes the others stricter


@dataclass(frozen=True)
class Slice:
    """Hold the accuracy of some of the videos.

    by: what they have in common ("length_s"). value: which ("1.2 to 3.4"). interval95: in percent. p: of Fisher's exact
    test against all other videos. p_holm: the same after Holm's correction for the number of slices.
    """

    by: str
    value: str
    videos: int
    right: int
    interval95: tuple[float, float]
    p: float
    p_holm: float = 1.0

    @property
    def accuracy(self) -> float:
        """Return the accuracy in percent."""
        return 100 * self.right / self.videos

    @property
    def differs(self) -> bool:
        """Return whether the slice differs from the other videos, if the chance of any false alarm is to be 5 %."""
        return self.p_holm < LEVEL


def slices(right: np.ndarray, parts: Mapping[str, Mapping[str, np.ndarray]]) -> list[Slice]:
    """Return the slices with enough videos, in the order given.

    right: bool (N,). parts: by "length_s", say, and by value, which videos: bool (N,).
    """
    found = [
        _slice(by, value, right, inside)
        for by, values in parts.items()
        for value, inside in values.items()
        # A slice of all videos has no others to be compared with.
        if FEWEST <= inside.sum() < len(right)
    ]
    corrected = holm([each.p for each in found])
    return [Slice(**{**vars(each), "p_holm": p}) for each, p in zip(found, corrected, strict=True)]


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (S. Holm, Scandinavian Journal of Statistics 6, 1979)."""
    order = np.argsort(values, kind="stable")
    # The smallest p times n, the next times n - 1, and so on; none below the one before it, none above 1.
    factors = np.arange(len(values), 0, -1)
    steps = np.minimum(np.maximum.accumulate(np.asarray(values, dtype=float)[order] * factors), 1)
    corrected = np.empty(len(values))
    corrected[order] = steps
    return corrected.tolist()


def categories(values: Sequence[object]) -> dict[str, np.ndarray]:
    """Return which videos have each value that at least `FEWEST` have, bool (N,), in the order of first occurrence."""
    numbers: dict[str, int] = {}
    # By numbers: a comparison of all texts with each would grow with the square of the videos.
    of_videos = np.array([numbers.setdefault(str(value), len(numbers)) for value in values], dtype=np.int64)
    counts = np.bincount(of_videos, minlength=len(numbers))
    return {value: of_videos == number for value, number in numbers.items() if counts[number] >= FEWEST}


def ranges(values: np.ndarray, digits: int = 1) -> dict[str, np.ndarray]:
    """Return four parts of equal size of a quantity, float (N,), or one for each of few values. NaN is in no part."""
    known = values[np.isfinite(values)]
    different = np.unique(np.round(known, digits))
    if len(different) <= PARTS:
        return {f"{each:g}": np.round(values, digits) == each for each in different}
    edges = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)))
    # The inner edges only; a value on an edge belongs to the part above it.
    parts = np.searchsorted(edges[1:-1], values, side="right")
    return {
        f"{low:.{digits}f} to {high:.{digits}f}": (parts == number) & np.isfinite(values)
        for number, (low, high) in enumerate(itertools.pairwise(edges))
    }


def _slice(by: str, value: str, right: np.ndarray, inside: np.ndarray) -> Slice:
    from scipy.stats import fisher_exact

    videos, hits = int(inside.sum()), int(right[inside].sum())
    other_videos, other_hits = len(right) - videos, int(right.sum()) - hits
    p = fisher_exact([[hits, videos - hits], [other_hits, other_videos - other_hits]]).pvalue
    return Slice(by, value, videos, hits, interval95(hits, videos), float(p))
