"""Decode the frames of wanted packets, and as little else as possible."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from pyvideoai import tarred
from pyvideoai.video import libav
from pyvideoai.video.bitstreams.one_by_one import INTRA_ONLY
from pyvideoai.video.layouts.layout import Layout, Run, Stored
from pyvideoai.video.pulse import beat

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

LEARN_FROM_FIRST = {"mpeg4"}  # who wrote it, which a decoder must know for its bugs, may stand in the first packet only


def make_decoder(stored: Stored, threads: int) -> "VideoCodecContext":
    """Make a decoder that gives the same frames as the container's own would."""
    context = av.CodecContext.create(stored.codec, "r")
    for name, value in stored.setup.items():
        setattr(context, name, value)
    context.thread_count = threads
    if stored.codec in INTRA_ONLY:
        context.options = {"err_detect": "explode"}  # they don't tell of damage otherwise
    return context


class Decoder:
    """Hold an open file and decode parts of it.

    damaged: whether decoding failed or the decoder had to make something up. What comes out then depends on everything
        that the decoder got before, so only decoding from the start, leaving nothing out, gives the same.
    """

    def __init__(self, path: Path, layout: Layout, threads: int) -> None:
        self.path, self.layout, self.threads, self.damaged = path, layout, threads, False
        self.file: io.RawIOBase | None = tarred.open_file(path) if layout.stored else None

    def decode(self, run: Run) -> Iterator[tuple[int, "VideoFrame"]]:
        """Yield (packet, its frame) for the wanted packets of a run; some may be missing in a damaged file."""
        wanted = set(run.packets)
        try:
            for frames in self._frames(run):
                for frame in frames:
                    if frame.is_corrupt:
                        self.damaged = True
                    if frame.pts in wanted:
                        yield frame.pts, frame
        except FFmpegError:
            self.damaged = True

    def _frames(self, run: Run) -> Iterator[list["VideoFrame"]]:
        """Yield all frames of a run except those that the decoder may leave out, because no wanted frame needs them."""
        needed = self.layout.needed_for(run.packets) if self.layout.skippable else None
        last, leaves_out = run.packets[-1], None
        for context, packet in self._stored(run.start, last) if self.layout.stored else self._demuxed():
            beat()
            number = packet.pts
            leave_out = needed is not None and number not in needed
            # "NONREF" tells libavcodec to skip a frame that no other frame refers to
            if leave_out is not leaves_out:
                context.skip_frame, leaves_out = "NONREF" if leave_out else "DEFAULT", leave_out
            if frames := context.decode(packet):
                yield frames
            if number == last:
                yield context.decode(None)
                return

    def _stored(self, first: int, last: int) -> Iterator[tuple["VideoCodecContext", av.Packet]]:
        """Yield a new decoder with each of the packets `first` to `last`, read from the file without a demuxer."""
        stored = self.layout.stored
        context = make_decoder(stored, self.threads)  # a used one isn't quite as new after a flush
        if first and stored.codec in LEARN_FROM_FIRST:
            context.skip_frame = "ALL"  # only its headers are read, which takes a tenth of the time
            context.decode(self._read(0, *next(stored.packets(0, 0))))
            context.flush_buffers()
        for number, place in enumerate(stored.packets(first, last), start=first):
            yield context, self._read(number, *place)

    def _read(self, number: int, offset: int, size: int, is_key: bool) -> av.Packet:
        packet = av.Packet(size)  # its own memory: decoders read past the end, where zeros must be
        self.file.seek(offset)
        self.file.readinto(packet)
        packet.pts, packet.is_keyframe = number, is_key
        return packet

    def _demuxed(self) -> Iterator[tuple["VideoCodecContext", av.Packet]]:
        """Yield a new decoder with each of the packets, numbered, from libav's demuxer."""
        with libav.open_container(self.path) as container:
            stream = libav.video_stream(container, self.path, self.threads)
            for number, packet in enumerate(container.demux(stream)):
                if packet.dts is not None or packet.size:
                    packet.pts = number
                    yield stream.codec_context, packet

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
        self.file = None
