"""What the network is given in training, made on its device: clips mirrored and normalised, and their targets."""

import torch
from torch import nn

from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.to_input import ToInput


class TrainInput(nn.Module):
    """A `TrainBatch` to (float32 (N, 3, T, H, W), labels), on the device of `to_input`."""

    def __init__(self, to_input: ToInput) -> None:
        super().__init__()
        self.to_input = to_input

    def forward(self, batch: TrainBatch) -> tuple[torch.Tensor, torch.Tensor]:
        device = self.to_input.mean.device
        clips = batch.clips.to(device, non_blocking=True)
        if batch.flipped.any():
            clips = mirrored(clips, batch.flipped.to(device, non_blocking=True))
        return self.to_input(clips), batch.labels.to(device, non_blocking=True)


def mirrored(clips: torch.Tensor, flipped: torch.Tensor) -> torch.Tensor:
    """uint8 (N, T, H, W, 3) with left and right swapped in the clips where `flipped`, bool (N,), says so."""
    return torch.where(flipped[:, None, None, None, None], clips.flip(3), clips)
