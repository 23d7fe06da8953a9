"""The batches that the loaders give to the engine."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import torch

from pyvideoai.data.cuts import Cuts
from pyvideoai.data.device import Put
from pyvideoai.data.facts import FACTS


@dataclass(frozen=True)
class Failure:
    """A video that could not be decoded, and why."""

    video: str
    reason: str


@dataclass
class TrainBatch:
    """Hold the clips of one forward pass in training.

    pixels: what `on` makes the clips of. labels: of the clips after mirroring, int64 (N,); for multi-label data float32
    (N, classes), 1 for the clip's classes, else 0. rows: int64 (N,), the table's rows of the clips. flipped: bool (N,),
    which clips the device must mirror. epoch (from 1) and positions, int64 (N,), the clips' places in its order:
    everything that is drawn for a clip derives from these. failures: videos of this batch that could not be decoded;
    other videos have taken their places. frames: int64 (N, T), the indices of the clips' frames in their videos.
    """

    pixels: torch.Tensor | Cuts
    labels: torch.Tensor
    rows: torch.Tensor
    flipped: torch.Tensor
    positions: torch.Tensor
    epoch: int
    failures: list[Failure] = field(default_factory=list)
    frames: torch.Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))

    def __post_init__(self) -> None:
        self.frames = _one_each(self.frames, self.rows)

    def pin_memory(self) -> "TrainBatch":
        # The DataLoader calls it by this name. Rows, flips and positions are read on the CPU and needn't be pinned.
        return replace(self, pixels=self.pixels.pin_memory(), labels=self.labels.pin_memory())

    def moved(self, put: Put) -> "TrainBatch":
        """Return the batch with what the device needs of it put there."""
        return replace(self, pixels=_put(self.pixels, put), labels=put(self.labels))

    @cached_property
    def clips(self) -> torch.Tensor:
        """Return the clips as `on` makes them, on the CPU."""
        return self.on("cpu")

    def on(self, device: torch.device | str) -> torch.Tensor:
        """Return uint8 (N, T, H, W, 3), RGB, not mirrored yet, made on a device."""
        return self.pixels.to(device, non_blocking=True)


@dataclass
class ViewBatch:
    """Hold all views of some videos.

    pixels: what `on` makes the views of. rows: int64 (videos,). labels: as in `TrainBatch`. Videos that could not be
    decoded are only in `failures`. facts: float32 (videos, len(FACTS)), what `facts.facts_of` says of each video; NaN
    where it is not known. frames: int64 (videos, views, T), the indices of the views' frames in their videos.
    """

    pixels: torch.Tensor | Cuts
    labels: torch.Tensor
    rows: torch.Tensor
    failures: list[Failure] = field(default_factory=list)
    facts: torch.Tensor = field(default_factory=lambda: torch.empty(0))
    frames: torch.Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))

    def __post_init__(self) -> None:
        if len(self.facts) != len(self.rows):
            self.facts = torch.full((len(self.rows), len(FACTS)), torch.nan)
        self.frames = _one_each(self.frames, self.rows)

    def pin_memory(self) -> "ViewBatch":
        # `scoring.trained` copies labels to where the logits are, and keeps them for the predictions too.
        return replace(self, pixels=self.pixels.pin_memory(), labels=self.labels.pin_memory())

    def moved(self, put: Put) -> "ViewBatch":
        """Return the batch with its pixels on the device; what is kept of a video stays on the host."""
        return replace(self, pixels=_put(self.pixels, put))

    @cached_property
    def clips(self) -> torch.Tensor:
        """Return the views as `on` makes them, on the CPU."""
        return self.on("cpu")

    def on(self, device: torch.device | str) -> torch.Tensor:
        """Return uint8 (videos, views, T, H, W, 3), RGB, made on a device."""
        clips = self.pixels.to(device, non_blocking=True)
        return clips.unflatten(0, (len(self.rows), -1)) if isinstance(self.pixels, Cuts) else clips


def all_moved(batches: list[TrainBatch], put: Put) -> list[TrainBatch]:
    """Return the batches of a step, each `moved`."""
    return [batch.moved(put) for batch in batches]


def _put(pixels: torch.Tensor | Cuts, put: Put) -> torch.Tensor | Cuts:
    return put(pixels) if isinstance(pixels, torch.Tensor) else replace(pixels, memory=put(pixels.memory))


def _one_each(frames: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Return frames for each row: none, int64 (N, 0), where they are not known."""
    # Also empty ones have an entry a row, so that batches can be joined.
    return frames if len(frames) == len(rows) else torch.empty(len(rows), 0, dtype=torch.int64)
