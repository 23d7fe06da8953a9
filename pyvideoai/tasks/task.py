"""What every task answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from pyvideoai.config.run.guard import plain
from pyvideoai.metrics import Metric, Outcomes

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True)
class Confusion:
    """A figure's content: counts int64 (classes, classes), videos by true class (row) and predicted class (column)."""

    counts: np.ndarray


@dataclass(frozen=True)
class ClassPrecisions:
    """A figure's content: precisions float (classes,), 0 to 1 or NaN, and positives int (classes,), by class."""

    precisions: np.ndarray
    positives: np.ndarray


class Task(Protocol):
    """A kind of classification. Shapes: N clips or videos, C classes.

    `labels` are int64 (N,) for single-label data, float32 or bool (N, C) for multi-label data.
    """

    multi_label: ClassVar[bool]
    metrics: ClassVar[tuple[Metric, ...]]  # reported by default; the first is the main one and selects the best epoch

    def activate(self, logits: torch.Tensor) -> torch.Tensor:
        """Turn logits (..., C) into probabilities."""
        ...

    def rescale(self, scores: torch.Tensor) -> torch.Tensor:
        """Turn the highest probabilities over views (..., C) into probabilities again."""
        ...

    def losses(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the plain loss of each clip: float32 (N,), without weights or smoothing."""
        ...

    def training_loss(self, weights: torch.Tensor | None, smoothing: float) -> nn.Module:
        """Make the default loss. weights: `class_weights`, or None; smoothing: share of each target spread evenly."""
        ...

    def class_weights(self, counts: np.ndarray, rows: int) -> np.ndarray:
        """Weigh classes by their `counts`, int (C,), among `rows` training rows, so that all weigh the same."""
        ...

    def right(self, probabilities: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Count the clips that are right, by the name of the metric, for the line of running values; {} for none."""
        ...

    def label_array(self, column: Sequence[Any], classes: int) -> np.ndarray:
        """Turn a checked table's labels into an array as batches hold them."""
        ...

    def label(self, given: Any, classes: int) -> Any:
        """Return a label that a hook gave as a table would have it. Raises ValueError that says what is allowed."""
        ...

    def mirrored(self, label: Any, flipped: Sequence[int]) -> Any:
        """Return the label of a clip's mirror image; `flipped` has it for each class: `annotations.mirror`."""
        ...

    def cells(self, column: Sequence[Any]) -> list[Any]:
        """Turn a checked table's labels into cells of a CSV that is read to the same."""
        ...

    def class_counts(self, labels: np.ndarray, classes: int) -> np.ndarray:
        """Count the videos of each class: int (C,)."""
        ...

    def outcomes(self, labels: np.ndarray, probabilities: np.ndarray, losses: np.ndarray) -> Outcomes:
        """Gather what metrics are given."""
        ...

    def surety(self, outcomes: Outcomes) -> dict[str, Any]:
        """Say how sure the score is: plain values for results.json."""
        ...

    def surety_text(self, score: dict[str, Any]) -> str:
        """Put what `surety` returned into words."""
        ...

    def columns(self, names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
        """Describe predictions: what a table of them shows besides the most probable classes, column by column."""
        ...

    def class_figure(self, outcomes: Outcomes) -> Confusion | ClassPrecisions:
        """Return what the figure of the classes shows."""
        ...


def class_number(given: Any, classes: int) -> int:
    """Return a class number, Python's, NumPy's or torch's own. Raises ValueError that says what is allowed."""
    number = plain(given)
    if not isinstance(number, Integral) or not 0 <= number < classes:
        raise ValueError(f"a label from 0 to {classes - 1}")
    return int(number)
