"""MPEG-4 part 2 (DivX, Xvid; UCF-101 and HMDB-51): display order from the kinds of its pictures (VOPs).

Packed streams put a P- and a B-VOP into one packet, and later an empty one, so that the container's times and counts
are wrong. libavcodec keeps what follows a packet's first VOP and decodes it in place of the next packet's; so do we.
Source: ISO/IEC 14496-2, 6.2.3 and 6.2.5; libavcodec/h263dec.c and mpeg4videodec.c.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pyvideoai.video.bitstreams.bits import Bits
from pyvideoai.video.bitstreams.shown import Shown, Unproven

I, P, B, S = range(4)  # noqa: E741
NOT_CODED = -1
PICTURE, GROUP = b"\x00\x00\x01\xb6", b"\x00\x00\x01\xb3"
LAYER = re.compile(rb"\x00\x00\x01[\x20-\x2f]")
PACKED = re.compile(rb"\x00\x00\x01\xb2DivX\d+(Build|b)\d+p")
LARGEST_EMPTY = 19  # bytes; libavcodec takes a packet up to this size for an empty one
SMALLEST_KEPT = 8  # bytes; with less, libavcodec doesn't look for a second picture


@dataclass(frozen=True)
class Layer:
    """Hold the fields of the video object layer's header that are needed to read pictures."""

    low_delay: bool
    ticks: int  # per second


@dataclass(frozen=True)
class Picture:
    """Hold a picture's header. kind: I, P, B, S or NOT_CODED.

    seconds: whole seconds since the time of the reference before. ticks: on top of these. clock: the seconds to which
    the header of a group of pictures before it sets the clock; None without one.
    """

    kind: int
    seconds: int
    ticks: int
    clock: int | None = None


class Mpeg4:
    """Follow a stream, packed or not."""

    def __init__(self, extradata: bytes | None) -> None:
        self.header = extradata or b""
        self.layer, self.packed = read_layer(self.header), False
        self.low_delay, self.layer_changes = self.layer.low_delay, False
        self.packets: list[list[Picture]] = []
        self.sizes: list[int] = []
        self.with_layer: set[int] = set()

    def add(self, payload: bytes) -> None:
        header, _, pictures = payload.partition(PICTURE)
        header, group, clock = header.partition(GROUP)
        if LAYER.search(header):
            self.with_layer.add(len(self.packets))
            self.layer_changes |= LAYER.split(header)[1] not in self.header
            self.layer = read_layer(header)
            self.low_delay |= self.layer.low_delay
        if not self.packets:
            self.packed = bool(PACKED.search(self.header + header + clock))
        found = [read_picture(picture[:12], self.layer) for picture in pictures.split(PICTURE) if picture]
        if found and group:
            found[0] = replace(found[0], clock=read_clock(clock[:3]))
        self.packets.append(found)
        self.sizes.append(len(payload))

    def shown(self, reorder_depth: int) -> Shown:
        decoded = list(decoded_pictures(self.packets, self.sizes, packed=self.packed))
        check_times([picture for _, picture, _ in decoded], self.layer.ticks)
        chained = np.zeros(len(self.packets), bool)
        chained[[packet for packet, _, kept in decoded if kept]] = True
        kinds = {packet: picture.kind for packet, picture, _ in decoded}
        entries = [packet for packet, kind in kinds.items() if kind == I and not chained[packet]]
        if entries[:1] != [0]:
            raise Unproven("no keyframe first")
        if self.layer_changes:
            entries = [packet for packet in entries if packet == 0 or packet in self.with_layer]
        order = display_order(kinds, low_delay=self.low_delay)
        return Shown(order, entries, droppable=True, chained=chained if chained.any() else None)


