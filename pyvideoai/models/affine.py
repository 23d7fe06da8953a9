"""A frozen scale and shift per channel, in the place of batch norm (video-nonlocal-net's "affine" networks)."""

import torch
from torch import Tensor, nn


class Affine(nn.Module):
    """Compute x * weight + bias over the channels of (N, C, T, H, W); both are buffers, so that nothing trains them."""

    weight: Tensor
    bias: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.bias.view(-1, 1, 1, 1), x, self.weight.view(-1, 1, 1, 1))
