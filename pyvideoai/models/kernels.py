"""Which of torch's kernels a network runs: by how its weights lie in memory, and by what its device does badly."""

import torch
from torch import nn

from pyvideoai.models.bf16_convolutions import replace_slow_and_wrong
from pyvideoai.models.memory_format import set_memory_format


def choose_kernels(model: nn.Module, memory_format: str, amp: str, device: torch.device) -> None:
    """Lay out a network's weights, and let 3-D convolutions in bf16 on a CPU be computed rightly and fast.

    The same for training and for scoring, which so repeats to the digit what validation found.
    """
    set_memory_format(model, memory_format)
    if amp == "bf16" and device.type == "cpu":
        replace_slow_and_wrong(model)
