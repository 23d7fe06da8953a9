"""The scores of a video's views, and of its rows, to one score: arithmetic only.

What is averaged is what the setting `Views.average` names: "logits", "probabilities", or "max", the highest
probability. A score stays what the network gave, averaged; probabilities are made of it at the end, never the reverse.
"""

import torch

from pyvideoai.tasks import Task


def average_views(logits: torch.Tensor, how: str, task: Task) -> torch.Tensor:
    """Average logits (videos, views, classes) into scores (videos, classes) of the kind that `how` names."""
    return reduce_scores(logits if how == "logits" else task.activate(logits), how)


def reduce_scores(scores: torch.Tensor, how: str) -> torch.Tensor:
    """Join scores (..., parts, classes) of one kind into (..., classes): their mean, for "max" the highest."""
    return scores.amax(-2) if how == "max" else scores.mean(-2)


def to_probabilities(scores: torch.Tensor, how: str, task: Task) -> torch.Tensor:
    """Make probabilities (..., classes) of averaged scores."""
    if how == "logits":
        return task.activate(scores)
    return task.rescale(scores) if how == "max" else scores
