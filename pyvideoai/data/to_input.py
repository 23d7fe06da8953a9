"""The last step before the network, on its device: uint8 pixels to normalised floats."""

import torch
from torch import nn

from pyvideoai.models.normalise import Normalise


class ToInput(nn.Module):
    """uint8 (N, T, H, W, 3) to float32 (N, 3, T, H, W): (pixel - mean) / std per channel, on 0-255."""

    def __init__(self, normalise: Normalise) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(normalise.mean), persistent=False)
        self.register_buffer("scale", 1 / torch.tensor(normalise.std), persistent=False)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return ((clips.float() - self.mean) * self.scale).permute(0, 4, 1, 2, 3).contiguous()
