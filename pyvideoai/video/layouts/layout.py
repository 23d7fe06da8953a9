"""Where the frames of a file are: which packet each frame comes from, and at which packets decoding may start."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pyvideoai.video.upright import Upright


def _from_the_start() -> np.ndarray:
    return np.zeros(1, np.int32)


@dataclass(frozen=True)
class Stored:
    """Hold packets as byte ranges of the file, in decoding order.

    codec, setup: the decoder's name, and what it must know before its first packet (attributes of its context).
    offsets, sizes: int64 (P,), in bytes. is_key: bool (P,), the container's own flag.
    """

    codec: str
    setup: dict[str, object]
    offsets: np.ndarray
    sizes: np.ndarray
    is_key: np.ndarray

    def packets(self, first: int, last: int) -> Iterator[tuple[int, int, bool]]:
        """Yield (offset, size, is_key) of the packets `first` to `last`, both included."""
        part = slice(first, last + 1)
        return zip(self.offsets[part].tolist(), self.sizes[part].tolist(), self.is_key[part].tolist(), strict=True)


@dataclass(frozen=True)
class Layout:
    """Hold how to get the frames of a file.

    coded_height, coded_width: of a frame before it is turned upright.
    order: int32 (num_frames,), the packet (counted from 0 in decoding order) that frame i comes from; None if a packet
        gives several frames, so that only decoding from the start and counting helps.
    entries, entry_frames: int32 (E,), rising: decoding that starts at packet entries[k] gives every frame from
        entry_frames[k] on exactly as decoding from the start does.
    skippable: whether the decoder recognises, and can leave out, frames that no other frame refers to.
    chained: bool (P,) or None: frames that are lost if the frame of the packet before is left out.
    stored: where the packets are; None if the container does more than store them.
    proven: whether this was found by decoding the whole file, and not only from packets of a plain kind.
    times: int64 (num_frames,), microseconds from the first frame to each; None if they follow each other evenly or the
        file doesn't tell.
    """

    num_frames: int
    fps: float
    coded_height: int
    coded_width: int
    upright: Upright
    order: np.ndarray | None = None
    entries: np.ndarray = field(default_factory=_from_the_start)
    entry_frames: np.ndarray = field(default_factory=_from_the_start)
    skippable: bool = False
    chained: np.ndarray | None = None
    stored: Stored | None = None
    proven: bool = False
    times: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Return (height, width) of an upright frame."""
        return self.upright.size(self.coded_height, self.coded_width)

    def needed_for(self, packets: list[int]) -> set[int]:
        """Return `packets`, and the packets that must not be left out so that the frames of `packets` come out."""
        needed = set(packets)
        for packet in packets if self.chained is not None else ():
            while self.chained[packet]:
                packet -= 1
                needed.add(packet)
        return needed


@dataclass(frozen=True)
class Run:
    """Describe packets to decode without a break: from packet `start` to the last of the wanted ones, `packets`."""

    start: int
    packets: list[int]


def runs(layout: Layout, wanted: np.ndarray) -> list[Run]:
    """Return the runs that decode the fewest packets for the frames `wanted`: int64 (T,), rising, no repeats."""
    packets = layout.order[wanted]
    starts = _best_entries(layout, wanted, packets)
    found: list[Run] = []
    for place in np.argsort(packets, kind="stable"):
        packet, start = int(packets[place]), int(starts[place])
        # The entry lies within what the last run decodes anyway, so going on costs nothing extra; else start a new run
        # there.
        if found and start <= found[-1].packets[-1] + 1:
            found[-1].packets.append(packet)
        else:
            found.append(Run(start, [packet]))
    return found


def _best_entries(layout: Layout, wanted: np.ndarray, packets: np.ndarray) -> np.ndarray:
    """Return for each wanted frame the last packet at which decoding for it may start."""
    before = np.searchsorted(layout.entries, packets, side="right")
    exact = np.searchsorted(layout.entry_frames, wanted, side="right")
    # The entry must come before the frame's packet, and the frame must be one of those that are exact from there:
    # frames shown after an open GOP's keyframe but decoded from earlier references are not.
    return layout.entries[np.minimum(before, exact) - 1]
