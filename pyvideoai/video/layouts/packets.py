"""Look through a file's packets without decoding them."""

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from av.format import Flags

from pyvideoai import tarred
from pyvideoai.video import libav
from pyvideoai.video.bitstreams.follow import follower
from pyvideoai.video.bitstreams.shown import UNFOLLOWED, Follower, Shown
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layouts.layout import Stored
from pyvideoai.video.layouts.pace import Pace, pace
from pyvideoai.video.pulse import beat

if TYPE_CHECKING:
    from av.format import ContainerFormat
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SETUP = (
    "extradata", "codec_tag", "width", "height", "pix_fmt", "reorder_depth", "bits_per_coded_sample",
    "color_range", "colorspace", "color_primaries", "color_trc",
)  # fmt: skip
HARMLESS_SIDE_DATA = {"matroska_block_additional", "cpb_properties"}
ENCRYPTED = "encryption_info"
FARTHEST_PAYLOAD = 64  # bytes from where a container says that a packet lies to its payload: block and chunk headers


class Timing(Enum):
    """Say what a container tells about when frames are shown: a time per packet, only a sequence (AVI), or nothing."""

    BY_PACKET = 1
    BY_TURN = 2
    NONE = 3


@dataclass
class Packets:
    """Hold the packets of a file's video stream in decoding order.

    offsets: in bytes; None as soon as a packet isn't stored as it is. follower: None as soon as the stream isn't plain.
    first: the frame of the first packet, decoded with all that the container knows. hidden: cut out by an edit list.
    rates: frames per second that the container declares. times: when frames are shown, in ticks, or None.
    """

    codec: str
    rates: tuple[Fraction | None, ...]
    tick: Fraction | None
    timing: Timing
    setup: dict[str, object] | None
    follower: Follower | None
    sizes: list[int] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    hidden: list[bool] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    offsets: list[int] | None = field(default_factory=list)
    encrypted: int = 0
    first_payload: bytes = b""
    first: "VideoFrame | None" = None

    def shown_at(self, order: np.ndarray) -> list[int | None]:
        """Return when the frames that come from the packets `order` are shown, in ticks.

        The ticks are None if the file doesn't tell. AVI has no such times, but frames are shown one after the other as
        packets come. In packed streams (see `mpeg4`) packets and frames don't correspond: a packet has two frames, or
        none.
        """
        is_packed = self.codec == "mpeg4" and len(order) != len(self.sizes) - sum(self.hidden)
        if self.timing is Timing.NONE or is_packed:
            return [None] * len(order)
        ticks = [self.times[packet] for packet in order]
        return sorted(ticks) if self.timing is Timing.BY_TURN and None not in ticks else ticks

    def pace(self, order: np.ndarray) -> Pace:
        """Return mean frames per second and the times of the frames that come from the packets `order`."""
        return pace(self.shown_at(order), self.tick, self.rates)

    def stored(self) -> Stored | None:
        """Return where the packets lie in the file; None if they can't be read without the container."""
        if self.setup is None or self.offsets is None or not self.offsets:
            return None
        offsets, sizes = np.asarray(self.offsets, np.int64), np.asarray(self.sizes, np.int64)
        return Stored(self.codec, self.setup, offsets, sizes, np.asarray(self.keys, bool))

    def shown(self) -> Shown | None:
        """Return the order in which the frames are shown; None if only decoding tells."""
        if self.follower is None or self.setup is None or not self.sizes:
            return None
        try:
            return self.follower.shown(self.setup["reorder_depth"])
        except UNFOLLOWED:
            return None


def collect(path: Path) -> Packets:
    """Return the packets of a file. Raises VideoError."""
    with libav.open_container(path) as container, tarred.open_file(path) as file:
        stream = libav.video_stream(container, path, threads=1)
        packets = _describe(stream)
        with libav.translated(path, "can't be read"):
            for packet in container.demux(stream):
                beat()
                if packet.dts is not None or packet.size:
                    _add(packets, packet, file)
        if packets.encrypted:
            raise VideoError(path, f"it is encrypted ({packets.encrypted} of {len(packets.sizes)} packets)")
        packets.first = decode_alone(stream.codec_context, packets.first_payload)
    return packets


