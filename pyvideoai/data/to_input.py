"""Take the last step before the network, on its device: turn uint8 pixels into normalised floats."""

import torch
from torch import nn

from pyvideoai.models.normalise import Normalise


class ToInput(nn.Module):
    """Turn uint8 (N, T, H, W, 3) into contiguous float32 (N, 3, T, H, W): (pixel - mean) / std per channel, on
    0-255.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, normalise: Normalise) -> None:
        super().__init__()
        pair = (torch.tensor(each, dtype=torch.float32) for each in (normalise.mean, normalise.std))
        mean, std = (each.view(3, 1, 1, 1) for each in pair)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("scale", 1 / std, persistent=False)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return self.normalise(to_planes(clips))

    def normalise(self, planes: torch.Tensor) -> torch.Tensor:
        """Normalise pixels of `to_planes`, in place."""
        return planes.sub_(self.mean).mul_(self.scale)

    def to_pixels(self, inputs: torch.Tensor) -> torch.Tensor:
        """Turn float32 (N, 3, T, H, W) back into uint8 (N, T, H, W, 3) on the CPU; values beyond 0-255 are clamped."""
        return inputs.div(self.scale).add_(self.mean).round_().clamp_(0, 255).byte().permute(0, 2, 3, 4, 1).cpu()


def to_planes(clips: torch.Tensor) -> torch.Tensor:
    """Turn uint8 (N, T, H, W, 3) into contiguous float32 (N, 3, T, H, W), 0-255."""
    # cast and reorder in one pass, then in place: an eighth of the time of arithmetic on channels-last pixels
    return clips.permute(0, 4, 1, 2, 3).to(torch.float32, memory_format=torch.contiguous_format, copy=True)
