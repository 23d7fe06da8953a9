"""Handle imbalanced classes: how often each row is drawn, and the weight of each class in the loss."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

from pyvideoai.data.hooks import refused
from pyvideoai.errors import UserError
from pyvideoai.tasks import SINGLE_LABEL, Task

if TYPE_CHECKING:
    import pandas as pd


def row_weights(
    table: "pd.DataFrame",
    *,
    sampler: "Callable[[pd.DataFrame], object] | None" = None,
    balance: Literal["none", "loss", "sampling"] = "none",
    task: Task = SINGLE_LABEL,
) -> np.ndarray | None:
    """Return float64 (rows,), how often each row is drawn; None: each once.

    sampler(table): returns the weights. balance: "sampling" draws each class equally often; other values have no effect
    here. Raises UserError if both are given, if the weights are not valid, and if a task's classes can't be balanced.
    """
    if sampler is None:
        return task.balanced(table["label"]) if balance == "sampling" else None
    if balance == "sampling":
        raise UserError("the experiment has both a sampler hook and balance = 'sampling'; choose one")
    returned = sampler(table)
    weights = numbers(returned, len(table))
    if weights is None or weights.min() < 0 or weights.sum() == 0:
        wanted = f"{len(table)} weights of at least 0, one for each row of the training table, not all of them 0"
        raise refused(sampler, returned, wanted)
    return weights


def class_weights(
    table: "pd.DataFrame",
    classes: int,
    *,
    class_counts: Callable[[], object] | None = None,
    task: Task = SINGLE_LABEL,
) -> np.ndarray:
    """Return float64 (classes,): weights of classes (or of their positives) that make all classes count the
    same in the loss.

    class_counts(): the videos of each class; None: counted in the table. Raises UserError if these are not
    counts.
    """
    if class_counts is not None:
        counts = _counted(class_counts, classes)
    else:
        labels = task.each_label(table["label"])
        counts = np.bincount(labels[labels >= 0], minlength=classes)
    return task.class_weights(counts, len(table))


def numbers(given: object, count: int) -> np.ndarray | None:
    """Return what a hook returned as float64 (count,); None if it has another shape, or values that are not finite."""
    try:
        found = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return found if found.shape == (count,) and np.isfinite(found).all() else None


def _counted(class_counts: Callable[[], object], classes: int) -> np.ndarray:
    returned = class_counts()
    counts = numbers(returned, classes)
    if counts is None or counts.min() < 0 or counts.sum() == 0:
        wanted = f"{classes} numbers of at least 0, one for each class, not all of them 0"
        raise refused(class_counts, returned, wanted)
    return counts
