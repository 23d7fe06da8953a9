"""Check whether a layout that was read from a file can belong to a video of this size. Arithmetic, but for asking
libav.
"""

import math
from collections.abc import Iterator

import av
import numpy as np

from pyvideoai.video.layouts.layout import Layout, Stored

LARGEST_SIDE = 2**16  # pixels
SETUP_TYPES = (int, str, bytes, type(None))


def refuse_implausible(layout: Layout, file_size: int) -> None:
    """Raise ValueError if the layout contradicts itself, or reaches beyond the file's `file_size` bytes."""
    if not all(_claims(layout)):
        raise ValueError("a layout that can't be")
    if layout.stored is not None and not all(_stored_claims(layout.stored, file_size)):
        raise ValueError("packets that can't be")


def _claims(layout: Layout) -> Iterator[bool]:
    """Yield what must hold; each is only evaluated if those before it hold."""
    frames = layout.num_frames
    yield type(frames) is int and frames > 0
    yield type(layout.fps) is float and math.isfinite(layout.fps) and layout.fps > 0
    sides = (layout.coded_height, layout.coded_width)
    yield all(type(side) is int and 0 < side <= LARGEST_SIDE for side in sides)
    upright = layout.upright
    flags = (layout.skippable, layout.proven, upright.transpose, upright.flip_rows, upright.flip_columns)
    yield all(type(flag) is bool for flag in flags)
    packets = _packets(layout)
    if layout.order is not None:
        yield len(layout.order) == len(np.unique(layout.order)) == frames
        yield layout.order.min() >= 0 and layout.order.max() < packets
    if layout.chained is not None:
        yield len(layout.chained) == packets
    yield len(layout.entries) == len(layout.entry_frames) > 0
    yield _rises_from_zero(layout.entries, packets) and _rises_from_zero(layout.entry_frames, frames)
    if layout.times is not None:
        yield len(layout.times) == frames > 1 and layout.times[0] == 0 and bool((np.diff(layout.times) >= 0).all())
        yield abs(layout.times[-1] / 1e6 * layout.fps - (frames - 1)) < 1


def _packets(layout: Layout) -> float:
    """Return how many packets there are, infinity if the layout doesn't tell."""
    if layout.stored is not None:
        return len(layout.stored.offsets)
    return math.inf if layout.chained is None else len(layout.chained)


def _rises_from_zero(values: np.ndarray, end: float) -> bool:
    return values[0] == 0 and bool((np.diff(values) > 0).all()) and values[-1] < end


def _stored_claims(stored: Stored, file_size: int) -> Iterator[bool]:
    yield len(stored.offsets) == len(stored.sizes) == len(stored.is_key) > 0
    yield stored.offsets.min() >= 0 and stored.sizes.min() > 0
    yield int((stored.offsets + stored.sizes).max()) <= file_size
    yield all(isinstance(value, SETUP_TYPES) for value in stored.setup.values())
    yield stored.codec in av.codecs_available
