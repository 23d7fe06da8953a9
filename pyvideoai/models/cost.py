"""Measure what a network costs: operations and memory counted without computing anything, and speed on this machine."""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

ClipShape = tuple[int, int, int, int]


class Cost(NamedTuple):
    """Hold the cost of a network.

    parameters: those that train. gmacs: billions of multiply-accumulates of one forward pass of one clip. kept_mib: MiB
    that a training step keeps of one clip for its backward pass (float32).
    """

    parameters: int
    gmacs: float
    kept_mib: float


class Speed(NamedTuple):
    """Hold clips per second: of a forward pass in evaluation, and of forward and backward passes in training."""

    forward: float
    training: float


def cost(make: Callable[[], nn.Module], clip: ClipShape) -> Cost:
    """Return the cost of the network that `make` builds, for one clip (channels, frames, height, width).

    Nothing is computed and no memory used. Convolutions and matrix products are counted by torch's flop counter.
    Norms and pools are not, so that some published numbers are higher: I3D's by up to 1 %, X3D's by 8 %.
    """
    # Tensors on "meta" have shapes and no content: operations and saved bytes can be counted for networks of any size.
    with torch.device("meta"):
        model, clips = make().eval(), torch.empty(2, *clip)
    # MATH: attention as plain matrix products, which the counter knows. With gradients: without them torch takes a
    # shortcut for attention that it doesn't count.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(clips[:1])
    parameters = sum(each.numel() for each in model.parameters())
    # torch counts a multiplication and its addition as two operations.
    return Cost(parameters, counter.get_total_flops() / 2e9, _kept_bytes(model, clips) / len(clips) / 2**20)


def _kept_bytes(model: nn.Module, clips: Tensor) -> int:
    """Return the bytes that a training step saves for its backward pass, without the parameters."""
    kept = {}
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: _note(kept, tensor), lambda tensor: tensor):
        model.train()(clips)
    for parameter in model.parameters():
        kept.pop(parameter.untyped_storage()._cdata, None)
    return sum(storage.nbytes() for storage in kept.values())


def _note(kept: dict[int, torch.UntypedStorage], tensor: Tensor) -> Tensor:
    # Views of one tensor share a storage, which takes memory once: count storages and not tensors.
    # By address, since torch makes a new Python object at each call; kept, so that no other storage gets that address.
    storage = tensor.untyped_storage()
    kept[storage._cdata] = storage
    return tensor


def speed(model: nn.Module, clips: Tensor, seconds: float) -> Speed:
    """Time `model` on `clips` (N, C, T, H, W), both on one device, each way for at least `seconds` after a warm-up."""

    def forward() -> None:
        with torch.no_grad():
            model(clips)

    def train() -> None:
        model(clips).float().square().mean().backward()
        model.zero_grad()

    # Calls return before a GPU has done its work.
    synchronise = torch.cuda.synchronize if clips.is_cuda else (lambda: None)
    model.eval()
    evaluated = _per_second(forward, synchronise, seconds)
    model.train()
    return Speed(evaluated * len(clips), _per_second(train, synchronise, seconds) * len(clips))


def _per_second(step: Callable[[], None], synchronise: Callable[[], None], seconds: float) -> float:
    step()
    synchronise()
    count, start = 0, time.perf_counter()
    while True:
        step()
        synchronise()
        count, elapsed = count + 1, time.perf_counter() - start
        if elapsed >= seconds:
            return count / elapsed
