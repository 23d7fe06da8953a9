"""A device that is pretended: its tensors compute on the CPU, and say that they lie elsewhere.

As with a GPU, a number comes back only by a copy, for which the host waits until the device has done everything before
it. Each such wait is noted with the line of ours that asked for it.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map, tree_map_only

HOST, DEVICE = torch.device("cpu"), torch.device("meta")
# Their results are numbers, or have sizes, that the host must know before it goes on.
ANSWERS = {"_local_scalar_dense", "is_nonzero", "equal"}
SIZES = {"nonzero", "masked_select", "_unique2", "unique_dim", "unique_consecutive", "bincount"}


@contextmanager
def pretended_device() -> Iterator[list[str]]:
    """Let DEVICE be one that computes; give the list of waits, each as "what file.py:line"."""
    waits = list[str]()
    make = torch.Generator
    torch.Generator = lambda device=HOST: make(HOST)
    try:
        with _Computing(waits), _Making(waits):
            yield waits
    finally:
        torch.Generator = make


class OnDevice(torch.Tensor):
    """A tensor on the pretended device; `computed` has its values."""

    computed: torch.Tensor

    @staticmethod
    def __new__(cls, computed: torch.Tensor) -> "OnDevice":
        layout = {"strides": computed.stride(), "storage_offset": computed.storage_offset(), "dtype": computed.dtype}
        made = torch.Tensor._make_wrapper_subclass(cls, computed.shape, **layout, device=DEVICE)
        made.computed = computed
        return made

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        raise AssertionError("used outside of pretended_device()")


class _Computing(TorchDispatchMode):
    """Run each operation on the CPU, and note what would wait."""

    def __init__(self, waits: list[str]) -> None:
        super().__init__()
        self.waits = waits

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs, name = kwargs or {}, function._schema.name.removeprefix("aten::")
        given = dict(zip((each.name for each in function._schema.arguments), args, strict=False)) | kwargs
        there = list[OnDevice]()
        tree_map_only(OnDevice, there.append, given)
        asked = given.get("device")
        is_asked_for = asked is not None and torch.device(asked) == DEVICE
        if not there and not is_asked_for:
            return function(*args, **kwargs)
        moves = name in ("_to_copy", "to") and asked is not None and is_asked_for != bool(there)
        crosses = moves or (name == "copy_" and isinstance(args[0], OnDevice) != isinstance(args[1], OnDevice))
        on_host = isinstance(given.get("indices"), list | tuple) and any(
            isinstance(each, torch.Tensor) and not isinstance(each, OnDevice) for each in given["indices"]
        )
        repeats = function is torch.ops.aten.repeat_interleave.Tensor and given.get("output_size") is None
        if (crosses and not given.get("non_blocking")) or on_host or repeats or name in ANSWERS | SIZES:
            note(self.waits, name)
        made = function(*tree_map(_on_host, args), **tree_map(_on_host, kwargs))
        if name in ANSWERS or (moves and not is_asked_for):
            return made
        known = {id(each.computed): each for each in there}  # what is changed in place stays itself
        return tree_map_only(torch.Tensor, lambda each: known[id(each)] if id(each) in known else OnDevice(each), made)


class _Making(TorchFunctionMode):
    """Note tensors that are made of numbers on the device: a copy that the host waits for."""

    def __init__(self, waits: list[str]) -> None:
        super().__init__()
        self.waits = waits

    def __torch_function__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = dict(kwargs or {})
        anew = function is torch.tensor and kwargs.get("device") is not None
        alike = function is torch.Tensor.new_tensor and isinstance(args[0], OnDevice)
        if alike or (anew and torch.device(kwargs.pop("device")) == DEVICE):
            note(self.waits, function.__name__)
            options = {"dtype": args[0].dtype, **kwargs} if alike else kwargs
            return torch.tensor(args[-1], **options).to(DEVICE, non_blocking=True)
        return function(*args, **kwargs)


def note(waits: list[str], what: str) -> None:
    ours = [each for each in traceback.extract_stack() if "/pyvideoai/" in each.filename]
    waits.append(f"{what} {ours[-1].filename.rpartition('/pyvideoai/')[2]}:{ours[-1].lineno}" if ours else what)


def _on_host(value: Any) -> Any:
    return HOST if isinstance(value, torch.device) else getattr(value, "computed", value)
