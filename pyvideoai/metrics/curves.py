"""Precision and recall of a class over all thresholds: scikit-learn's numbers, from one sort for each class.

scikit-learn checks its arguments anew for each class and sorts once for the average precision and once for the curve,
which takes ten times as long for 400 classes. tests/metrics/test_curves.py holds both together.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PrecisionRecall:
    """Hold the curve of one class, a point for each different score, from the lowest to the highest.

    thresholds: the scores. precision, recall: float64, 0 to 1, of saying "yes" from a threshold on.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray

    @property
    def average_precision(self) -> float:
        """Return the area under the curve, not interpolated: `sklearn.metrics.average_precision_score`."""
        # In scikit-learn's order, the curve ends at precision 1 and recall 0; this term has no threshold.
        steps = np.diff(np.append(self.recall, 0.0))
        return float(max(0.0, -np.sum(steps * self.precision)))

    def lowest(self, wished: float) -> tuple[float, float]:
        """Return the lowest threshold with at least this precision, and the recall there; NaN if there is none."""
        enough = np.flatnonzero(self.precision >= wished)
        if not len(enough):
            return np.nan, np.nan
        return float(self.thresholds[enough[0]]), float(self.recall[enough[0]])


def precision_recall(truth: np.ndarray, scores: np.ndarray) -> PrecisionRecall:
    """Return the curve of a class. truth: bool (N,), of which some are true. scores: float (N,), finite."""
    # Only the counts at the end of each run of equal scores matter, so that the order within one doesn't.
    order = np.argsort(scores)[::-1]
    ordered = scores[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(truth[order], dtype=np.float64)[ends]
    precision, recall = hits / (1.0 + ends), hits / hits[-1]
    return PrecisionRecall(ordered[ends][::-1], precision[::-1], recall[::-1])