def collect_times(path: Path) -> Packets:
    """Return the packets of a file with little more than their times: a tenth of the time that `collect` takes.

    Raises VideoError.
    """
    with libav.open_container(path) as container, libav.translated(path, "can't be read"):
        stream = libav.video_stream(container, path, threads=1)
        packets = _describe(stream)
        packets.follower, packets.offsets = None, None
        for packet in container.demux(stream):
            if packet.dts is not None or packet.size:
                packets.first_payload = packets.first_payload or bytes(packet)
                _add_times(packets, packet)
        packets.first = decode_alone(stream.codec_context, packets.first_payload)
    return packets


def decode_alone(context: "VideoCodecContext", payload: bytes) -> "VideoFrame | None":
    """Return the frame of a stream's first packet; None if that packet alone doesn't give one."""
    packet = av.Packet(len(payload))
    packet.update(payload)
    try:
        return next(iter(context.decode(packet) + context.decode(None)), None)
    except FFmpegError:
        return None


def _describe(stream: "VideoStream") -> Packets:
    context = stream.codec_context
    try:
        setup = {name: value for name in SETUP if (value := getattr(context, name)) is not None}
    except UnicodeDecodeError:  # a codec tag that PyAV can't set
        setup = None
    try:
        found = follower(context.name, context.extradata)
    except UNFOLLOWED:
        found = None
    timing = _timing(stream.container.format)
    # raw streams have no times at all: their average is libav's default, the guess is what the stream itself says
    rates = (stream.average_rate, stream.guessed_rate)[:: -1 if timing is Timing.NONE else 1]
    return Packets(context.name, rates, stream.time_base, timing, setup, found)


def _timing(container: "ContainerFormat") -> Timing:
    if container.flags & Flags.no_timestamps.value:
        return Timing.NONE
    return Timing.BY_TURN if container.name == "avi" else Timing.BY_PACKET


def _add(packets: Packets, packet: "Packet", file: RawIOBase) -> None:
    payload, side_data = bytes(packet), libav.side_data_of(packet)
    packets.first_payload = packets.first_payload or payload
    packets.encrypted += ENCRYPTED in side_data
    plain = payload and not packet.is_corrupt and side_data <= HARMLESS_SIDE_DATA
    packets.offsets = _with_offset(packets.offsets, packet, payload, file) if plain else None
    packets.follower = _following(packets.follower, payload) if plain else None
    packets.keys.append(packet.is_keyframe)
    _add_times(packets, packet)


def _add_times(packets: Packets, packet: "Packet") -> None:
    packets.sizes.append(packet.size)
    packets.hidden.append(packet.is_discard)
    packets.times.append(packet.dts if packets.timing is Timing.BY_TURN else packet.pts)


def _with_offset(offsets: list[int] | None, packet: "Packet", payload: bytes, file: RawIOBase) -> list[int] | None:
    if offsets is None or packet.pos is None or packet.pos < 0:
        return None
    # The container says where a packet begins, header included; its payload follows within a few bytes. If it isn't
    # there (a transport stream cuts it into pieces, for one), the file can't be read without libav's demuxer. The file
    # isn't mapped: one that is cut short meanwhile would end the process (SIGBUS), and some file systems refuse it.
    file.seek(packet.pos)
    at = file.read(FARTHEST_PAYLOAD + len(payload)).find(payload)
    offsets.append(packet.pos + at)
    return offsets if at >= 0 else None


def _following(found: Follower | None, payload: bytes) -> Follower | None:
    try:
        if found is not None:
            found.add(payload)
    except UNFOLLOWED:
        return None
    return found
