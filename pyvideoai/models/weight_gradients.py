"""Weight gradients of 3-D convolutions in bf16 on a CPU, by matrix products.

On processors with AMX, oneDNN's own kernel for them (brgconv_bwd_w in torch 2.14) reads memory that nobody has written:
of i3d_resnet50's 26 sizes of convolutions three had gradients that were 2 to 15 % off or NaN, and others at each call.
Right, within the 0.3 % of bf16's rounding, were its outputs, its gradients of inputs, and all of 2-D convolutions.
"""

from functools import partial
from itertools import product
from typing import Any

import torch
from torch import nn

FEW_CHANNELS = 16  # as the first layer has: matrix products with so few columns cost more than float32


def mend_weight_gradients(model: nn.Module) -> None:
    """Let each 3-D convolution module compute its weight gradients by matrix products where it runs in bf16.

    That is, within torch.autocast("cpu", torch.bfloat16) while gradients are recorded; nothing else changes, neither
    the outputs nor what a checkpoint holds. Modules with a forward pass of their own, or with padding that isn't of
    zeros, stay as they are.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv3d) and module.padding_mode == "zeros" and isinstance(module.padding, tuple):
            geometry = (module.stride, module.padding, module.dilation, module.groups)
            # Of the instance: it stays with a module that is copied, or gets another class (FSDP2).
            module._conv_forward = partial(_forward, geometry)  # type: ignore[method-assign, assignment]


Geometry = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]  # stride, padding, dilation, groups


def _forward(geometry: Geometry, inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    stride, padding, dilation, groups = geometry
    if not (_in_bf16(inputs) and torch.is_grad_enabled() and weight.requires_grad):
        return nn.functional.conv3d(inputs, weight, bias, stride, padding, dilation, groups)  # type: ignore[arg-type]
    outputs = _Convolution.apply(inputs.bfloat16(), weight.bfloat16(), geometry)
    return outputs if bias is None else outputs + bias.bfloat16().view(-1, 1, 1, 1)


def _in_bf16(inputs: torch.Tensor) -> bool:
    autocast = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    return inputs.device.type == "cpu" and autocast


class _Convolution(torch.autograd.Function):
    """Convolve bf16 (N, C, T, H, W) with a bf16 weight."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, weight: torch.Tensor, geometry: Geometry) -> torch.Tensor:
        ctx.save_for_backward(inputs, weight)
        ctx.geometry = geometry
        stride, padding, dilation, groups = geometry
        return torch.ops.aten.convolution(inputs, weight, None, stride, padding, dilation, False, [0, 0, 0], groups)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor, None]:
        inputs, weight = ctx.saved_tensors
        (gradient,) = gradients
        of_inputs = None
        if ctx.needs_input_grad[0]:
            of_inputs = _torchs_own(gradient, inputs, weight, ctx.geometry, of="inputs")
        return of_inputs, weight_gradient(gradient, inputs, weight, ctx.geometry), None


def weight_gradient(
    gradient: torch.Tensor, inputs: torch.Tensor, weight: torch.Tensor, geometry: Geometry
) -> torch.Tensor:
    """Return the weight's gradient in bf16, from the gradient of the outputs.

    For each place of the kernel it is a matrix product: (channels out, N x places) by (N x places, channels in).
    """
    stride, padding, dilation, groups = geometry
    if groups > 1 or inputs.shape[1] < FEW_CHANNELS:
        return _torchs_own(gradient.float(), inputs.float(), weight.float(), geometry, of="weight").bfloat16()
    kernel = weight.shape[2:]
    padded = nn.functional.pad(inputs, [amount for each in reversed(padding) for amount in (each, each)])
    pixels = padded.movedim(1, -1)
    outputs = gradient.movedim(1, -1).reshape(-1, gradient.shape[1]).t()
    found = torch.empty(weight.shape, dtype=weight.dtype)
    for place in product(*map(range, kernel)):
        starts = [at * step for at, step in zip(place, dilation, strict=True)]
        seen = tuple(
            slice(start, start + step * (size - 1) + 1, step)
            for start, step, size in zip(starts, stride, gradient.shape[2:], strict=True)
        )
        found[(..., *place)] = outputs @ pixels[(slice(None), *seen)].reshape(-1, inputs.shape[1])
    return found


def _torchs_own(
    gradient: torch.Tensor, inputs: torch.Tensor, weight: torch.Tensor, geometry: Geometry, *, of: str
) -> torch.Tensor:
    """Return the gradient of the "inputs" or of the "weight"."""
    stride, padding, dilation, groups = geometry
    wanted = [of == "inputs", of == "weight", False]
    found = torch.ops.aten.convolution_backward(
        gradient, inputs, weight, None, stride, padding, dilation, False, [0, 0, 0], groups, wanted
    )
    return found[wanted.index(True)]
