"""Score each class by itself, with scikit-learn's numbers."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.curves import precision_recall
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
    thresholds, recalls = np.array(_thresholds(outcomes, wished)).T
    return ClassScores(
        wished,
        videos.astype(np.int64),
        decided.sum(axis=0),
        recall,
        np.array(intervals),
        precision,
        f1,
        average_precisions(outcomes),
        thresholds,
        recalls,
    )


def recalls(truth: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """Return the recall of each class of bool (N, C), 0 to 1; NaN for a class without videos."""
    videos = truth.sum(axis=0)
    return np.divide((truth & decided).sum(axis=0), videos, out=np.full(len(videos), np.nan), where=videos > 0)


def _thresholds(outcomes: Outcomes, wished: float) -> list[tuple[float, float]]:
    """Return each class's lowest threshold with the wished precision, and the recall there; NaN if there is none."""
    known = np.isfinite(outcomes.probabilities).T
    truth, probabilities = np.ascontiguousarray(outcomes.labels.T), np.ascontiguousarray(outcomes.probabilities.T)
    found = []
    for has_class, scores, finite in zip(truth, probabilities, known, strict=True):
        if not (has_class & finite).any():
            found.append((np.nan, np.nan))
            continue
        threshold, recall = precision_recall(has_class[finite], scores[finite]).lowest(wished)
        # Videos without a finite output reach no threshold.
        found.append((threshold, recall * has_class[finite].sum() / has_class.sum()))
    return found
