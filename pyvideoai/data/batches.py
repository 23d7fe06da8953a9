"""What the loaders hand to the engine."""

from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Failure:
    """A video that could not be decoded, and why."""

    video: str
    reason: str


@dataclass
class TrainBatch:
    """clips: uint8 (N, T, H, W, 3), RGB; labels: int64 (N,); rows: int64 (N,), the table's rows of the clips.

    failures: videos of this batch that could not be decoded, whose places other videos have taken.
    """

    clips: torch.Tensor
    labels: torch.Tensor
    rows: torch.Tensor
    failures: list[Failure] = field(default_factory=list)

    def pin_memory(self) -> "TrainBatch":
        return TrainBatch(self.clips.pin_memory(), self.labels.pin_memory(), self.rows, self.failures)


@dataclass
class ViewBatch:
    """clips: uint8 (videos, views, T, H, W, 3), RGB; labels and rows: int64 (videos,).

    Videos that could not be decoded are in `failures` only.
    """

    clips: torch.Tensor
    labels: torch.Tensor
    rows: torch.Tensor
    failures: list[Failure] = field(default_factory=list)

    def pin_memory(self) -> "ViewBatch":
        return ViewBatch(self.clips.pin_memory(), self.labels, self.rows, self.failures)
