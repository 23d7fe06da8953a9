"""Binary cross entropy with label smoothing, which torch has for cross entropy only."""

import torch
from torch import nn


class SmoothedBinaryCrossEntropy(nn.Module):
    """The mean over clips and classes; a share `smoothing` of each target lies at one half.

    positive_weight: float32 (C,), what a class's positives weigh, or None.
    """

    def __init__(self, positive_weight: torch.Tensor | None, smoothing: float) -> None:
        super().__init__()
        self.entropy, self.smoothing = nn.BCEWithLogitsLoss(pos_weight=positive_weight), smoothing

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.entropy(logits, target * (1 - self.smoothing) + self.smoothing / 2)
