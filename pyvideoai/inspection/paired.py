"""Compare two runs on the same videos: is their difference more than chance?"""

from dataclasses import dataclass

import numpy as np

from pyvideoai.scoring.fusing import Saved

RESAMPLES = 1000
FEW_RESAMPLES = 200  # of a metric that takes long, such as mAP


@dataclass(frozen=True)
class Difference:
    """Hold how a run differs from another one on their common videos, in percent of the main metric.

    low, high: 95 % interval, by bootstrap over videos. p: of McNemar's exact test, None for another metric than top-1.
    won, lost: videos that only one of the two has right.
    """

    videos: int
    gain: float
    low: float
    high: float
    p: float | None = None
    won: int = 0
    lost: int = 0


def difference(base: Saved, other: Saved, seed: int = 0) -> Difference:
    """Return how `other` differs from `base`; both aligned (`scoring.fusing.aligned`)."""
    if base.task.multi_label:
        return _of_metric(base, other, seed)
    right = [each.outcomes(each.probabilities).label_ranks == 0 for each in (base, other)]
    gains = right[1].astype(float) - right[0]
    won, lost = int((gains > 0).sum()), int((gains < 0).sum())
    drawn = np.random.default_rng(seed).integers(0, len(gains), (RESAMPLES, len(gains)))
    low, high = np.quantile(gains[drawn].mean(axis=1), [0.025, 0.975])
    return Difference(len(gains), 100 * gains.mean(), 100 * low, 100 * high, mcnemar(won, lost), won, lost)


def mcnemar(won: int, lost: int) -> float:
    """Return the p-value of McNemar's exact test (Q. McNemar, Psychometrika 12, 1947): a coin for each video on which
    the two differ.
    """
    from scipy.stats import binomtest

    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _of_metric(base: Saved, other: Saved, seed: int) -> Difference:
    metric, rng, videos = base.task.metrics[0], np.random.default_rng(seed), len(base.keys)
    outcomes = [each.outcomes(each.probabilities) for each in (base, other)]

    def gain(chosen: np.ndarray) -> float:
        pair = (type(each)(each.labels[chosen], each.probabilities[chosen], each.losses[chosen]) for each in outcomes)
        before, after = map(metric, pair)
        return after - before

    drawn = [gain(rng.integers(0, videos, videos)) for _ in range(FEW_RESAMPLES)]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Difference(videos, gain(np.arange(videos)), float(low), float(high))
