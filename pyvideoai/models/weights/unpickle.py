"""Read pickles without running them: nothing that a file names is imported or called, except what rebuilds arrays.

A pickle is a program, and `find_class` is its only way to anything outside. Ours knows a short list of names and
answers each with a replacement of our own, so that a file can neither call nor change anything real. Arrays are rebuilt
from their bytes here, by `RebuiltArray`, rather than by NumPy's own unpickling. This module also serves as
`torch.load(pickle_module=...)`.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import IO, Any

import numpy as np
import torch

from pyvideoai.errors import UserError
from pyvideoai.pickles import check_pickle


class RefusedPickle(UserError):
    """A file asks for something that arrays do not need."""


class _Kind:
    """Stand for a NumPy number type as a pickle describes it: first a code, later its byte order."""

    def __init__(self, code: str, *_: Any) -> None:
        self.dtype = np.dtype(code)
        if self.dtype.kind not in "biufc":
            raise RefusedPickle(f"it holds an array of {code!r}, not of numbers; nothing of it was run")

    def __setstate__(self, state: tuple) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class RebuiltArray:
    """Stand for a NumPy array while it is unpickled; `values` is the array once its bytes have been read."""

    values: np.ndarray

    def __setstate__(self, state: tuple) -> None:
        _, shape, kind, fortran, data = state
        self._fill(data, kind, shape, "F" if fortran else "C")

    def _fill(self, data: Any, kind: _Kind, shape: tuple, order: str) -> None:
        data = _encode(data) if isinstance(data, str) else data
        self.values = np.frombuffer(data, kind.dtype).reshape(shape, order=order)


def _from_buffer(data: Any, kind: _Kind, shape: tuple, order: str) -> RebuiltArray:
    array = RebuiltArray()
    array._fill(data, kind, shape, order)
    return array


def _scalar(kind: _Kind, data: Any) -> float:
    return _from_buffer(data, kind, (), "C").values.item()


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if encoding != "latin1":
        raise RefusedPickle(f"it holds bytes in the encoding {encoding!r}; arrays use 'latin1'")
    return text.encode("latin1")


def _tensor(storage: Any, offset: int, size: tuple, stride: tuple, *_: Any) -> torch.Tensor:
    return torch._utils._rebuild_tensor(storage, offset, size, stride)


class _Bystander:
    """Replace an object that a file keeps besides its arrays, such as a training log: accept every call, do nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def _nothing(self, *_: Any) -> None:
        pass

    __call__ = __setstate__ = append = extend = add = __setitem__ = _nothing


_MAKERS: dict[str, Callable] = {
    "numpy.dtype": _Kind,
    "_codecs.encode": _encode,
    "collections.OrderedDict": OrderedDict,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": lambda data, *_: data,
    "torch.Size": torch.Size,
    "torch.device": torch.device,
}
for _core in ("numpy.core", "numpy._core"):
    _MAKERS[f"{_core}.multiarray._reconstruct"] = lambda *_: RebuiltArray()
    _MAKERS[f"{_core}.multiarray.scalar"] = _scalar
    _MAKERS[f"{_core}.numeric._frombuffer"] = _from_buffer

# What published files keep beside their weights: configs, logs, paths, times.
_BYSTANDERS = ("mmengine", "mmcv", "mmaction", "yacs", "fvcore", "slowfast", "argparse", "pathlib", "datetime")
_BYSTANDER_NAMES = ("numpy.ndarray", "collections.defaultdict", "collections.deque")
_BUILTIN_BYSTANDERS = ("getattr", "set", "frozenset", "slice", "range", "complex", "bytearray")


class Unpickler(pickle.Unpickler):
    """Unpickle arrays, tensors, numbers, text, and plain containers of them; refuse everything else."""

    def __init__(self, file: IO[bytes], **options: Any) -> None:
        super().__init__(file, **options)
        self.file = file

    def load(self) -> Any:
        """Return the object of the pickle, after a look at what it would build. Raises Refused, RefusedPickle."""
        start = self.file.tell()
        check_pickle(self.file)
        self.file.seek(start)
        return super().load()

    def find_class(self, module: str, name: str) -> Any:
        wanted = f"{module}.{name}"
        if maker := _MAKERS.get(wanted):
            # A new function and never our own object: whatever the pickle does to it (BUILD sets attributes) stays
            # without effect.
            return lambda *args: maker(*args)
        if module == "torch" and isinstance(dtype := getattr(torch, name, None), torch.dtype):
            return dtype
        builtin = module in ("builtins", "__builtin__") and name in _BUILTIN_BYSTANDERS
        if builtin or wanted in _BYSTANDER_NAMES or module.partition(".")[0] in _BYSTANDERS:
            return type(name, (_Bystander,), {})
        raise RefusedPickle(f"it asks for {wanted}, which arrays do not need; nothing of it was run")


def load(file: IO[bytes], **options: Any) -> Any:
    """Return the next object of a pickle file; `options` are those of `pickle.load`."""
    return Unpickler(file, **options).load()
