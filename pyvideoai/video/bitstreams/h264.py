"""H.264 in MP4 or Matroska: display order from picture order counts, keyframes from IDR pictures and recovery points.

Source: ISO/IEC 14496-10 (ITU-T H.264), sections 7.3.2.1, 7.3.3, 8.2.1 and D.2.8; 14496-15, 5.3.3.1 (the avcC record).
"""

from dataclasses import dataclass

from pyvideoai.video.bitstreams.bits import Bits, header_bits, nal_units
from pyvideoai.video.bitstreams.shown import Shown, Unproven, sorted_order

SLICE, IDR_SLICE, SEI, SPS, PPS = 1, 5, 6, 7, 8
IGNORED = {9, 10, 11, 12, 14}  # delimiters, ends, filler, prefixes
WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}  # profiles whose header says more
RECOVERS_EXACTLY_AT_ONCE = 0b110  # recovery_frame_cnt 0 (the bit 1), exact_match_flag 1, broken_link_flag 0


@dataclass(frozen=True)
class Sps:
    """Hold the fields of a sequence parameter set that are needed to read slice headers."""

    separate_colour_planes: bool
    frame_num_bits: int
    poc_type: int
    poc_bits: int
    frames_only: bool


@dataclass(frozen=True)
class Slice:
    """Hold the beginning of the header of a picture's first slice."""

    is_reference: bool
    is_idr: bool
    frame_num: int
    poc_lsb: int


class H264:
    """Follow a stream with one picture per packet and one sequence parameter set."""

    def __init__(self, extradata: bytes) -> None:
        # avcC: version 1; ...; byte 4: length size - 1 in 2 bits; byte 5: number of SPS in 5 bits; then size and SPS
        if extradata[:1] != b"\x01" or extradata[5] & 31 != 1:
            raise Unproven("no single parameter set in the header")
        self.extradata, self.length_size = extradata, (extradata[4] & 3) + 1
        self.sps = read_sps(extradata[8 : 8 + int.from_bytes(extradata[6:8], "big")])
        self.keys: list[tuple[int, int]] = []
        self.entries: list[int] = []
        self.sequence, self.last_frame_num, self.last_was_reference = 0, 0, False
        self.last_msb = self.last_lsb = 0

    def add(self, payload: bytes) -> None:
        first, entry = None, False
        for unit in nal_units(payload, self.length_size):
            kind = unit[0] & 31
            if kind in (SLICE, IDR_SLICE):
                starts_picture = unit[1] & 0x80  # first_mb_in_slice is 0
                if (first is None) != bool(starts_picture):
                    raise Unproven("not one whole picture in a packet")
                first = first or read_slice(unit, self.sps)
            elif kind == SEI:
                entry |= recovers_at_once(unit[1:])
            elif kind not in IGNORED and not (kind in (SPS, PPS) and unit in self.extradata):
                raise Unproven(f"NAL unit {kind}")
        if first is None or not (self.keys or first.is_idr):
            raise Unproven("a packet without a picture, or no keyframe first")
        self._follow(first)
        if entry or first.is_idr:
            self.entries.append(len(self.keys))
        self.keys.append((self.sequence, self._picture_order(first)))

    def _follow(self, picture: Slice) -> None:
        """Check that frame numbers go on without a gap: a lost reference changes what the decoder puts out."""
        if picture.is_idr:
            self.sequence += 1
            self.last_msb = self.last_lsb = 0
        elif picture.frame_num != (self.last_frame_num + self.last_was_reference) % (1 << self.sps.frame_num_bits):
            raise Unproven("a gap in the frame numbers")
        self.last_frame_num, self.last_was_reference = picture.frame_num, picture.is_reference

    def _picture_order(self, picture: Slice) -> int:
        if self.sps.poc_type == 2:  # shown in decoding order
            return len(self.keys)
        # Only the low bits of the picture order count are written (section 8.2.1.1). A jump by half of their cycle
        # or more means that they have wrapped round.
        cycle = 1 << self.sps.poc_bits
        msb = self.last_msb
        if picture.poc_lsb < self.last_lsb and self.last_lsb - picture.poc_lsb >= cycle // 2:
            msb += cycle
        elif picture.poc_lsb > self.last_lsb and picture.poc_lsb - self.last_lsb > cycle // 2:
            msb -= cycle
        if picture.is_reference:
            self.last_msb, self.last_lsb = msb, picture.poc_lsb
        return msb + picture.poc_lsb

    def shown(self, reorder_depth: int) -> Shown:
        return Shown(sorted_order(self.keys, reorder_depth), self.entries, droppable=True)


def read_sps(unit: bytes) -> Sps:
    """Read a sequence parameter set. Raises Unproven for the rare kinds."""
    bits = header_bits(unit, 1, most=len(unit))
    profile = bits.number(8)
    bits.number(16)  # constraint flags, level
    bits.exp_golomb()  # seq_parameter_set_id
    separate = profile in WITH_CHROMA and _read_chroma(bits)
    frame_num_bits = bits.width()
    poc_type = bits.exp_golomb()
    if poc_type == 1:
        raise Unproven("picture order count type 1")
    poc_bits = bits.width() if poc_type == 0 else 0
    bits.exp_golomb()  # max_num_ref_frames
    bits.flag()  # gaps_in_frame_num_value_allowed_flag
    bits.exp_golomb()  # width and height in macroblocks
    bits.exp_golomb()
    return Sps(separate, frame_num_bits, poc_type, poc_bits, frames_only=bits.flag())


def _read_chroma(bits: Bits) -> bool:
    separate = bits.exp_golomb() == 3 and bits.flag()  # chroma_format_idc 3 is 4:4:4
    bits.exp_golomb()  # bit depths of luma and chroma
    bits.exp_golomb()
    bits.flag()  # qpprime_y_zero_transform_bypass_flag
    if bits.flag():
        raise Unproven("scaling matrices in the sequence parameter set")
    return separate


def read_slice(unit: bytes, sps: Sps) -> Slice:
    """Read the header of a picture's first slice. Raises Unproven for a field."""
    bits, is_idr = header_bits(unit, 1), unit[0] & 31 == IDR_SLICE
    for _ in ("first_mb_in_slice", "slice_type", "pic_parameter_set_id"):
        bits.exp_golomb()
    bits.number(2 if sps.separate_colour_planes else 0)
    frame_num = bits.number(sps.frame_num_bits)
    if not sps.frames_only and bits.flag():
        raise Unproven("a field")
    if is_idr:
        bits.exp_golomb()  # idr_pic_id
    return Slice(bool(unit[0] & 0x60), is_idr, frame_num, bits.number(sps.poc_bits))


def recovers_at_once(messages: bytes) -> bool:
    """Return whether a recovery point message says that all frames from here on are exact (an open GOP's start)."""
    at = 0
    while at + 2 < len(messages):
        kind, at = _sei_number(messages, at)
        size, at = _sei_number(messages, at)
        if kind == 6:
            return messages[at] >> 5 == RECOVERS_EXACTLY_AT_ONCE
        at += size
    return False


def _sei_number(messages: bytes, at: int) -> tuple[int, int]:
    value = 0
    while messages[at] == 255:
        value, at = value + 255, at + 1
    return value + messages[at], at + 1
