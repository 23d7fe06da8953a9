"""The metric of multi-label data, in which a video has any number of classes, also none."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.curves import precision_recall
from pyvideoai.metrics.metric import Metric
from pyvideoai.metrics.outcomes import Outcomes


@dataclass(frozen=True)
class MeanAveragePrecision(Metric):
    """Average, over the classes, the area under the precision-recall curve (not interpolated), in percent.

    A class without positives has no average precision and is left out. The value is NaN if no class has a positive.
    """

    name = "map"
    title = "mAP"
    multi_label = True

    def __call__(self, outcomes: Outcomes) -> float:
        precisions = average_precisions(outcomes)
        known = precisions[~np.isnan(precisions)]
        return 100 * float(known.mean()) if len(known) else float("nan")


def average_precisions(outcomes: Outcomes) -> np.ndarray:
    """Return the average precision of each class: float64 (classes,), 0 to 1; NaN for a class without positives.

    A clip or video whose output is not finite counts as wrong in every class: its positives are ranked last, its
    negatives first.
    """
    # Probabilities lie in 0..1, so -1 ranks behind and 2 ahead of every score that the network gave.
    broken = np.where(outcomes.labels, -1.0, 2.0)
    scores = np.where(outcomes.finite[:, None], outcomes.probabilities, broken.astype(outcomes.probabilities.dtype))
    # Classes in rows: a column of a large array takes several times as long to go through.
    labels, scores = np.ascontiguousarray(outcomes.labels.T), np.ascontiguousarray(scores.T)
    precisions = np.full(len(labels), np.nan)
    for number in np.flatnonzero(labels.any(axis=1)):
        precisions[number] = precision_recall(labels[number], scores[number]).average_precision
    return precisions
