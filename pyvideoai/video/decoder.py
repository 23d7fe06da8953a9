"""Decode the frames of wanted packets, and as little else as can be."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from pyvideoai.video import libav
from pyvideoai.video.bitstreams.one_by_one import INTRA_ONLY
from pyvideoai.video.errors import VideoError
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


class StoredPackets:
    """Reads packets from the file itself, without a demuxer."""

    def __init__(self, path: Path, stored: Stored, threads: int) -> None:
        self.stored, self.used = stored, False
        self.context = make_decoder(stored, threads)
        self.offsets, self.sizes, self.is_key = (
            values.tolist() for values in (stored.offsets, stored.sizes, stored.is_key)
        )
        self.file = os.open(path, os.O_RDONLY)

    def read(self, first: int) -> Iterator[av.Packet]:
        """The packets from `first` on."""
        if first and self.stored.codec in LEARN_FROM_FIRST and not self.used:
            self._use_first()
        self.used = True
        for number in range(first, len(self.offsets)):
            packet = av.Packet(self.sizes[number])  # its own memory: decoders read past the end, where zeros must be
            os.preadv(self.file, [packet], self.offsets[number])
            packet.pts, packet.is_keyframe = number, self.is_key[number]
            yield packet

    def _use_first(self) -> None:
        self.used = True
        self.context.decode(next(self.read(0)))
        self.context.decode(None)
        self.restart()

    def restart(self) -> None:
        """Make the decoder ready for another run."""
        self.context.flush_buffers()
        self.context.reorder_depth = self.stored.setup["reorder_depth"]

    def close(self) -> None:
        os.close(self.file)


class DemuxedPackets:
    """Reads packets through libav's demuxer, always from the start."""

    def __init__(self, path: Path, threads: int) -> None:
        self.path, self.threads = path, threads
        self.restart()

    def restart(self) -> None:
        self.container = libav.open_container(self.path)
        self.stream = libav.video_stream(self.container, self.path, self.threads)
        self.context = self.stream.codec_context

    def read(self, first: int) -> Iterator[av.Packet]:
        """The packets from the start on, numbered; `first` is 0."""
        for number, packet in enumerate(self.container.demux(self.stream)):
            if packet.dts is not None or packet.size:
                packet.pts = number
                yield packet

    def close(self) -> None:
        self.container.close()


class Decoder:
    """An open file and a decoder for it.

    fallbacks: how often damage made it decode from the start.
    """

    def __init__(self, path: Path, layout: Layout, threads: int) -> None:
        self.path, self.layout, self.threads = path, layout, threads
        self.source = self._fast_source()
        self.damaged, self.fallbacks = False, 0

    def decode(self, run: Run) -> Iterator[tuple[int, "VideoFrame"]]:
        """(packet, its frame) for the wanted packets of a run, as they come out.

        Where the file is damaged, what a decoder makes up depends on all that came before: then they come once more,
        decoded from the start with nothing left out. Raises VideoError.
        """
        try:
            yield from self._decode(run, leave_out=self.layout.skippable)
        except FFmpegError:
            self.damaged = True
        self.source.restart()
        if self.damaged:
            yield from self._decode_from_start(run)

    def _decode_from_start(self, run: Run) -> Iterator[tuple[int, "VideoFrame"]]:
        self.source.close()
        self.source = DemuxedPackets(self.path, self.threads)
        try:
            yield from self._decode(Run(0, run.packets), leave_out=False)
        except FFmpegError as error:
            raise VideoError(self.path, f"corrupt: decoding fails: {libav.explain(error)}") from None
        finally:
            self.source.close()
            self.source = self._fast_source()
        self.damaged, self.fallbacks = False, self.fallbacks + 1

    def _fast_source(self) -> StoredPackets | DemuxedPackets:
        if self.layout.stored is None:
            return DemuxedPackets(self.path, self.threads)
        return StoredPackets(self.path, self.layout.stored, self.threads)

    def _decode(self, run: Run, *, leave_out: bool) -> Iterator[tuple[int, "VideoFrame"]]:
        wanted = set(run.packets)
        for frame in self._frames(run, self.layout.needed_for(run.packets) if leave_out else None):
            self.damaged |= frame.is_corrupt
            if frame.pts in wanted:
                yield frame.pts, frame

    def _frames(self, run: Run, needed: set[int] | None) -> Iterator["VideoFrame"]:
        """All frames of a run; with `needed`, the decoder leaves out what it can of the other packets."""
        context = self.source.context
        for packet in self.source.read(run.start):
            number = packet.pts
            context.skip_frame = "DEFAULT" if needed is None or number in needed else "NONREF"
            yield from context.decode(packet)
            if number == run.packets[-1]:
                break
        yield from context.decode(None)

    def close(self) -> None:
        self.source.close()
