"""What an epoch's forward passes are remembered by, on the device: enough for every metric, of one label or several."""

from typing import Protocol

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from pyvideoai.metrics import MultiLabelOutcomes, Outcomes

RANKED = 5


class Tally(Protocol):
    """Takes note of one forward pass after another."""

    def add(self, logits: torch.Tensor, labels: torch.Tensor) -> None: ...
    def hits(self, first: int) -> dict[str, torch.Tensor]:
        """Clips that are right by some measure, such as "top1", of the passes from `first` on."""
        ...

    def outcomes(self) -> Outcomes | MultiLabelOutcomes: ...


class OneLabel:
    """Logits float32 (N, classes), labels int64 (N,)."""

    def __init__(self) -> None:
        self.labels: list[torch.Tensor] = []
        self.ranked: list[torch.Tensor] = []
        self.nll: list[torch.Tensor] = []

    def add(self, logits: torch.Tensor, labels: torch.Tensor) -> None:
        both = [cross_entropy(scores, labels, reduction="none") for scores in (logits, logits.softmax(1))]
        self.labels.append(labels)
        self.ranked.append(logits.topk(min(RANKED, logits.shape[1]), dim=1).indices)
        self.nll.append(torch.stack(both))

    def hits(self, first: int) -> dict[str, torch.Tensor]:
        return {"top1": (torch.cat(self.ranked[first:])[:, 0] == torch.cat(self.labels[first:])).sum()}

    def outcomes(self) -> Outcomes:
        labels, ranked = (torch.cat(each).cpu().numpy() for each in (self.labels, self.ranked))
        nll, nll_double_softmax = torch.cat(self.nll, dim=1).double().cpu().numpy()
        return Outcomes(labels=labels, ranked=ranked, nll=nll, nll_double_softmax=nll_double_softmax)


class SeveralLabels:
    """Logits float32 (N, classes), labels float32 (N, classes) of 0 and 1. Nothing is right within a few clips."""

    def __init__(self) -> None:
        self.labels: list[torch.Tensor] = []
        self.probabilities: list[torch.Tensor] = []
        self.nll: list[torch.Tensor] = []

    def add(self, logits: torch.Tensor, labels: torch.Tensor) -> None:
        self.labels.append(labels.bool())
        self.probabilities.append(logits.sigmoid())
        self.nll.append(binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(1))

    def hits(self, first: int) -> dict[str, torch.Tensor]:
        return {}

    def outcomes(self) -> MultiLabelOutcomes:
        columns = (torch.cat(each).cpu().numpy() for each in (self.labels, self.probabilities, self.nll))
        return MultiLabelOutcomes(*columns)
