"""What is known of scored clips or videos, and what a single-label metric asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

NO_CLASS = -1


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of N clips or videos: what every metric is given.

    labels: int64 (N,), for multi-label data bool (N, classes). probabilities: float32 (N, classes). losses: float64
    (N,), the loss of each. A row whose probabilities are not finite counts as wrong in every metric.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    losses: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def finite(self) -> np.ndarray:
        """bool (N,): whether all probabilities of a row are numbers."""
        return np.isfinite(self.probabilities).all(axis=1)

    @cached_property
    def predicted(self) -> np.ndarray:
        """int64 (N,): the most probable class, of equal ones the lowest; -1, which is no class, for a broken row."""
        return np.where(self.finite, self.probabilities.argmax(axis=1), NO_CLASS)

    @cached_property
    def label_ranks(self) -> np.ndarray:
        """int64 (N,), single-label: how many classes come before the label; for a broken row the number of classes.

        Counting costs a hundredth of sorting. Of equally probable classes the lower label comes first.
        """
        own = np.take_along_axis(self.probabilities, self.labels[:, None], axis=1)
        before = np.arange(self.probabilities.shape[1]) < self.labels[:, None]
        ranks = ((self.probabilities > own) | (self.probabilities == own) & before).sum(axis=1)
        return np.where(self.finite, ranks, self.probabilities.shape[1])

    @classmethod
    def concatenate(cls, pieces: Sequence["Outcomes"]) -> "Outcomes":
        """Join the outcomes of all pieces, in their order."""
        return cls(*(np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(cls)))


def confusion(outcomes: Outcomes) -> np.ndarray:
    """Count videos by true class (row) and predicted class (column): int64 (classes, classes)."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(outcomes.labels, outcomes.predicted, labels=np.arange(outcomes.probabilities.shape[1]))
