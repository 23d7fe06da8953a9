"""Videos of none, one or several classes: what is left of a scored one, and the metric of such datasets."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

LOWEST = 1e-12


@dataclass(frozen=True)
class MultiLabelOutcomes:
    """The outcomes of N clips or videos.

    labels: bool (N, classes). probabilities: float32 (N, classes), each class's own, as a sigmoid gives them.
    nll: float64 (N,), binary cross entropy, its mean over the classes.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    nll: np.ndarray

    @classmethod
    def from_probabilities(cls, probabilities: np.ndarray, labels: np.ndarray) -> "MultiLabelOutcomes":
        """From probabilities float (N, classes) and labels, 0 or 1, of that shape. What is right counts as >= 1e-12."""
        there = labels.astype(bool)
        exact = probabilities.astype(np.float64)
        nll = -np.log(np.maximum(np.where(there, exact, 1 - exact), LOWEST)).mean(1)
        return cls(there, probabilities.astype(np.float32), nll)

    @classmethod
    def concatenate(cls, pieces: Sequence["MultiLabelOutcomes"]) -> "MultiLabelOutcomes":
        """All pieces' outcomes in one, in their order."""
        return cls(*(np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(cls)))


@dataclass(frozen=True)
class MeanAveragePrecision:
    """Mean over the classes of the area under precision over recall (not interpolated), in percent.

    A class without a positive has no average precision and is left out; NaN where that is all of them.
    """

    name = "map"
    title = "mAP"
    percent = True
    higher_is_better = True
    multi_label = True

    def __call__(self, outcomes: MultiLabelOutcomes) -> float:
        precisions = average_precisions(outcomes)
        known = precisions[~np.isnan(precisions)]
        return 100 * float(known.mean()) if len(known) else float("nan")


def average_precisions(outcomes: MultiLabelOutcomes) -> np.ndarray:
    """float64 (classes,), 0 to 1; NaN for a class without a positive.

    A clip or video whose output is not finite is wrong in every class: its positives come last, its negatives first.
    """
    from sklearn.metrics import average_precision_score

    finite = np.isfinite(outcomes.probabilities).all(axis=1, keepdims=True)
    scores = np.where(finite, outcomes.probabilities, np.where(outcomes.labels, -1.0, 2.0))
    precisions = np.full(outcomes.labels.shape[1], np.nan)
    for number in np.flatnonzero(outcomes.labels.any(axis=0)):
        precisions[number] = average_precision_score(outcomes.labels[:, number], scores[:, number])
    return precisions
