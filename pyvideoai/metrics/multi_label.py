"""The metric of multi-label data, where a video has none, one or more of the classes."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.metric import Metric
from pyvideoai.metrics.outcomes import Outcomes


@dataclass(frozen=True)
class MeanAveragePrecision(Metric):
    """Mean over the classes of the area under precision over recall (not interpolated), in percent.

    A class without a positive has no average precision and is left out; NaN where that is all of them.
    """

    name = "map"
    title = "mAP"
    multi_label = True

    def __call__(self, outcomes: Outcomes) -> float:
        precisions = average_precisions(outcomes)
        known = precisions[~np.isnan(precisions)]
        return 100 * float(known.mean()) if len(known) else float("nan")


def average_precisions(outcomes: Outcomes) -> np.ndarray:
    """Return float64 (classes,), 0 to 1; NaN for a class without a positive.

    A clip or video whose output is not finite is wrong in every class: its positives come last, its negatives first.
    """
    from sklearn.metrics import average_precision_score

    broken = np.where(outcomes.labels, -1.0, 2.0)
    scores = np.where(outcomes.finite[:, None], outcomes.probabilities, broken)
    precisions = np.full(outcomes.labels.shape[1], np.nan)
    for number in np.flatnonzero(outcomes.labels.any(axis=0)):
        precisions[number] = average_precision_score(outcomes.labels[:, number], scores[:, number])
    return precisions