def decoded_pictures(
    packets: list[list[Picture]], sizes: list[int], *, packed: bool
) -> Iterator[tuple[int, Picture, bool]]:
    """Yield (packet, picture, whether it was kept from the packet before) of each picture that libavcodec decodes.

    Raises Unproven if a picture is neither decoded nor kept.
    """
    kept: list[Picture] = []
    for packet, (pictures, size) in enumerate(zip(packets, sizes, strict=True)):
        pictures = [] if size <= LARGEST_EMPTY and (kept or _not_coded(pictures)) else pictures  # libavcodec reads on
        now, rest = (kept[:1], kept[1:] or pictures) if kept else (pictures[:1], pictures[1:])
        if now and now[0].kind != NOT_CODED:
            yield packet, now[0], bool(kept)
        # Of the next picture's kind libavcodec looks at one bit only, which is 0 for I and B.
        kept = rest if packed and size >= SMALLEST_KEPT and rest and rest[0].kind in (I, B) else []
        if rest and not kept:
            raise Unproven("a picture gets lost")


def _not_coded(pictures: list[Picture]) -> bool:
    return all(picture.kind == NOT_CODED for picture in pictures)


def display_order(kinds: dict[int, int], *, low_delay: bool) -> np.ndarray:
    """Return int32 (frames,): packets in display order. kinds: packet to kind, in decoding order. Raises Unproven.

    A B-picture is shown at once; any other picture when the next one that is not a B-picture comes.
    """
    if low_delay and B in kinds.values():
        raise Unproven("B-pictures that the header rules out")
    order, held, references = [], [], 0
    for packet, kind in kinds.items():
        if kind == B:
            if references < 2:
                raise Unproven("a B-picture without its references")
            order.append(packet)
        else:
            order, held, references = order + held, [packet], references + 1
    return np.asarray(order + held, np.int32)


def check_times(pictures: list[Picture], ticks: int) -> None:
    """Raise Unproven unless references follow each other in time and each B-picture lies between its two references.

    libavcodec drops B-pictures for which this does not hold.
    """
    base = last_base = 0
    last = before_last = -1
    for picture in pictures:
        if picture.kind == B:
            time = (last_base + picture.seconds) * ticks + picture.ticks
            if not before_last < time < last:
                raise Unproven("a B-picture at the wrong time")
        else:
            last_base = base if picture.clock is None else picture.clock
            base = last_base + picture.seconds
            before_last, last = last, base * ticks + picture.ticks
            if last <= before_last:
                raise Unproven("times go back")


def read_layer(header: bytes) -> Layer:
    """Read the video object layer's header. Raises Unproven for a stream without one."""
    start = LAYER.search(header)
    if start is None:
        raise Unproven("no header")
    bits = Bits(header[start.end() : start.end() + 32])
    bits.number(9)  # random access, type
    bits.number(7 if bits.flag() else 0)  # version and priority
    bits.number(16 if bits.number(4) == 15 else 0)  # aspect ratio
    low_delay = True  # libavcodec's default for the simple profiles
    if bits.flag():
        bits.number(2)
        low_delay = bits.flag()
        bits.number(79 if bits.flag() else 0)  # buffering
    if bits.number(2):
        raise Unproven("not a rectangle")
    bits.flag()
    return Layer(low_delay, ticks=bits.number(16))


def read_picture(picture: bytes, layer: Layer) -> Picture:
    """Read a picture's header; `picture` is what follows its start code."""
    bits, seconds = Bits(picture), 0
    kind = bits.number(2)
    while bits.flag():  # modulo_time_base: a one for each second, then a zero
        seconds += 1
    if not bits.flag():
        raise Unproven("a damaged header")
    ticks = bits.number(max((layer.ticks - 1).bit_length(), 1))  # as many bits as the largest tick needs
    if not bits.flag():
        raise Unproven("a damaged header")
    return Picture(kind if bits.flag() else NOT_CODED, seconds, ticks)


def read_clock(header: bytes) -> int:
    """Return the seconds in the header of a group of pictures."""
    bits = Bits(header)
    hours, minutes, _, seconds = bits.number(5), bits.number(6), bits.flag(), bits.number(6)
    return (hours * 60 + minutes) * 60 + seconds
