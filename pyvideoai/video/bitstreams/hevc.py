"""HEVC in MP4 or Matroska: display order from picture order counts, keyframes from IRAP pictures.

Source: ISO/IEC 23008-2 (ITU-T H.265), sections 7.3.1.2, 7.3.2, 7.3.6.1 and 8.3.1; 14496-15, 8.3.3.1 (the hvcC record).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyvideoai.video.bitstreams.bits import header_bits, nal_units
from pyvideoai.video.bitstreams.shown import Shown, Unproven, sorted_order

VPS, SPS, PPS = 32, 33, 34
IGNORED = {35, 38, 39, 40, 62, 63}  # delimiter, filler, supplemental information, Dolby Vision
RASL, RADL, CRA = (8, 9), (6, 7), 21
IDR = (19, 20)
NOT_REFERENCES = range(0, 16, 2)  # sub-layer non-reference pictures, among the first 16 kinds


@dataclass(frozen=True)
class Sps:
    """Hold the fields of a sequence parameter set that are needed to read slice headers."""

    separate_colour_planes: bool
    poc_bits: int


class Hevc:
    """Follow a stream of one layer with one picture per packet and one sequence parameter set."""

    def __init__(self, extradata: bytes) -> None:
        if extradata[:1] != b"\x01":
            raise Unproven("no header")
        self.extradata, self.length_size = extradata, (extradata[21] & 3) + 1
        sets = list(parameter_sets(extradata))
        found = [read_sps(unit) for unit in sets if unit[0] >> 1 == SPS]
        if len(found) != 1:
            raise Unproven("no single sequence parameter set in the header")
        self.sps = found[0]
        self.extra_bits = dict(read_pps(unit) for unit in sets if unit[0] >> 1 == PPS)
        self.keys: list[tuple[int, int]] = []
        self.entries: list[int] = []
        self.sequence = self.last_msb = self.last_lsb = 0

    def add(self, payload: bytes) -> None:
        first = None
        for unit in nal_units(payload, self.length_size):
            kind = unit[0] >> 1
            if kind < VPS:
                if (first is None) != bool(unit[2] & 0x80):  # first_slice_segment_in_pic_flag
                    raise Unproven("not one whole picture in a packet")
                first = first or unit
            elif kind not in IGNORED and not (kind in (VPS, SPS, PPS) and unit in self.extradata):
                raise Unproven(f"NAL unit {kind}")
        if first is None:
            raise Unproven("a packet without a picture")
        self._add_picture(first)

    def _add_picture(self, unit: bytes) -> None:
        kind = unit[0] >> 1
        if unit[0] & 1 or unit[1] != 1:
            raise Unproven("several layers")
        if not (kind < 10 or kind in IDR or kind == CRA) or not (self.keys or kind >= 16):
            raise Unproven("a spliced stream, or no keyframe first")
        if kind in RASL and len(self.entries) < 2:
            raise Unproven("pictures that lead the first keyframe are never shown")
        if kind in IDR:
            self.sequence += 1
        if kind >= 16:  # the IRAP pictures: BLA, IDR, CRA
            self.entries.append(len(self.keys))
        self.keys.append((self.sequence, self._picture_order(unit, kind)))

    def _picture_order(self, unit: bytes, kind: int) -> int:
        lsb = 0 if kind in IDR else self._read_lsb(unit, kind)
        # Only the low bits of the picture order count are written (section 8.3.1). A jump by half of their cycle
        # or more means that they have wrapped round.
        cycle, msb = 1 << self.sps.poc_bits, self.last_msb
        if kind in IDR or not self.keys:
            msb = 0
        elif lsb < self.last_lsb and self.last_lsb - lsb >= cycle // 2:
            msb += cycle
        elif lsb > self.last_lsb and lsb - self.last_lsb > cycle // 2:
            msb -= cycle
        if kind not in NOT_REFERENCES and kind not in RASL and kind not in RADL:
            self.last_msb, self.last_lsb = msb, lsb
        return msb + lsb

    def _read_lsb(self, unit: bytes, kind: int) -> int:
        bits = header_bits(unit, 2)
        bits.number(2 if kind >= 16 else 1)  # first_slice_segment_in_pic_flag; no_output_of_prior_pics_flag
        bits.number(self.extra_bits[bits.exp_golomb()])  # slice_pic_parameter_set_id names its parameter set
        bits.exp_golomb()  # slice_type
        bits.number(2 if self.sps.separate_colour_planes else 0)
        return bits.number(self.sps.poc_bits)

    def shown(self, reorder_depth: int) -> Shown:
        return Shown(sorted_order(self.keys, reorder_depth), self.entries, droppable=True)


def parameter_sets(extradata: bytes) -> Iterator[bytes]:
    """Yield the NAL units of an hvcC record. Raises Unproven if the lengths don't add up."""
    at = 23  # after a fixed header, whose last byte is the number of arrays: kind, count, then size and unit each
    for _ in range(extradata[22]):
        count, at = int.from_bytes(extradata[at + 1 : at + 3], "big"), at + 3
        for _ in range(count):
            size, at = int.from_bytes(extradata[at : at + 2], "big"), at + 2
            if not size or at + size > len(extradata):
                raise Unproven("damaged lengths")
            yield extradata[at : at + size]
            at += size


def read_sps(unit: bytes) -> Sps:
    """Read a sequence parameter set. Raises Unproven for one with temporal layers."""
    bits = header_bits(unit, 2, most=len(unit))
    bits.number(4)  # sps_video_parameter_set_id
    if bits.number(3):
        raise Unproven("temporal layers")
    bits.number(1 + 96)  # nesting; profile, tier and level
    bits.exp_golomb()  # sps_seq_parameter_set_id
    separate = bits.exp_golomb() == 3 and bits.flag()  # chroma_format_idc 3 is 4:4:4
    bits.exp_golomb()  # width and height
    bits.exp_golomb()
    for _ in range(4 if bits.flag() else 0):  # conformance window
        bits.exp_golomb()
    bits.exp_golomb()  # bit depths of luma and chroma
    bits.exp_golomb()
    return Sps(separate, poc_bits=bits.width())


def read_pps(unit: bytes) -> tuple[int, int]:
    """Return the number of a picture parameter set and how many extra bits it puts in slice headers."""
    bits = header_bits(unit, 2)
    number = bits.exp_golomb()
    bits.exp_golomb()  # pps_seq_parameter_set_id
    bits.flag()  # dependent_slice_segments_enabled_flag
    if bits.flag():  # output_flag_present_flag
        raise Unproven("pictures may be hidden")
    return number, bits.number(3)
