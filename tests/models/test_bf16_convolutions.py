"""Convolutions in bf16 on a CPU: outputs and gradients are float32's but for rounding, and nothing else changes."""

import copy

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from pyvideoai.models.bf16_convolutions import replace_slow_and_wrong

# name: (convolution, size of its input)
CASES = {
    "pointwise with a stride": (lambda: nn.Conv3d(256, 512, 1, stride=(1, 2, 2), bias=False), (1, 256, 1, 56, 56)),
    "over time": (lambda: nn.Conv3d(256, 128, (3, 1, 1), padding=(1, 0, 0), bias=False), (1, 256, 2, 56, 56)),
    "over space, with a stride": (lambda: nn.Conv3d(128, 128, (1, 3, 3), (1, 2, 2), (0, 1, 1)), (1, 128, 2, 56, 56)),
    "dilated, with a bias": (lambda: nn.Conv3d(16, 24, 3, padding=2, dilation=2), (2, 16, 4, 9, 7)),
    "over all three": (lambda: nn.Conv3d(32, 24, 3, (2, 1, 1), 1, bias=False), (2, 32, 5, 9, 7)),
    "over time, padded in space": (lambda: nn.Conv3d(16, 24, (3, 1, 1), padding=1), (2, 16, 4, 9, 7)),
    "grouped": (lambda: nn.Conv3d(32, 32, 3, padding=1, groups=32), (2, 32, 4, 7, 7)),
    "the first": (lambda: nn.Conv3d(3, 16, (5, 7, 7), (1, 2, 2), (2, 3, 3)), (1, 3, 4, 32, 32)),
    "its padding is a word": (lambda: nn.Conv3d(16, 16, 3, padding="same"), (1, 16, 4, 8, 8)),
}


def _gradients(layer: nn.Module, inputs: torch.Tensor, *, bf16: bool) -> dict[str, torch.Tensor]:
    inputs = inputs.clone().requires_grad_()
    layer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        outputs = layer(inputs)
    _leave_nan_in_free_memory()
    outputs.float().backward(torch.randn(outputs.shape, generator=torch.Generator().manual_seed(1)))
    return {"inputs": inputs.grad, **{name: value.grad.clone() for name, value in layer.named_parameters()}}


def _leave_nan_in_free_memory() -> None:
    """Make a kernel that reads what it has not written show it."""
    held = [torch.full((size,), float("nan")) for size in (1 << 22, 1 << 18, 1 << 15) for _ in range(8)]
    held.clear()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d], ids=["contiguous", "last"])
@pytest.mark.parametrize("case", CASES)
def test_gradients_in_bf16_are_those_of_float32_but_for_rounding(case, layout):
    torch.manual_seed(0)
    build, size = CASES[case]
    layer = build().to(memory_format=layout)
    inputs = torch.randn(size)
    expected = _gradients(layer, inputs, bf16=False)
    replace_slow_and_wrong(layer)
    for name, found in _gradients(layer, inputs, bf16=True).items():
        difference = ((found - expected[name]).norm() / expected[name].norm()).item()
        assert difference < 0.01, name


def test_outputs_weights_and_float32_stay_as_they_are():
    torch.manual_seed(0)
    build, size = CASES["over time"]
    plain, inputs = build(), torch.randn(size)
    mended = copy.deepcopy(plain)
    replace_slow_and_wrong(mended)
    mended = copy.deepcopy(mended)  # as an average of weights is
    assert list(mended.state_dict()) == list(plain.state_dict()) and repr(mended) == repr(plain)
    for gradients in (True, False):
        with torch.set_grad_enabled(gradients), torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(mended(inputs), plain(inputs))
    exact, found = (_gradients(layer, inputs, bf16=False) for layer in (plain, mended))
    assert all(torch.equal(found[name], exact[name]) for name in exact)


FIRST_LAYERS = {
    "over time": lambda: nn.Conv3d(3, 16, (5, 7, 7), (1, 2, 2), (2, 3, 3), bias=False),
    "of frames": lambda: nn.Conv3d(3, 16, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
    "every second frame, with a bias": lambda: nn.Conv3d(3, 16, (3, 7, 7), (2, 4, 4), (1, 3, 3)),
    "dilated in time": lambda: nn.Conv3d(2, 16, (3, 3, 3), dilation=(2, 1, 1)),
}


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d], ids=["contiguous", "last"])
@pytest.mark.parametrize("case", FIRST_LAYERS)
def test_a_first_layer_gives_what_float32_gives_but_for_rounding(case, layout):
    torch.manual_seed(0)
    layer = FIRST_LAYERS[case]().to(memory_format=layout)
    clips = torch.randn(2, layer.in_channels, 8, 24, 20)
    replace_slow_and_wrong(layer)
    for gradients in (True, False):
        with torch.set_grad_enabled(gradients), torch.autocast("cpu", torch.bfloat16):
            found = layer(clips)
        expected = layer(clips)
        assert found.dtype == torch.bfloat16 and found.shape == expected.shape
        assert found.is_contiguous(memory_format=layout)
        assert ((found - expected).norm() / expected.norm()).item() < 0.01


def test_only_layers_of_pixels_become_2d():
    assert _convolved(nn.Conv3d(3, 16, 3)) == [4] and _convolved(nn.Conv3d(8, 16, 3)) == [5]


def _convolved(layer: nn.Conv3d) -> list[int]:
    """Return the dimensions of what is convolved when the layer is evaluated."""
    replace_slow_and_wrong(layer)
    seen = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            if function is torch.ops.aten.convolution.default:
                seen.append(args[0].ndim)
            return function(*args, **(kwargs or {}))

    with Watch(), torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        layer(torch.randn(1, layer.in_channels, 4, 8, 8))
    return seen


def test_a_copy_trains_its_own_weights():
    layer = nn.Conv3d(16, 16, 1, bias=False)
    replace_slow_and_wrong(layer)
    other = copy.deepcopy(layer)
    _gradients(other, torch.randn(1, 16, 2, 4, 4), bf16=True)
    assert other.weight.grad is not None and layer.weight.grad is None
