"""The multi-label task: a video has any number of classes, also none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pyvideoai.annotations.names import SEPARATOR
from pyvideoai.errors import UserError
from pyvideoai.metrics import MeanAveragePrecision, Metric, Outcomes, average_precisions
from pyvideoai.tasks.cells import parts_of
from pyvideoai.tasks.task import ClassPrecisions, class_number

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from torch import nn

CUT = 0.5  # a class counts as predicted from this probability on


class MultiLabel:
    """Classify with sigmoids, binary cross entropy and mean average precision.

    Labels: float32 (N, C), 0 or 1 per class.
    """

    multi_label: ClassVar[bool] = True
    metrics: ClassVar[tuple[Metric, ...]] = (MeanAveragePrecision(),)
    fewest_classes: ClassVar[int] = 1
    why_two_labels: ClassVar[str] = "; one row names all classes of a video"

    def activate(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.sigmoid()

    def rescale(self, scores: torch.Tensor) -> torch.Tensor:
        return scores

    def losses(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import binary_cross_entropy_with_logits

        return binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(-1)

    def training_loss(self, weights: torch.Tensor | None, smoothing: float) -> nn.Module:
        from pyvideoai.tasks.smoothed import SmoothedBinaryCrossEntropy

        return SmoothedBinaryCrossEntropy(weights, smoothing)

    def class_weights(self, counts: np.ndarray, rows: int) -> np.ndarray:
        # The weight of a class's positives, negatives / positives, as BCEWithLogitsLoss's pos_weight. A class without
        # positives is divided by 1 and not by 0: no positive will ever use its weight.
        return (rows - counts) / np.maximum(counts, 1)

    def count_correct(self, probabilities: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {}

    def check_names(self, classes: Sequence[str]) -> None:
        for name in classes:
            if SEPARATOR in name:
                raise UserError(
                    f"class {name!r}: with multi_label = True no class name may contain {SEPARATOR!r}, which separates "
                    "the classes of a video in split tables"
                )

    def parts(self, cell: Any) -> Sequence[Any]:
        return parts_of(cell)

    def of_numbers(self, numbers: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted(set(numbers)))

    def each_label(self, column: pd.Series) -> pd.Series:
        # explode would make NaN of an empty tuple.
        return column.map(lambda labels: labels or (-1,)).explode().astype("int64")

    def kinds(self, column: pd.Series) -> np.ndarray:
        return column.factorize()[0]

    def balanced(self, column: pd.Series) -> np.ndarray:
        raise UserError(
            "balance = 'sampling' draws classes equally often, which multi-label videos don't allow; weight the "
            "loss (balance = 'loss') or write a hook sampler"
        )

    def label_array(self, column: Sequence[Any], classes: int) -> np.ndarray:
        numbers = np.arange(classes)
        return np.array([np.isin(numbers, list(each)) for each in column], np.float32).reshape(len(column), classes)

    def label(self, given: Any, classes: int) -> list[int]:
        try:
            # A text can be iterated over, too: "12" would be the classes 1 and 2.
            return [class_number(each, classes) for each in ([given] if isinstance(given, str) else given)]
        except (TypeError, ValueError):
            raise ValueError(f"a list, each a label from 0 to {classes - 1}") from None

    def mirrored(self, label: Any, flipped: Sequence[int]) -> Any:
        return [flipped[int(each)] for each in label]

    def cells(self, column: Iterable[Any], names: Sequence[str] | None = None) -> list[Any]:
        rows = column if names is None else ([names[label] for label in each] for each in column)
        return [SEPARATOR.join(map(str, each)) for each in rows]

    def class_counts(self, labels: np.ndarray, classes: int) -> np.ndarray:
        return labels.reshape(-1, classes).astype(np.int64).sum(axis=0)

    def outcomes(self, labels: np.ndarray, probabilities: np.ndarray, losses: np.ndarray) -> Outcomes:
        return Outcomes(labels.astype(bool), probabilities, losses)

    def uncertainty(self, outcomes: Outcomes) -> dict[str, Any]:
        return {"classes_with_positives": int(outcomes.labels.any(axis=0).sum())}

    def uncertainty_text(self, score: dict[str, Any]) -> str:
        return f"{score['classes_with_positives']} of {score['classes']} classes occur"

    def columns(self, names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
        """Return names of the labels and of the predicted classes, those with a probability of `CUT` or more.

        The column "correct" is left out: whether a prediction is correct depends on the cut.
        """
        return {
            "label_name": [SEPARATOR.join(names[row]) for row in labels.astype(bool)],
            "predicted": [SEPARATOR.join(names[row]) for row in probabilities >= CUT],
        }

    def by_class(self, outcomes: Outcomes) -> tuple[Outcomes, np.ndarray]:
        return outcomes, outcomes.probabilities >= CUT

    def decisions(self, outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        return outcomes.probabilities[outcomes.finite].ravel(), outcomes.labels[outcomes.finite].ravel()

    def right_first(self, outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        # predicted is -1 for a row that is not finite, which would be the last class; `finite` makes it wrong below.
        first = np.take_along_axis(outcomes.labels, np.maximum(outcomes.predicted, 0)[:, None], axis=1)[:, 0]
        right: np.ndarray = first & outcomes.finite
        judged: np.ndarray = np.asarray(outcomes.labels.any(axis=1))
        return right, judged

    def class_figure(self, outcomes: Outcomes) -> ClassPrecisions:
        return ClassPrecisions(average_precisions(outcomes), outcomes.labels.sum(axis=0))
