"""Compile a network by torch.compile, or say in one line why that can't be done here."""

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError


def compile_network(network: nn.Module, device: torch.device) -> None:
    """Let a network be compiled at its first pass, in place: names of parameters and the state stay as they are.

    Raises UserError if torch can't compile for this device, which is tried on a small function.
    """
    try:
        torch.compile(_small)(torch.ones(8, device=device))
    except Exception as error:  # whatever a missing compiler, headers or Triton raise
        told = " ".join(str(error).split())[:200]
        raise UserError(
            f"compile = True: torch.compile doesn't work here on {device} ({type(error).__name__}: {told}); it needs a "
            "C++ compiler, and Triton on a GPU; or set compile = False"
        ) from error
    network.compile()


def _small(values: Tensor) -> Tensor:
    return values.sin() + values
