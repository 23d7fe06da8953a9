"""The last step before the network, on its device: uint8 pixels to normalised floats."""

import torch
from torch import nn

from pyvideoai.models.normalise import Normalise


class ToInput(nn.Module):
    """uint8 (N, T, H, W, 3) to contiguous float32 (N, 3, T, H, W): (pixel - mean) / std per channel, on 0-255."""

    def __init__(self, normalise: Normalise) -> None:
        super().__init__()
        pair = (torch.tensor(each, dtype=torch.float32) for each in (normalise.mean, normalise.std))
        mean, std = (each.view(3, 1, 1, 1) for each in pair)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("scale", 1 / std, persistent=False)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return self.normalise(to_planes(clips))

    def normalise(self, planes: torch.Tensor) -> torch.Tensor:
        """Pixels of `to_planes` to what the network was trained on, in place."""
        return planes.sub_(self.mean).mul_(self.scale)

    def pixels(self, inputs: torch.Tensor) -> torch.Tensor:
        """float32 (N, 3, T, H, W) back to uint8 (N, T, H, W, 3), on the CPU; what is out of 0-255 is cut."""
        return inputs.div(self.scale).add_(self.mean).round_().clamp_(0, 255).byte().permute(0, 2, 3, 4, 1).cpu()


def to_planes(clips: torch.Tensor) -> torch.Tensor:
    """uint8 (N, T, H, W, 3) to contiguous float32 (N, 3, T, H, W), 0-255."""
    # cast and reorder in one pass, then in place: an eighth of the time of arithmetic on channels-last pixels
    return clips.permute(0, 4, 1, 2, 3).to(torch.float32, memory_format=torch.contiguous_format, copy=True)
