"""Pack a layout into bytes, small enough to keep one for each video of a large dataset. Unpacking runs no code."""

import json
import zlib
from dataclasses import fields

import numpy as np

from pyvideoai.video.layouts.layout import Layout, Stored
from pyvideoai.video.upright import Upright

NUMBERS = ("num_frames", "fps", "coded_height", "coded_width", "skippable", "proven")
FRAMES = ("order", "entries", "entry_frames")
ARRAYS = (*FRAMES, "chained", "times")
STORED_ARRAYS = ("offsets", "sizes", "is_key")

MOST_BYTES = 2**28  # unpacked: ten million frames need fewer, and a damaged entry can't fill the memory


def pack(layout: Layout) -> bytes:
    """Return a line of JSON, then the arrays as differences of neighbours, all compressed."""
    stored = layout.stored
    arrays = {name: getattr(layout, name) for name in ARRAYS}
    arrays |= {name: getattr(stored, name) for name in STORED_ARRAYS} if stored else {}
    steps = {name: _steps(values) for name, values in arrays.items() if values is not None}
    header = {name: getattr(layout, name) for name in NUMBERS}
    header["upright"] = [getattr(layout.upright, each.name) for each in fields(Upright)]
    header["stored"] = {"codec": stored.codec, "setup": _without_bytes(stored.setup)} if stored else None
    header["arrays"] = {name: [values.dtype.str, len(values)] for name, values in steps.items()}
    return zlib.compress(json.dumps(header).encode() + b"\n" + b"".join(values.tobytes() for values in steps.values()))


def unpack(packed: bytes) -> Layout:
    """Return the layout that `pack` was given. Raises ValueError for anything else."""
    try:
        return _unpack(packed)
    except (zlib.error, LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise ValueError("no packed layout") from None


def _unpack(packed: bytes) -> Layout:
    reader = zlib.decompressobj()
    text, content = reader.decompress(packed, MOST_BYTES).split(b"\n", 1)
    if reader.unconsumed_tail:
        raise ValueError("too large")
    header, at, arrays = json.loads(text), 0, {}
    for name, (dtype, length) in header["arrays"].items():
        steps = np.frombuffer(content, dtype, length, at)
        at += steps.nbytes
        arrays[name] = np.cumsum(steps, dtype=np.int64)
    stored = header["stored"] and Stored(
        header["stored"]["codec"],
        _with_bytes(header["stored"]["setup"]),
        arrays["offsets"],
        arrays["sizes"],
        arrays["is_key"].astype(bool),
    )
    chained = arrays["chained"].astype(bool) if "chained" in arrays else None
    frames = {name: arrays[name].astype(np.int32) for name in FRAMES if name in arrays}
    numbers = {name: header[name] for name in NUMBERS}
    upright, times = Upright(*header["upright"]), arrays.get("times")
    return Layout(**numbers, upright=upright, stored=stored, chained=chained, times=times, **frames)


def _steps(values: np.ndarray) -> np.ndarray:
    # Offsets and orders rise nearly evenly: their differences are small numbers, take few bytes and compress well.
    steps = np.diff(values.astype(np.int64), prepend=0)
    # A negative number, so that the type is signed, and at least as far from zero as any step.
    smallest = np.min_scalar_type(min(int(steps.min(initial=0)), -int(steps.max(initial=0)) - 1))
    return steps.astype(smallest)


def _without_bytes(setup: dict[str, object]) -> dict[str, object]:
    return {name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in setup.items()}


def _with_bytes(setup: dict[str, object]) -> dict[str, object]:
    return {name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for name, value in setup.items()}
