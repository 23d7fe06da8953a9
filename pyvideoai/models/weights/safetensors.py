"""Read and write safetensors files: a length, a JSON header, the tensors' bytes (huggingface/safetensors on GitHub)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import torch
from torch import Tensor

from pyvideoai.errors import UserError
from pyvideoai.files import replacing

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_LARGEST_HEADER = 100_000_000


def recognise(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of a safetensors file."""
    # The format has no signature: 8 bytes with the header's length, then JSON. The limit is the format's own (100 MB).
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= _LARGEST_HEADER


def read(file: IO[bytes], wanted: Callable[[str], bool] = lambda name: True) -> dict[str, Tensor]:
    """Return the tensors of an open file whose names are `wanted`.

    Raises ValueError or KeyError if it is another format, or if header and bytes contradict each other.
    """
    header = _header(file)
    header.pop("__metadata__", None)
    chosen = {name: entry for name, entry in header.items() if wanted(name)}
    # A bytearray, since torch warns of memory that can't be written to.
    data = bytearray(file.read()) if chosen else bytearray()
    try:
        return {name: _tensor(entry, data) for name, entry in chosen.items()}
    except (TypeError, RuntimeError) as error:  # an entry of another kind; a shape that is not that of the bytes
        raise ValueError(str(error).partition("\n")[0]) from error


def read_metadata(file: IO[bytes]) -> dict[str, str]:
    """Return what an open file says of itself, {} if it says nothing. Raises ValueError if it is another format."""
    found = _header(file).get("__metadata__", {})
    return found if isinstance(found, dict) else {}


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write CPU tensors, whole or not at all."""
    if odd := [name for name, tensor in tensors.items() if tensor.dtype not in _CODES]:
        raise UserError(f"{path}: safetensors has no type for {odd[0]} ({tensors[odd[0]].dtype})")
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    chunks, start = [], 0
    for name, tensor in tensors.items():
        chunks.append(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        end = start + len(chunks[-1])
        header[name] = {"dtype": _CODES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, end]}
        start = end
    text = json.dumps(header).encode()
    # Pad the header with blanks to a multiple of 8 bytes, so that the tensors are aligned in a mapped file.
    text += b" " * (-len(text) % 8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines([len(text).to_bytes(8, "little"), text, *chunks])


def _header(file: IO[bytes]) -> dict:
    head = file.read(9)
    # Before anything is read by its length: damaged bytes would ask for all of the memory.
    if not recognise(head):
        raise ValueError("not a safetensors file")
    file.seek(8)
    try:
        return json.loads(file.read(int.from_bytes(head[:8], "little")))
    except RecursionError as error:
        raise ValueError(str(error)) from error


def _tensor(entry: dict, data: bytearray) -> Tensor:
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= len(data):
        raise ValueError(f"bytes {start} to {end} of {len(data)}")
    dtype, shape = _DTYPES[entry["dtype"]], entry["shape"]
    # `frombuffer` refuses to read nothing.
    if start == end and 0 in shape:
        return torch.empty(shape, dtype=dtype)
    # clone: memory of its own, aligned, which doesn't keep the bytes of the whole file alive.
    return torch.frombuffer(data, dtype=torch.uint8, offset=start, count=end - start).clone().view(dtype).reshape(shape)
