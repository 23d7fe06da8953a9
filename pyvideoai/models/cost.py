"""What a network costs: parameters and multiply-accumulates, counted without computing anything."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


class Cost(NamedTuple):
    """Trainable parameters, and billions of multiply-accumulates of one forward pass of one clip."""

    parameters: int
    gmacs: float


def cost(make: Callable[[], nn.Module], clip: tuple[int, int, int, int]) -> Cost:
    """The cost of the network that `make` builds on one clip (channels, frames, height, width); no memory is used.

    Convolutions and matrix products count, as torch's flop counter has them, and additions (norms, pools) do not, so
    that some published numbers are up to 1 % higher.
    """
    with torch.device("meta"):
        model, clips = make().eval(), torch.empty(1, *clip)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        model(clips)
    return Cost(sum(each.numel() for each in model.parameters()), counter.get_total_flops() / 2e9)
