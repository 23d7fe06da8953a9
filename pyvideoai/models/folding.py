"""Fold batch norm into the convolution before it, in a copy of a network that is only evaluated."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from pyvideoai.models.affine import Affine

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
NORMS = (*BATCH_NORMS, Affine)
ROUNDING = 1e-4  # of the size of logits in float32; a wrong pair changes far more
COARSE = 1e-2  # on devices whose convolutions may compute in TF32
SMALLER = 4  # height and width of the clip that a network is traced with are those of its input by this

Pair = tuple[str, str]  # names of a convolution and of the norm behind it


def folded(model: nn.Module, inputs: Tensor, *, around: str = "") -> nn.Module:
    """Return a copy of a network in evaluation mode whose convolutions do what the batch norm behind them did.

    inputs: float (N, 3, T, H, W) on its device, of which only the shape counts. around: the name of a module into which
    the same goes as before, and out of which the same comes. The network itself stays as it is, and is returned if
    there is nothing to fold, or if the copy gives other logits: they may differ by rounding only.
    """
    kinds = {type(module) for module in model.modules()}
    if not kinds.intersection(NORMS) or not kinds.intersection(CONVOLUTIONS):
        return model
    if _is_compiled(model) or _is_watched(model):
        return model
    for noise in _noise(inputs):
        try:
            return _checked(copy.deepcopy(model).eval(), noise, around) or model
        except Exception:  # of a network that wants larger clips, or can't be copied; its own pass tells what is wrong
            continue
    return model


def _noise(inputs: Tensor) -> Iterator[Tensor]:
    """Yield clips that are the same for all processes: a small one, which costs little, and one of the inputs' size."""
    shape = inputs.shape[1:]
    small = (*shape[:-2], shape[-2] // SMALLER, shape[-1] // SMALLER)
    for size in (small, shape):
        yield torch.randn(1, *size, generator=torch.Generator().manual_seed(0)).to(inputs)


def _is_compiled(model: nn.Module) -> bool:
    """Return whether a user's own code has compiled a part of the network, which a copy would lose.

    The whole, in place, is what the setting `compile` does: the copy is compiled anew.
    """
    return any(
        isinstance(each, torch.jit.ScriptModule)
        or hasattr(each, "_orig_mod")
        or (each._compiled_call_impl is not None and each is not model)
        for each in model.modules()
    )


def _is_watched(model: nn.Module) -> bool:
    """Return whether somebody's hooks see what passes through the network: they would be given noise as well."""
    return any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@torch.no_grad()
def _checked(network: nn.Module, noise: Tensor, around: str) -> nn.Module | None:
    """Fold in place; return the network, or None if it has no pairs, or gives other logits than before."""
    logits, pairs = _traced(network, noise)
    for pair in pairs:
        # A pair across the border would change what passes there.
        if not around or len({f"{name}.".startswith(f"{around}.") for name in pair}) == 1:
            _fold(network, *pair)
    # Not `>`, which is False for NaN.
    bound = ROUNDING if noise.device.type == "cpu" else COARSE
    close = pairs and (network(noise) - logits).norm() <= bound * logits.norm()
    return network if close else None


def _fold(network: nn.Module, convolution: str, norm: str) -> None:
    layer = network.get_submodule(convolution)
    scale, shift = _scale_and_shift(network.get_submodule(norm))
    weight, bias = layer.weight, 0 if layer.bias is None else layer.bias.double()
    # New parameters: another layer may share the old ones. The weight's memory format stays.
    scaled = weight.double() * scale.view(-1, *[1] * (weight.ndim - 1))
    layer.weight = nn.Parameter(scaled.to(weight.dtype), requires_grad=False)
    layer.bias = nn.Parameter((bias * scale + shift).to(weight.dtype), requires_grad=False)
    network.set_submodule(norm, nn.Identity())


def _scale_and_shift(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Return what a norm multiplies each channel by, and what it then adds: float64 (channels,)."""
    if isinstance(norm, Affine):
        return norm.weight.double(), norm.bias.double()
    scale = (norm.running_var.double() + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight.double()
    shift = -norm.running_mean.double() * scale
    return scale, shift if norm.bias is None else shift + norm.bias.double()


def _traced(network: nn.Module, inputs: Tensor) -> tuple[Tensor, list[Pair]]:
    """Run a network; return its logits and the pairs that can be folded.

    A convolution and a norm are a pair if each runs once and nothing but this norm reads what this convolution gives,
    whatever the code between them looks like.
    """
    trace = _Trace()
    with trace.of(network), trace:
        logits = network(inputs)
    return logits, trace.pairs()


class _Trace(TorchFunctionMode):
    """See which norm reads which convolution's output, and which outputs something else reads."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs = WeakTensorKeyDictionary()  # of convolutions: their names
        self.calls, self.readers = Counter[str](), list[Pair]()
        self.read_elsewhere, self.in_norm = set[str](), False

    def __torch_function__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        if not self.in_norm:
            self.read_elsewhere |= {self.outputs[each] for each in _tensors((args, kwargs)) if each in self.outputs}
        return function(*args, **kwargs)

    @contextmanager
    def of(self, network: nn.Module) -> Iterator[None]:
        handles = []
        for name, module in network.named_modules():
            if type(module) in CONVOLUTIONS and "weight" in module._parameters:
                handles.append(module.register_forward_hook(self._after_convolution(name)))
            elif _is_fixed(module):
                handles.append(module.register_forward_pre_hook(self._before_norm(name)))
                handles.append(module.register_forward_hook(self._after_norm))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _after_convolution(self, name: str) -> Callable:
        def hook(module: nn.Module, inputs: tuple, output: Tensor) -> None:
            self.calls[name] += 1
            self.outputs[output] = name

        return hook

    def _before_norm(self, name: str) -> Callable:
        def hook(module: nn.Module, inputs: tuple) -> None:
            self.calls[name] += 1
            self.in_norm = True
            if inputs and inputs[0] in self.outputs:
                self.readers.append((self.outputs[inputs[0]], name))

        return hook

    def _after_norm(self, module: nn.Module, inputs: tuple, output: Tensor) -> None:
        self.in_norm = False

    def pairs(self) -> list[Pair]:
        read = Counter(convolution for convolution, _ in self.readers)
        return [
            (convolution, norm)
            for convolution, norm in self.readers
            if read[convolution] == self.calls[convolution] == self.calls[norm] == 1
            and convolution not in self.read_elsewhere
        ]


def _tensors(value: object) -> Iterator[Tensor]:
    """Yield the tensors in the arguments of a function: by themselves, or in lists as torch.cat takes them."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each)


def _is_fixed(module: nn.Module) -> bool:
    """Return whether a module is a norm that multiplies and adds the same numbers whatever it is given."""
    if type(module) not in NORMS or module.training:
        return False
    return isinstance(module, Affine) or module.running_mean is not None
