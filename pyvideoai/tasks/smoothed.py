"""Binary cross entropy with label smoothing, which torch has for cross entropy only."""

import torch
from torch import nn


class SmoothedBinaryCrossEntropy(nn.Module):
    """Average binary cross entropy over clips and classes, with targets moved towards one half.

    positive_weight: float32 (C,), the weight of each class's positives, or None. smoothing: a target t becomes
    t * (1 - smoothing) + smoothing / 2.
    """

    def __init__(self, positive_weight: torch.Tensor | None, smoothing: float) -> None:
        super().__init__()
        self.entropy, self.smoothing = nn.BCEWithLogitsLoss(pos_weight=positive_weight), smoothing

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.entropy(logits, target * (1 - self.smoothing) + self.smoothing / 2)
