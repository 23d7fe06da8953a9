"""Bring data to a GPU without waiting for it: batches one ahead, on a stream of their own, and small numbers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

T = TypeVar("T")
Put = Callable[[Tensor], Tensor]  # starts a tensor's way to the device


def on_device(numbers: Any, like: Tensor) -> Tensor:
    """Return numbers as a tensor of the dtype and on the device of another one.

    `like.new_tensor(numbers)` and `torch.tensor(numbers, device=like.device)` do the same, but wait until a GPU has
    done all that it was given before.
    """
    return torch.as_tensor(numbers, dtype=like.dtype).to(like.device, non_blocking=True)


class NeverWaiting(TorchFunctionMode):
    """Let code that isn't ours make tensors as `on_device` does wherever it calls torch.tensor(..., device=...)."""

    def __torch_function__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if function is not torch.tensor or not kwargs or kwargs.get("device") is None:
            return function(*args, **(kwargs or {}))
        device = kwargs.pop("device")
        return torch.tensor(*args, **kwargs).to(device, non_blocking=True)


def ahead(items: Iterable[T], device: torch.device, moved: Callable[[T, Put], T]) -> Iterator[T]:
    """Yield items whose tensors lie on a GPU; each is copied while the GPU computes with the one before.

    moved: returns an item with the tensors that the GPU needs replaced by what `Put` returns; pinned ones are copied in
    the background. Other devices get the items as they are.
    """
    if device.type != "cuda":
        yield from items
        return
    copies, before = Copies(device), None
    for item in items:
        coming = OnItsWay(item, moved, copies)
        if before is not None:
            yield before.arrived()
        before = coming
    if before is not None:
        yield before.arrived()


class Copies:
    """Copy tensors to a GPU on a stream of its own, beside what the GPU computes."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.stream = device, torch.cuda.Stream(device)

    def start(self, tensor: Tensor) -> Tensor:
        # torch's allocator of pinned memory keeps the original until its copy is done.
        with torch.cuda.stream(self.stream):
            return tensor.to(self.device, non_blocking=True)

    def mark(self) -> torch.cuda.Event:
        """Return an event that comes when everything that was started is there."""
        return self.stream.record_event()

    def hand_over(self, tensors: Iterable[Tensor], there: torch.cuda.Event) -> None:
        """Let the stream that computes wait for the copies, and the host for nothing."""
        computing = torch.cuda.current_stream(self.device)
        computing.wait_event(there)
        for tensor in tensors:
            # Its memory belongs to the other stream, which would otherwise reuse it as soon as Python lets go of it.
            tensor.record_stream(computing)


class OnItsWay(Generic[T]):
    """Hold an item whose tensors are being copied."""

    def __init__(self, item: T, moved: Callable[[T, Put], T], copies: Copies) -> None:
        self.copies, self.tensors = copies, list[Tensor]()
        self.item = moved(item, self._put)
        self.there = copies.mark()

    def _put(self, tensor: Tensor) -> Tensor:
        self.tensors.append(self.copies.start(tensor))
        return self.tensors[-1]

    def arrived(self) -> T:
        self.copies.hand_over(self.tensors, self.there)
        return self.item
