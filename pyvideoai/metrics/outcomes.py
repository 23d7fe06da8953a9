"""What is left of a network's output once a video is scored: the label, the best classes, the losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RANKED = 5
NO_CLASS = -1


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of N clips or videos, small enough to keep for an epoch and to gather from all processes.

    labels: int64 (N,). ranked: int64 (N, K), the K = min(5, classes) most probable classes, best first; of equal ones
    the lower label first; -1, which is no class, where the network's output is not finite. nll: float64 (N,), minus the
    log probability of the label. nll_double_softmax: float64 (N,), the same after a second softmax over probabilities.
    """

    labels: np.ndarray
    ranked: np.ndarray
    nll: np.ndarray
    nll_double_softmax: np.ndarray

    @classmethod
    def from_probabilities(cls, probabilities: np.ndarray, labels: np.ndarray) -> "Outcomes":
        """From probabilities float (N, classes) and labels int (N,). A label's probability counts as at least 1e-12."""
        probabilities = probabilities.astype(np.float64)
        ranked = np.argsort(-probabilities, axis=1, kind="stable")[:, :RANKED]
        ranked[~np.isfinite(probabilities).all(axis=1)] = NO_CLASS
        own = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), axis=1)[:, 0]
        return cls(
            labels=labels.astype(np.int64),
            ranked=ranked,
            nll=-np.log(np.maximum(own, 1e-12)),
            nll_double_softmax=np.log(np.exp(probabilities).sum(1)) - own,
        )

    @classmethod
    def concatenate(cls, pieces: Sequence["Outcomes"]) -> "Outcomes":
        """All pieces' outcomes in one, in their order."""
        names = ("labels", "ranked", "nll", "nll_double_softmax")
        return cls(**{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names})


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes, classes): videos by true class (row) and predicted class (column)."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(labels, predicted, labels=np.arange(classes))
