"""How the weights of convolutions lie in memory: as torch makes them, or with the channels last."""

import torch
from torch import nn

FORMATS = ("contiguous", "channels_last")
_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}  # by the dimensions of a weight


def set_memory_format(model: nn.Module, name: str) -> None:
    """Lay out the weights of 2-D and 3-D convolutions as `name` says, "contiguous" or "channels_last".

    That decides for the whole network: a convolution whose weight has its channels last computes so, converts an input
    that has them elsewhere, and gives its output likewise. Values and shapes stay; results differ by rounding.
    """
    for parameter in model.parameters():
        if parameter.ndim in _CHANNELS_LAST:
            layout = _CHANNELS_LAST[parameter.ndim] if name == "channels_last" else torch.contiguous_format
            if not parameter.is_contiguous(memory_format=layout):
                # .data: the parameter itself stays, which an optimiser may know already.
                parameter.data = parameter.data.contiguous(memory_format=layout)
