"""3-D convolutions in bf16 on a CPU, done by 2-D ones where oneDNN's own are wrong or slow.

On processors with AMX, oneDNN's kernel for the weight gradients of 3-D convolutions (brgconv_bwd_w in torch 2.14)
reads memory that nobody has written: of i3d_resnet50's 26 sizes of convolutions three had gradients that were 2 to 15 %
off or NaN, and others at each call. Right, within the 0.3 % of bf16's rounding, were its outputs, its gradients of
inputs, and all of 2-D convolutions. The first convolution of a network, that of pixels, is right but slow:
i3d_resnet50's takes 31 ms for two clips, and a 2-D one with all frames of a place as its channels 14.
"""

from functools import partial
from typing import Any

import torch
from torch import nn

OF_PIXELS = 3  # channels; with 8, in (3, 1, 1) places, 2-D convolutions took five times as long as 3-D ones


def replace_slow_and_wrong(model: nn.Module) -> None:
    """Let each 3-D convolution module compute by 2-D ones, where it runs in bf16, what oneDNN's 3-D ones can't do well.

    That is, within torch.autocast("cpu", torch.bfloat16): weight gradients, and all of a convolution of pixels.
    Nothing else changes, nor does what a checkpoint holds. Modules with a forward pass of their own, or with padding
    that isn't of zeros, stay as they are.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv3d) and module.padding_mode == "zeros" and isinstance(module.padding, tuple):
            geometry = (module.stride, module.padding, module.dilation, module.groups)
            # Of the instance: it stays with a module that is copied, or gets another class (FSDP2).
            module._conv_forward = partial(_forward, geometry)  # type: ignore[method-assign, assignment]


Geometry = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]  # stride, padding, dilation, groups


def _forward(geometry: Geometry, inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    stride, padding, dilation, groups = geometry
    if _in_bf16(inputs):
        if inputs.shape[1] <= OF_PIXELS and groups == 1:
            return _by_frames(inputs.bfloat16(), weight.bfloat16(), bias, geometry)
        if torch.is_grad_enabled() and weight.requires_grad:
            outputs = _Convolution.apply(inputs.bfloat16(), weight.bfloat16(), geometry)
            return outputs if bias is None else outputs + bias.bfloat16().view(-1, 1, 1, 1)
    return nn.functional.conv3d(inputs, weight, bias, stride, padding, dilation, groups)  # type: ignore[arg-type]


def _in_bf16(inputs: torch.Tensor) -> bool:
    autocast = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    return inputs.device.type == "cpu" and autocast


def _by_frames(
    inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, geometry: Geometry
) -> torch.Tensor:
    """Convolve by one 2-D convolution of the frames that each output sees, side by side as channels."""
    (_, *stride), (_, *padding), (_, *dilation), _ = geometry
    frames = _frames_seen(inputs, weight.shape[2], geometry).contiguous(memory_format=torch.channels_last)
    outputs = nn.functional.conv2d(frames, _flat(weight), bias, stride, padding, dilation)
    outputs = outputs.unflatten(0, (len(inputs), -1)).transpose(1, 2)
    # As the 3-D convolution would lay it out.
    last = weight.is_contiguous(memory_format=torch.channels_last_3d)
    return outputs if last else outputs.contiguous()


class _Convolution(torch.autograd.Function):
    """Convolve bf16 (N, C, T, H, W) with a bf16 weight."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, weight: torch.Tensor, geometry: Geometry) -> torch.Tensor:
        ctx.save_for_backward(inputs, weight)
        ctx.geometry = geometry
        stride, padding, dilation, groups = geometry
        return torch.ops.aten.convolution(inputs, weight, None, stride, padding, dilation, False, [0, 0, 0], groups)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None, None]:
        inputs, weight = ctx.saved_tensors
        (gradient,) = gradients
        of_inputs = of_weight = None
        if ctx.needs_input_grad[0]:
            of_inputs = _gradient_of("inputs", gradient, inputs, weight, ctx.geometry)
        if ctx.needs_input_grad[1]:
            of_weight = weight_gradient(gradient, inputs, weight, ctx.geometry)
        return of_inputs, of_weight, None


def weight_gradient(
    gradient: torch.Tensor, inputs: torch.Tensor, weight: torch.Tensor, geometry: Geometry
) -> torch.Tensor:
    """Return the weight's gradient in bf16, from the gradient of the outputs."""
    stride, padding, _, groups = geometry
    places, *kernel = weight.shape[2:]
    if groups > 1:
        return _gradient_of("weight", gradient.float(), inputs.float(), weight.float(), geometry).bfloat16()
    if kernel == [1, 1] and not any(padding[1:]):
        seen = inputs[..., :: stride[1], :: stride[2]]
        if places == 1 and not padding[0]:
            return (_pixels(gradient).t() @ _pixels(seen[:, :, :: stride[0]])).view(weight.shape)
        # All of space side by side is the width of a picture whose height is time.
        along = [(each[0], other) for each, other in zip(geometry[:3], (1, 0, 1), strict=True)]
        found = _gradient_of("weight", gradient.flatten(3), seen.flatten(3), weight[..., 0], (*along, 1))
        return found.unsqueeze(-1)
    in_space = [each[1:] for each in geometry[:3]]
    frames = _frames_seen(inputs, places, geometry)
    found = _gradient_of("weight", _by_time(gradient), frames, _flat(weight), (*in_space, 1))
    return found.unflatten(1, (places, -1)).transpose(1, 2)


def _frames_seen(inputs: torch.Tensor, places: int, geometry: Geometry) -> torch.Tensor:
    """Turn (N, C, T, H, W) into (N x outputs in time, places of the kernel in time x C, H, W)."""
    (stride, *_), (padding, *_), (dilation, *_), _ = geometry
    padded = nn.functional.pad(inputs, (0, 0, 0, 0, padding, padding)) if padding else inputs
    span = padded.shape[2] - dilation * (places - 1)
    starts = [dilation * place for place in range(places)]
    seen = [padded[:, :, start : start + span : stride] for start in starts]
    # Of two ways the one that copies once: with the channels last, clips and time lie side by side already.
    if inputs.is_contiguous(memory_format=torch.channels_last_3d):
        return _by_time(torch.cat(seen, dim=1))
    return torch.cat([each.transpose(1, 2) for each in seen], dim=2).flatten(0, 1)


def _by_time(clips: torch.Tensor) -> torch.Tensor:
    """Turn (N, C, T, H, W) into (N x T, C, H, W)."""
    return clips.transpose(1, 2).flatten(0, 1)


def _flat(weight: torch.Tensor) -> torch.Tensor:
    """Turn (C out, C, places in time, height, width) into (C out, places x C, height, width)."""
    return weight.transpose(1, 2).flatten(1, 2).contiguous(memory_format=torch.channels_last)


def _pixels(clips: torch.Tensor) -> torch.Tensor:
    """Turn (N, C, T, H, W) into (N x T x H x W, C)."""
    return clips.movedim(1, -1).flatten(0, -2)


def _gradient_of(
    what: str, gradient: torch.Tensor, inputs: torch.Tensor, weight: torch.Tensor, geometry: Geometry
) -> torch.Tensor:
    """Return torch's gradient of the "inputs" or of the "weight"."""
    stride, padding, dilation, groups = geometry
    wanted = [what == "inputs", what == "weight", False]
    found = torch.ops.aten.convolution_backward(
        gradient, inputs, weight, None, stride, padding, dilation, False, [0] * len(stride), groups, wanted
    )
    return found[wanted.index(True)]
