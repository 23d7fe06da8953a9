"""What a task must be able to do: the interface that the single-label and the multi-label task share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from pyvideoai.metrics import Metric, Outcomes
from pyvideoai.plain import plain

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from torch import nn


@dataclass(frozen=True)
class Confusion:
    """Hold a confusion matrix: counts int64 (classes, classes), true class by row, predicted class by column."""

    counts: np.ndarray


@dataclass(frozen=True)
class ClassPrecisions:
    """Hold the content of a figure of average precisions.

    precisions: float (classes,), 0 to 1, or NaN for a class without positives. positives: int (classes,).
    """

    precisions: np.ndarray
    positives: np.ndarray


class Task(Protocol):
    """Say what a label is and what follows from it. Shapes: N clips or videos, C classes.

    `labels` are int64 (N,) for single-label data, float32 or bool (N, C) for multi-label data.
    """

    multi_label: ClassVar[bool]
    metrics: ClassVar[tuple[Metric, ...]]  # reported by default; the first is the main one and selects the best epoch
    fewest_classes: ClassVar[int]  # with fewer, a network could only be right
    why_two_labels: ClassVar[str]  # "; ..." ends the error about a table whose rows give one video two labels

    def activate(self, logits: torch.Tensor) -> torch.Tensor:
        """Turn logits (..., C) into probabilities."""
        ...

    def rescale(self, scores: torch.Tensor) -> torch.Tensor:
        """Turn scores (..., C) that are each class's highest probability over the views into probabilities again."""
        ...

    def losses(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the loss of each clip, without class weights or label smoothing: float32 (N,)."""
        ...

    def training_loss(self, weights: torch.Tensor | None, smoothing: float) -> nn.Module:
        """Make the default loss of training.

        weights: what `class_weights` returned, as a tensor, or None. smoothing: the share of each target that is spread
        evenly.
        """
        ...

    def class_weights(self, counts: np.ndarray, rows: int) -> np.ndarray:
        """Return a weight for each class so that all classes count the same in the loss.

        counts: int (C,), training rows of each class. rows: the number of training rows.
        """
        ...

    def count_correct(self, probabilities: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Count the correctly classified clips of a batch: {"top1": a count}. The progress line shows their share.
        {}: show nothing.
        """
        ...

    def check_names(self, classes: Sequence[str]) -> None:
        """Raise UserError for a class whose name a cell of a split table can't hold."""
        ...

    def parts(self, cell: Any) -> Sequence[Any]:
        """Split a cell of a split table into parts, each the name or number of one class: see `tasks.cells`."""
        ...

    def of_numbers(self, numbers: Sequence[int]) -> Any:
        """Make a cell's label from the numbers of its classes. A faulty cell's numbers are incomplete."""
        ...

    def each_label(self, column: pd.Series) -> pd.Series:
        """Return int64, one entry for each class of each row, -1 for a row without a class; indexed by row."""
        ...

    def kinds(self, column: pd.Series) -> np.ndarray:
        """Return int64 (N,), counted from 0: rows with the same label get the same number."""
        ...

    def balanced(self, column: pd.Series) -> np.ndarray:
        """Return float64 (N,): weights of rows with which all classes are drawn equally often.

        Raises UserError if no weights can do that.
        """
        ...

    def label_array(self, column: Sequence[Any], classes: int) -> np.ndarray:
        """Turn the label column of a checked table into the array that batches hold."""
        ...

    def label(self, given: Any, classes: int) -> Any:
        """Check a label that the hook `target` returned, and return it in the form of a table's label.

        Raises ValueError with a message that says what is allowed.
        """
        ...

    def mirrored(self, label: Any, flipped: Sequence[int]) -> Any:
        """Return the label of a clip's mirror image. flipped: for each class the class of its mirror image
        (`annotations.mirror`).
        """
        ...

    def cells(self, column: Iterable[Any], names: Sequence[str] | None = None) -> list[Any]:
        """Turn the label column of a checked table into CSV cells that read back to the same labels.

        Labels are written as numbers, or as the classes' `names`.
        """
        ...

    def class_counts(self, labels: np.ndarray, classes: int) -> np.ndarray:
        """Count the videos of each class: int (C,)."""
        ...

    def outcomes(self, labels: np.ndarray, probabilities: np.ndarray, losses: np.ndarray) -> Outcomes:
        """Make the `Outcomes` that metrics are computed from."""
        ...

    def uncertainty(self, outcomes: Outcomes) -> dict[str, Any]:
        """Return how reliable the score is, as plain values for results.json: the 95 % interval of top-1, and
        what always naming the commonest class would score, for single-label data.

        mAP has no interval: there it is the number of classes that it averages.
        """
        ...

    def uncertainty_text(self, score: dict[str, Any]) -> str:
        """Put what `uncertainty` returned into words for the console."""
        ...

    def columns(self, names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
        """Return the columns of the saved predictions' table, besides "top5": name to values."""
        ...

    def by_class(self, outcomes: Outcomes) -> tuple[Outcomes, np.ndarray]:
        """Return the outcomes with labels as bool (N, C), and which classes each video gets, bool (N, C)."""
        ...

    def decisions(self, outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return what calibration compares, for finite outputs: confidence, float (M,), and what came true, bool (M,).

        For single-label data a decision is a video's most probable class; for multi-label data, each of its classes.
        """
        ...

    def right_first(self, outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return whether the most probable class of each video is right, bool (N,), and which videos can be so judged.

        A video without a label has no right class.
        """
        ...

    def class_figure(self, outcomes: Outcomes) -> Confusion | ClassPrecisions:
        """Return the content of the figure of the classes."""
        ...


def class_number(given: Any, classes: int) -> int:
    """Return a class number as int; `given` may be Python's, NumPy's or torch's.

    Raises ValueError that says what is allowed.
    """
    number = plain(given)
    if not isinstance(number, Integral) or not 0 <= int(number) < classes:
        raise ValueError(f"a label from 0 to {classes - 1}")
    return int(number)
