"""Codecs without reordering: each packet shows its one frame at once.

Sources: RFC 6386, 9.1 (VP8); the VP9 bitstream specification, 6.2 and annex B; the AV1 specification, 5.5, 5.9 and 7.5.
"""

from collections.abc import Callable, Iterator

import numpy as np

from pyvideoai.video.bitstreams.bits import Bits
from pyvideoai.video.bitstreams.shown import Shown, Unproven

INTRA_ONLY = frozenset({"mjpeg", "png", "prores", "dnxhd", "rawvideo", "huffyuv", "ffvhuff", "utvideo", "dvvideo"})


class OneByOne:
    """Follow a stream in which each packet shows exactly one frame.

    is_keyframe: looks at a packet; raises Unproven if it doesn't show exactly one frame.
    """

    def __init__(self, is_keyframe: Callable[[bytes], bool], *, droppable: bool) -> None:
        self.is_keyframe, self.droppable = is_keyframe, droppable
        self.count, self.entries = 0, []

    def add(self, payload: bytes) -> None:
        if self.is_keyframe(payload):
            self.entries.append(self.count)
        elif not self.count:
            raise Unproven("no keyframe first")
        self.count += 1

    def shown(self, reorder_depth: int) -> Shown:
        return Shown(np.arange(self.count, dtype=np.int32), self.entries, self.droppable)


def always(payload: bytes) -> bool:
    """Return True: every frame is coded by itself."""
    return True


def vp8(payload: bytes) -> bool:
    # The first byte, from its lowest bit: 0 in a keyframe; the version, 3 bits; show_frame.
    if not payload[0] & 0x10:
        raise Unproven("a hidden frame")
    return not payload[0] & 1


def vp9(payload: bytes) -> bool:
    bits = Bits(payload[:2])
    # frame_marker is 2; after profile 3, which is rare, comes one more bit
    if bits.number(2) != 2 or bits.number(2) == 3:
        raise Unproven("an unknown profile")
    repeats, inter, is_shown = bits.flag(), bits.flag(), bits.flag()
    in_superframe = payload[-1] & 0xE0 == 0xC0  # hidden frames, then a shown one
    if not (in_superframe or repeats or is_shown):
        raise Unproven("a hidden frame")
    return not repeats and not inter and is_shown


def av1(payload: bytes) -> bool:
    shown_keys = list(_av1_shown_frames(payload))
    if len(shown_keys) != 1:
        raise Unproven("not one shown frame in a packet")
    return shown_keys[0]


SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6


def _av1_shown_frames(payload: bytes) -> Iterator[bool]:
    """Yield for each shown frame of a temporal unit whether it is a keyframe before which no frame is hidden."""
    hidden = False
    for kind, body in _av1_units(payload):
        bits = Bits(body[:2])
        if kind == SEQUENCE_HEADER and bits.number(5) & 1:
            raise Unproven("a still picture")
        if kind in (FRAME_HEADER, FRAME):
            repeats, frame_type, is_shown = bits.flag(), bits.number(2), bits.flag()
            if repeats or is_shown:
                yield not repeats and frame_type == 0 and not hidden
            hidden |= not (repeats or is_shown)


def _av1_units(payload: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(payload):
        header, at = payload[at], at + 1
        at += header >> 2 & 1  # obu_extension_flag: one byte more
        size, at = _leb128(payload, at) if header & 2 else (len(payload) - at, at)
        yield header >> 3 & 15, payload[at : at + size]
        at += size


def _leb128(payload: bytes, at: int) -> tuple[int, int]:
    """Return a number in LEB128 (7 bits a byte, the lowest first; the top bit says that more follow) and its end."""
    value = 0
    for place in range(8):
        value |= (payload[at + place] & 127) << 7 * place
        if payload[at + place] < 128:
            return value, at + place + 1
    raise Unproven("a damaged size")
