"""Score each class by itself. scikit-learn does the arithmetic."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.intervals import interval95
from pyvideoai.metrics.multi_label import average_precisions
from pyvideoai.metrics.outcomes import Outcomes


@dataclass(frozen=True)
class ClassScores:
    """Hold the scores of C classes, shares from 0 to 1; NaN where a class has no videos, or was never predicted.

    videos, predicted: int64 (C,), how many videos have the class, and get it. recall: for single-label data the class's
    accuracy; recall_interval95: float64 (C, 2). average_precision: of the class against all others. threshold: the
    lowest probability from which on at least `wished` of the videos have the class, NaN if no probability does that;
    recall_there: the share of the class's videos that reach it.
    """

    wished: float
    videos: np.ndarray
    predicted: np.ndarray
    recall: np.ndarray
    recall_interval95: np.ndarray
    precision: np.ndarray
    f1: np.ndarray
    average_precision: np.ndarray
    threshold: np.ndarray
    recall_there: np.ndarray


def class_scores(outcomes: Outcomes, decided: np.ndarray, wished: float) -> ClassScores:
    """Return the scores of each class.

    outcomes: with labels as bool (N, C). decided: bool (N, C), which classes each video gets. wished: a precision,
    from 0 to 1.
    """
    from sklearn.metrics import precision_recall_fscore_support

    truth = outcomes.labels
    # NaN, where scikit-learn would by default say 0 and warn.
    precision, recall, f1, videos = precision_recall_fscore_support(truth, decided, average=None, zero_division=np.nan)
    right = (truth & decided).sum(axis=0)
    intervals = [interval95(*each) if each[1] else (np.nan, np.nan) for each in zip(right, videos, strict=True)]
    points = [_threshold(truth[:, each], outcomes.probabilities[:, each], wished) for each in range(truth.shape[1])]
    thresholds, recalls = zip(*points, strict=True)
    return ClassScores(
        wished,
        videos.astype(np.int64),
        decided.sum(axis=0),
        recall,
        np.array(intervals),
        precision,
        f1,
        average_precisions(outcomes),
        np.array(thresholds),
        np.array(recalls),
    )


def recalls(truth: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """Return the recall of each class of bool (N, C), 0 to 1; NaN for a class without videos."""
    videos = truth.sum(axis=0)
    return np.divide((truth & decided).sum(axis=0), videos, out=np.full(len(videos), np.nan), where=videos > 0)


def _threshold(truth: np.ndarray, probabilities: np.ndarray, wished: float) -> tuple[float, float]:
    """Return the lowest threshold of a class with the wished precision, and the recall there; NaN if there is none."""
    from sklearn.metrics import precision_recall_curve

    known = np.isfinite(probabilities)
    if not truth[known].any():
        return np.nan, np.nan
    # the curve's last point, precision 1 at recall 0, has no threshold
    precision, recall, thresholds = precision_recall_curve(truth[known], probabilities[known])
    enough = np.flatnonzero(precision[:-1] >= wished)
    if not len(enough):
        return np.nan, np.nan
    found = recall[enough[0]] * truth[known].sum() / truth.sum()  # videos without a finite output reach no threshold
    return float(thresholds[enough[0]]), float(found)
