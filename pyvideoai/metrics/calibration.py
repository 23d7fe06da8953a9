"""Compare confidence with accuracy: does what is 80 % sure come true four times out of five?"""

from dataclasses import dataclass

import numpy as np

BINS = 15  # as in Guo et al.


@dataclass(frozen=True)
class Reliability:
    """Hold a reliability curve over equal intervals of confidence (Guo et al. 2017, arXiv:1706.04599).

    counts: int64 (bins,). confidence, accuracy: float64 (bins,), the means within each interval, 0 to 1; NaN where an
    interval is empty.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """Return the expected calibration error: the mean distance of accuracy from confidence, 0 to 1."""
        return self._mean(np.abs(self.accuracy - self.confidence))

    @property
    def overconfidence(self) -> float:
        """Return mean confidence minus accuracy, -1 to 1; above 0 the network is overconfident."""
        return self._mean(self.confidence - self.accuracy)

    def _mean(self, values: np.ndarray) -> float:
        filled = self.counts > 0
        return float((values[filled] * self.counts[filled]).sum() / self.counts.sum()) if filled.any() else float("nan")


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> Reliability:
    """Return the reliability curve of decisions. confidence: float (N,), 0 to 1. right: bool (N,), what came true."""
    confidence = confidence.astype(np.float64)
    # Intervals are open below and closed above, (0, 1/bins], ..., as in the paper; the clip puts confidence 0 into the
    # first.
    interval = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(interval, minlength=bins)
    sums = [np.bincount(interval, weights=values, minlength=bins) for values in (confidence, right)]
    means = [np.divide(each, counts, out=np.full(bins, np.nan), where=counts > 0) for each in sums]
    return Reliability(counts, *means)
