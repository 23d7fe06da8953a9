"""What metrics are computed from: labels, probabilities and losses of scored clips or videos."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

NO_CLASS = -1


@dataclass(frozen=True)
class Outcomes:
    """Hold the outcomes of N clips or videos: the argument of every metric.

    labels: int64 (N,); for multi-label data bool (N, classes). probabilities: float32 (N, classes). losses: float64
    (N,), one for each clip or video. A row whose probabilities are not finite counts as wrong in every metric.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    losses: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def finite(self) -> np.ndarray:
        """Return bool (N,): whether all probabilities of a row are finite."""
        return np.isfinite(self.probabilities).all(axis=1)

    @cached_property
    def predicted(self) -> np.ndarray:
        """Return int64 (N,): the most probable class (the lowest among equals), or -1 for a row that is not finite."""
        return np.where(self.finite, self.probabilities.argmax(axis=1), NO_CLASS)

    @cached_property
    def label_ranks(self) -> np.ndarray:
        """Return int64 (N,), for single-label data: how many classes rank before the label, 0 if the label ranks first.

        A row that is not finite gets the number of classes, which is worse than any rank.
        """
        # Counting the classes that rank before the label costs a hundredth of sorting all of them. Among equally
        # probable classes the lower number ranks first, as in argmax, so that top-1 and `predicted` agree.
        own = np.take_along_axis(self.probabilities, self.labels[:, None], axis=1)
        before = np.arange(self.probabilities.shape[1]) < self.labels[:, None]
        ranks = ((self.probabilities > own) | (self.probabilities == own) & before).sum(axis=1)
        return np.where(self.finite, ranks, self.probabilities.shape[1])

    @classmethod
    def concatenate(cls, pieces: Sequence["Outcomes"]) -> "Outcomes":
        """Join the outcomes of all pieces, in the order given."""
        return cls(*(np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(cls)))


def confusion(outcomes: Outcomes) -> np.ndarray:
    """Count the videos of each pair of true class (row) and predicted class (column): int64 (classes, classes)."""
    from sklearn.metrics import confusion_matrix

    # `labels` leaves out NO_CLASS: a row that is not finite is in no column.
    return confusion_matrix(outcomes.labels, outcomes.predicted, labels=np.arange(outcomes.probabilities.shape[1]))
