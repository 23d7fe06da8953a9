"""Name features by all that they depend on: two runs that would compute the same have the same key."""

import hashlib
import inspect
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torchvision

from pyvideoai import tarred
from pyvideoai._version import __version__
from pyvideoai.video.preparing.sources import fingerprint

LAYOUT = 2  # of what is kept; another number makes all features anew
LETTERS = 32
_KNOWN = {"pyvideoai", "builtins", "pathlib", "numpy", "torch", "torchvision", "timm"}  # versions tell


def key(*facts: Any) -> str:
    """Return a name for plain values, paths, frozen dataclasses and objects of the user's own classes."""
    text = json.dumps([*made_with(), facts], default=described, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LETTERS]


def made_with() -> list[int | str]:
    """Return the versions that features are made with: of their layout, PyVideoAI, torch and torchvision."""
    return [LAYOUT, __version__, torch.__version__, torchvision.__version__]


def described(value: object) -> str:
    """Return what an object is; of a class outside PyVideoAI also its code, which may change under the same name."""
    kind = value if inspect.isroutine(value) else type(value)
    code = "" if kind.__module__.partition(".")[0] in _KNOWN else _code(kind)
    return f"{value.__qualname__}{code}" if kind is value else f"{value!r}{code}"


def _code(kind: Any) -> str:
    """Return the code of a class or function; something new each time if it can't be read, so that no key holds."""
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return uuid.uuid4().hex


def state_hash(tensors: Mapping[str, torch.Tensor]) -> str:
    """Return a hash of names and values."""
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(flat.numpy().tobytes())
    return digest.hexdigest()


def file_facts(path: Path) -> list[Any]:
    """Return name, size and time of change of a video; for a folder of frames the hash of its listing.

    A missing file has none: its features are computed, and fail, in every run.
    """
    if path.is_dir():
        return [path.name, fingerprint(path)[2]]
    if not tarred.is_there(path):
        return [path.name, None]
    status = tarred.status_of(path)
    return [path.name, status.st_size, status.st_mtime_ns]
