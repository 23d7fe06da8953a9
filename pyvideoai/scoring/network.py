"""The network as the engine calls it: an error inside it, or logits that don't suit the classes, is one line."""

import sys
from dataclasses import dataclass, replace
from typing import Protocol, cast

import torch
from torch import nn

from pyvideoai.config.run.guard import GuardedHook, in_words
from pyvideoai.errors import UserError, counted
from pyvideoai.models.folding import folded


class Network(Protocol):
    """Describe what can be scored: a torch module, or a guard around one."""

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor: ...
    def eval(self) -> object: ...


@dataclass(frozen=True)
class GuardedNetwork:
    """Call `module`, which `hook` has made: `load_model`, or the experiment's `wrap_model`. Raises ConfigError."""

    module: nn.Module
    hook: GuardedHook
    classes: int

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return logits (N, classes) of float (N, 3, T, H, W); in evaluation also (N, positions, classes)."""
        given = f"{self.name}, given {str(inputs.dtype).removeprefix('torch.')} {tuple(inputs.shape)},"
        logits = self.hook.guard.run(self.module, inputs, doing=given, file=_file_of(self.module))
        self._check(logits, inputs)
        return logits

    def eval(self) -> None:
        """Switch to evaluation: no dropout, and batch norm uses its running statistics."""
        self.module.eval()

    def backward(self, loss: torch.Tensor) -> None:
        """Compute the gradients of `loss`; an error in the network's own backward code is one line."""
        self.hook.guard.run(loss.backward, doing=f"the backward pass of {self.name}", file=_file_of(self.module))

    @property
    def name(self) -> str:
        return f"{self.hook.hook.name}'s network"

    def _check(self, logits: object, inputs: torch.Tensor) -> None:
        wanted = f"({len(inputs)}, {self.classes})"
        # True counts as 1: three dimensions, with positions, only in evaluation.
        if not isinstance(logits, torch.Tensor) or not 2 <= logits.ndim <= 3 - self.module.training:
            positions = "" if self.module.training else f", or ({len(inputs)}, positions, {self.classes})"
            raise self._refused(f"returned {in_words(logits)}; it must return logits of shape {wanted}{positions}")
        if logits.shape[-1] != self.classes:
            fault = f"has {counted(logits.shape[-1], 'output')} for {counted(self.classes, 'class')} of the dataset"
            raise self._refused(f"{fault}; make it with num_classes outputs")
        if len(logits) != len(inputs):
            raise self._refused(f"returned logits {tuple(logits.shape)} for {counted(len(inputs), 'clip')}")
        if self.module.training and torch.is_grad_enabled() and not logits.requires_grad:
            raise self._without_gradient()

    def _without_gradient(self) -> UserError:
        if not any(parameter.requires_grad for parameter in self.module.parameters()):
            return self._refused("has nothing left to train: all of its parameters are frozen")
        return self._refused("returned logits without a gradient: it runs under no_grad, or detaches them")

    def _refused(self, fault: str) -> UserError:
        return self.hook.guard.error(f"{self.name} {fault}")


def for_inference(network: Network, inputs: torch.Tensor, *, compiled: bool = False) -> Network:
    """Return what evaluations run in place of a network: see `models.folding`. inputs: float (N, 3, T, H, W)."""
    if isinstance(network, GuardedNetwork):
        return replace(network, module=_prepared(network.module, inputs, compiled))
    return _prepared(network, inputs, compiled) if isinstance(network, nn.Module) else network


def _prepared(module: nn.Module, inputs: torch.Tensor, compiled: bool) -> nn.Module:
    fast = folded(module, inputs)
    # Around it and not in it: where nothing is folded, `fast` is the network itself.
    if not compiled or fast._compiled_call_impl is not None:
        return fast
    return cast(nn.Module, torch.compile(fast))


def _file_of(module: nn.Module) -> str:
    """Return the file in which the network's class is defined, "" for torch's own classes such as Sequential."""
    name = type(module).__module__
    return "" if name.startswith("torch.") else getattr(sys.modules.get(name), "__file__", None) or ""
