"""Read bits of a compressed header, and the NAL units that H.264 and HEVC put them in."""

from collections.abc import Iterator

from pyvideoai.video.bitstreams.shown import Unproven

LONGEST_NUMBER = (
    31  # zeros before an Exp-Golomb number: more are damage, and the number may be too large to compute with
)

WIDEST_COUNTER = 16  # bits, in both standards


class Bits:
    """Read a header bit by bit. Reading past its end raises ValueError."""

    def __init__(self, data: bytes) -> None:
        # A text of 0 and 1: headers are a few dozen bytes long, and slices of a text are the fastest bits in Python.
        self.text, self.at = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}" if data else "", 0

    def number(self, count: int) -> int:
        """Read an unsigned number of `count` bits."""
        self.at += count
        return int(self.text[self.at - count : self.at], 2) if count else 0

    def flag(self) -> bool:
        return self.number(1) == 1

    def exp_golomb(self) -> int:
        """Read an Exp-Golomb number, ue(v) of both standards: n zeros, then n + 1 bits.

        Raises Unproven beyond 32 bits.
        """
        zeros = self.text.index("1", self.at) - self.at
        if zeros > LONGEST_NUMBER:
            raise Unproven("a damaged number")
        self.at += zeros
        # n zeros, a one and n more bits: the last n + 1 bits are the number plus 1.
        return self.number(zeros + 1) - 1

    def width(self) -> int:
        """Read the width in bits of a counter, which both standards write as ue(v) minus 4. Raises Unproven."""
        width = self.exp_golomb() + 4
        if width > WIDEST_COUNTER:
            raise Unproven("a damaged width")
        return width


def nal_units(payload: bytes, length_size: int) -> Iterator[bytes]:
    """Yield the NAL units, each of which follows its length, a big-endian number.

    Raises Unproven if lengths don't add up.
    """
    at = 0
    while at < len(payload):
        start = at + length_size
        at = start + int.from_bytes(payload[at:start], "big")
        if at > len(payload) or at == start:
            raise Unproven("damaged lengths")
        yield payload[start:at]


def header_bits(unit: bytes, skip: int, most: int = 32) -> Bits:
    """Return the bits of a NAL unit after its `skip` header bytes, without emulation prevention bytes."""
    # 00 00 03 stands for 00 00: the 03 keeps the content from looking like a start code (00 00 01).
    return Bits(unit[skip : skip + most].replace(b"\x00\x00\x03", b"\x00\x00"))
