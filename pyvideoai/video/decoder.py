"""Decode the frames of wanted packets, and as little else as can be."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from pyvideoai.video import libav
from pyvideoai.video.bitstreams.one_by_one import INTRA_ONLY
from pyvideoai.video.layout import Layout, Run, Stored

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

LEARN_FROM_FIRST = {"mpeg4"}  # who wrote it, which a decoder must know for its bugs, may stand in the first packet only


def make_decoder(stored: Stored, threads: int) -> "VideoCodecContext":
    """A decoder that gives what the container's own would."""
    context = av.CodecContext.create(stored.codec, "r")
    for name, value in stored.setup.items():
        setattr(context, name, value)
    context.thread_count = threads
    if stored.codec in INTRA_ONLY:
        context.options = {"err_detect": "explode"}  # they don't tell of damage otherwise
    return context


class Decoder:
    """An open file, and decoders for it.

    damaged: whether decoding failed or had to make something up. What comes out then depends on all that the decoder
        was given before, so that nothing but decoding from the start, with nothing left out, gives the same.
    """

    def __init__(self, path: Path, layout: Layout, threads: int) -> None:
        self.path, self.layout, self.threads, self.damaged = path, layout, threads, False
        self.file = os.open(path, os.O_RDONLY) if layout.stored else None

    def decode(self, run: Run) -> Iterator[tuple[int, "VideoFrame"]]:
        """(packet, its frame) for the wanted packets of a run, as they come out; not all where the file is damaged."""
        wanted = set(run.packets)
        try:
            for frame in self._frames(run, self.layout.needed_for(run.packets) if self.layout.skippable else None):
                self.damaged |= frame.is_corrupt
                if frame.pts in wanted:
                    yield frame.pts, frame
        except FFmpegError:
            self.damaged = True

    def _frames(self, run: Run, needed: set[int] | None) -> Iterator["VideoFrame"]:
        """All frames of a run; with `needed`, the decoder leaves out what it can of other packets."""
        for context, packet in self._stored(run.start) if self.layout.stored else self._demuxed():
            number = packet.pts
            context.skip_frame = "DEFAULT" if needed is None or number in needed else "NONREF"
            yield from context.decode(packet)
            if number == run.packets[-1]:
                yield from context.decode(None)
                return

    def _stored(self, first: int) -> Iterator[tuple["VideoCodecContext", av.Packet]]:
        """A new decoder with each of the packets from `first` on, read from the file itself without a demuxer."""
        stored = self.layout.stored
        context = make_decoder(stored, self.threads)  # a used one isn't quite as new after a flush
        if first and stored.codec in LEARN_FROM_FIRST:
            context.decode(self._read(0))
            context.decode(None)
            context.flush_buffers()
        for number in range(first, len(stored.offsets)):
            yield context, self._read(number)

    def _read(self, number: int) -> av.Packet:
        stored = self.layout.stored
        packet = av.Packet(int(stored.sizes[number]))  # its own memory: decoders read past the end, where zeros must be
        os.preadv(self.file, [packet], int(stored.offsets[number]))
        packet.pts, packet.is_keyframe = number, bool(stored.is_key[number])
        return packet

    def _demuxed(self) -> Iterator[tuple["VideoCodecContext", av.Packet]]:
        """A new decoder with each of the packets, numbered, from libav's demuxer."""
        with libav.open_container(self.path) as container:
            stream = libav.video_stream(container, self.path, self.threads)
            for number, packet in enumerate(container.demux(stream)):
                if packet.dts is not None or packet.size:
                    packet.pts = number
                    yield stream.codec_context, packet

    def close(self) -> None:
        if self.file is not None:
            os.close(self.file)
        self.file = None
