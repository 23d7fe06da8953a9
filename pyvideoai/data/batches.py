"""What the loaders hand to the engine."""

from dataclasses import dataclass, field, replace

import torch


@dataclass(frozen=True)
class Failure:
    """A video that could not be decoded, and why."""

    video: str
    reason: str


@dataclass
class TrainBatch:
    """clips: uint8 (N, T, H, W, 3), RGB, not mirrored yet; labels: int64 (N,), those of the mirrored clips,
    in a multi-label dataset float32 (N, classes), 1 for the clip's classes, else 0;
    rows: int64 (N,), the table's rows of the clips; flipped: bool (N,), which clips the device is to mirror.

    epoch (from 1) and positions, int64 (N,), the clips' places in its order: all that is drawn for a clip derives
    from them. failures: videos of this batch that could not be decoded, whose places other videos have taken.
    """

    clips: torch.Tensor
    labels: torch.Tensor
    rows: torch.Tensor
    flipped: torch.Tensor
    positions: torch.Tensor
    epoch: int
    failures: list[Failure] = field(default_factory=list)

    def pin_memory(self) -> "TrainBatch":
        return replace(self, clips=self.clips.pin_memory(), labels=self.labels.pin_memory())


@dataclass
class ViewBatch:
    """clips: uint8 (videos, views, T, H, W, 3), RGB; rows: int64 (videos,); labels: as `TrainBatch` has them.

    Videos that could not be decoded are in `failures` only.
    """

    clips: torch.Tensor
    labels: torch.Tensor
    rows: torch.Tensor
    failures: list[Failure] = field(default_factory=list)

    def pin_memory(self) -> "ViewBatch":
        return ViewBatch(self.clips.pin_memory(), self.labels, self.rows, self.failures)
