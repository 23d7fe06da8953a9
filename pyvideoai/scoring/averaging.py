"""Average the scores of a video's views, and of its rows, to one score per video: arithmetic only.

The setting `Views.average` says what is averaged: "logits" or "probabilities"; with "max" a class's highest probability
is taken instead. Scores stay in that form until the end, where probabilities are made of them. Logits are never
recovered from probabilities.
"""

from collections.abc import Sequence

import torch

from pyvideoai.tasks import Task


def average_views(logits: torch.Tensor, how: str, task: Task) -> torch.Tensor:
    """Average logits (videos, views, classes) into scores (videos, classes), as `how` says."""
    return reduce_scores(logits if how == "logits" else task.activate(logits), how)


def exchange_mirrored(logits: torch.Tensor, mirrored: Sequence[bool], labels: Sequence[int] | None) -> torch.Tensor:
    """Exchange the logits of mirrored views back, such as those of "left" and "right", so that all views can be
    averaged.

    logits: (videos, views x positions, classes). mirrored: whether each view is mirrored. labels: entry i is the class
    of the mirror image of class i; None: a mirror exchanges no classes.
    """
    if labels is None:
        return logits
    # A fully convolutional head gives several positions a view, one after another.
    positions = logits.shape[1] // len(mirrored)
    # Made on the host and copied in the background: no wait for a GPU.
    views = torch.tensor(mirrored).repeat_interleave(positions).to(logits.device, non_blocking=True)
    exchanged = logits.index_select(-1, torch.tensor(labels).to(logits.device, non_blocking=True))
    return torch.where(views[:, None], exchanged, logits)


def reduce_scores(scores: torch.Tensor, how: str) -> torch.Tensor:
    """Reduce scores (..., parts, classes) to (..., classes): by their maximum if `how` is "max", else by their mean."""
    return scores.amax(-2) if how == "max" else scores.mean(-2)


def to_probabilities(scores: torch.Tensor, how: str, task: Task) -> torch.Tensor:
    """Turn averaged scores (..., classes) into probabilities (..., classes)."""
    if how == "logits":
        return task.activate(scores)
    return task.rescale(scores) if how == "max" else scores
