"""Read files of weights. The first bytes say what kind of file it is, never its name; nothing in it is run."""

import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from pyvideoai.errors import UserError
from pyvideoai.models.weights import safetensors, unpickle
from pyvideoai.pickles import check_archive, check_legacy

# Pickle protocol 2, then the magic number of torch.save, 0x1950A86A20F9469CFC6C, as ten bytes.
_TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_PICKLE = re.compile(rb"\x80[\x01-\x05]|\(d|}|c[\w.]+\n[\w.]+\n")  # protocols 2 to 5, 0, 1, or a call by name
_STATE_KEYS = ("model", "model_state", "state_dict", "model_state_dict", "blobs")


class WeightsError(UserError):
    """A file holds no weights that we can read; the message says why."""


@dataclass(frozen=True)
class Content:
    """Hold the tensors of a file by their names in the file, and the kind of file.

    classes: their names in label order, which our own checkpoints keep; empty for other files.
    """

    container: str
    tensors: dict[str, Tensor]
    classes: tuple[str, ...] = ()


def read(path: Path) -> Content:
    """Return all tensors of a file, on the CPU. Raises WeightsError, one line, if it is not a file of weights."""
    with path.open("rb") as file, _one_line_for_any_fault(path):
        container, reader = _recognise(file)
        file.seek(0)
        content = reader(file)
        tensors = _tensors(content)
        if not tensors:
            raise WeightsError("it holds no tensors")
        return Content(container, tensors, _classes(content))


@contextmanager
def _one_line_for_any_fault(path: Path):
    """Turn any exception into one line: damaged files raise exceptions of many types, and none may show a traceback."""
    try:
        yield
    except UserError as error:
        raise WeightsError(f"{path}: {error}") from None
    except MemoryError:
        raise WeightsError(f"{path}: memory ran out while it was read") from None
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise WeightsError(f"{path}: damaged or cut short ({reason})") from error


def _recognise(file: IO[bytes]) -> tuple[str, Callable[[IO[bytes]], Any]]:
    head = file.read(1024)
    if head.startswith(b"PK\x03\x04"):
        return "PyTorch", _read_torch_zip
    if head.startswith(_TORCH_LEGACY):
        return "PyTorch before 1.6", _read_torch_legacy
    if safetensors.recognise(head):
        return "safetensors", safetensors.read
    if _PICKLE.match(head):
        # latin1: in pickles of Python 2, such as Caffe2's, arrays are strings of bytes.
        return "pickle of arrays", lambda file: unpickle.load(file, encoding="latin1")
    raise WeightsError(_what_else(head))


def _what_else(head: bytes) -> str:
    """Say what a file without weights is, and what to do about it."""
    if not head:
        return "the file is empty; the download failed"
    if head.startswith(b"\x1f\x8b"):
        return "a gzip archive; unpack it first (tar xzf, or gunzip) and give the file inside"
    if head[257:262] == b"ustar":  # the place of POSIX tar's signature
        return "a tar archive; unpack it first (tar xf) and give the file inside"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, not the file itself; fetch it with git lfs pull"
    if head.lstrip()[:1] == b"<":
        return "a web page, not weights; the download failed"
    return "no file of weights (a PyTorch checkpoint, a Caffe2 pickle, or safetensors)"


def _read_torch_zip(file: IO[bytes]) -> Any:
    names = zipfile.ZipFile(file).namelist()
    if any(name.endswith("/constants.pkl") for name in names):
        raise WeightsError("a TorchScript program, not weights; save its state_dict() instead")
    if not any(name.endswith("data.pkl") for name in names):
        raise WeightsError("a zip archive without a PyTorch checkpoint in it; unpack it first")
    file.seek(0)
    check_archive(file)
    return _read_torch(file)


def _read_torch_legacy(file: IO[bytes]) -> Any:
    check_legacy(file)
    return _read_torch(file)


def _read_torch(file: IO[bytes]) -> Any:
    """Read with torch's own guard, or, if that refuses, with ours.

    MMAction2 keeps training logs beside its weights, which torch's guard refuses and ours replaces.
    """
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        file.seek(0)
        return torch.load(file, map_location="cpu", weights_only=False, pickle_module=unpickle)


def _tensors(content: Any) -> dict[str, Tensor]:
    """Return the state dict in a file's content: under one of the usual keys, or the content itself."""
    if not isinstance(content, Mapping):
        raise WeightsError(f"it holds a {type(content).__name__}, not tensors by name")
    inner = next((content[key] for key in _STATE_KEYS if isinstance(content.get(key), Mapping)), content)
    found = {str(name): _tensor(value) for name, value in inner.items()}
    return {name: value for name, value in found.items() if value is not None}


def _classes(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the classes that a file keeps as our checkpoints do; () if it has something else there."""
    names = content.get("classes")
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else ()


def _tensor(value: Any) -> Tensor | None:
    if isinstance(value, unpickle.RebuiltArray):
        values = value.values
        # torch takes only the machine's own byte order, and wants memory of its own that it may write to.
        return torch.from_numpy(values.astype(values.dtype.newbyteorder("="), copy=True))
    return value.detach() if isinstance(value, Tensor) else None
