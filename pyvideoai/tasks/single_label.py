"""The single-label task: each video has exactly one class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pyvideoai.metrics import MeanClassAccuracy, Metric, Outcomes, Top1, Top5, confusion, interval95
from pyvideoai.tasks.task import Confusion, class_number

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from torch import nn

NONE = -1  # the label of a cell that names no class, until the fault is reported


class SingleLabel:
    """Classify with softmax, cross entropy and top-1. Labels are class numbers, int64 (N,)."""

    multi_label: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (Top1(), Top5(), MeanClassAccuracy())
    fewest_classes: ClassVar[int] = 2
    why_two_labels: ClassVar[str] = ""

    def activate(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.softmax(-1)

    def rescale(self, scores: torch.Tensor) -> torch.Tensor:
        # The highest probabilities of the classes may come from different views, so that they add up to more than 1.
        return scores / scores.sum(-1, keepdim=True)

    def losses(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import cross_entropy

        return cross_entropy(logits, labels, reduction="none")

    def training_loss(self, weights: torch.Tensor | None, smoothing: float) -> nn.Module:
        from torch.nn import CrossEntropyLoss

        return CrossEntropyLoss(weight=weights, label_smoothing=smoothing)

    def class_weights(self, counts: np.ndarray, rows: int) -> np.ndarray:
        # Inverse frequency, scaled so that the mean weight over the training rows is 1.
        return counts.sum() / (len(counts) * np.maximum(counts, 1))

    def count_correct(self, probabilities: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"top1": (probabilities.argmax(-1) == labels).sum()}

    def check_names(self, classes: Sequence[str]) -> None:
        """Accept every name: a cell holds one."""

    def parts(self, cell: Any) -> Sequence[Any]:
        return [cell]

    def of_numbers(self, numbers: Sequence[int]) -> int:
        return numbers[0] if numbers else NONE

    def each_label(self, column: pd.Series) -> pd.Series:
        return column

    def kinds(self, column: pd.Series) -> np.ndarray:
        return column.to_numpy()

    def balanced(self, column: pd.Series) -> np.ndarray:
        labels = column.to_numpy()
        return 1 / np.bincount(labels)[labels]

    def label_array(self, column: Sequence[Any], classes: int) -> np.ndarray:
        return np.asarray(column, dtype=np.int64)

    def label(self, given: Any, classes: int) -> int:
        return class_number(given, classes)

    def mirrored(self, label: Any, flipped: Sequence[int]) -> Any:
        return flipped[int(label)]

    def cells(self, column: Iterable[Any], names: Sequence[str] | None = None) -> list[Any]:
        return list(column) if names is None else [names[each] for each in column]

    def class_counts(self, labels: np.ndarray, classes: int) -> np.ndarray:
        return np.bincount(labels, minlength=classes)

    def outcomes(self, labels: np.ndarray, probabilities: np.ndarray, losses: np.ndarray) -> Outcomes:
        return Outcomes(labels, probabilities, losses)

    def uncertainty(self, outcomes: Outcomes) -> dict[str, Any]:
        counts = np.bincount(outcomes.labels) if len(outcomes) else None
        return {
            "top1_interval95": list(interval95(int((outcomes.label_ranks == 0).sum()), len(outcomes))),
            "chance": None if counts is None else 100 * float(counts.max() / counts.sum()),
        }

    def uncertainty_text(self, score: dict[str, Any]) -> str:
        low, high = score["top1_interval95"]
        text = f"top1 95 % interval {low:.1f}-{high:.1f}"
        chance = score["chance"]
        return text if chance is None or low > chance else f"{text}: not above chance, {chance:.1f} %"

    def columns(self, names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
        predicted = probabilities.argmax(axis=1)
        return {
            "label_name": names[labels],
            "predicted": names[predicted],
            "probability": probabilities[np.arange(len(labels)), predicted],
            "correct": predicted == labels,
        }

    def by_class(self, outcomes: Outcomes) -> tuple[Outcomes, np.ndarray]:
        numbers = np.arange(outcomes.probabilities.shape[1])
        truth = outcomes.labels[:, None] == numbers
        return Outcomes(truth, outcomes.probabilities, outcomes.losses), outcomes.predicted[:, None] == numbers

    def decisions(self, outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        right = outcomes.predicted == outcomes.labels
        return outcomes.probabilities.max(axis=1)[outcomes.finite], right[outcomes.finite]

    def right_first(self, outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        return outcomes.predicted == outcomes.labels, np.ones(len(outcomes), bool)

    def class_figure(self, outcomes: Outcomes) -> Confusion:
        return Confusion(confusion(outcomes))
