"""The limit: libav decoding the fewest frames that the clips need, and nothing else.

No file is opened or read while the time runs, nothing is converted to RGB, cropped or kept: packets that lie in memory
go into a decoder, those of unwanted frames that no other frame refers to are left out by it. No loader that decodes
these frames with libav on a processor can be faster.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import av
import numpy as np

from benchmark.loader.protocol import Job, Protocol
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.video import VideoError, libav, open_video
from pyvideoai.video.layouts.decoder import make_decoder
from pyvideoai.video.layouts.layout import Layout, Run, runs

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext


class Limit:
    """The contestant."""

    name = "limit"

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], None]:
        """See `timing.Contestant`. Raises VideoError where nothing but decoding from the start gives the frames."""
        with open_video(job.path) as video:
            layout = getattr(video, "layout", None)
        if layout is None or layout.order is None:
            raise VideoError(job.path, "its frames are not told by its packets: no limit")
        passes = [_pass(job.path, layout, run) for run in runs(layout, np.unique(job.indices))]
        return functools.partial(_decode, passes)


@dataclass
class _Pass:
    """A decoder as new, and the packets that it will be given, with whether each one's frame is needed."""

    decoder: "VideoCodecContext"
    packets: list[tuple[av.Packet, bool]]
    container: object = None  # the decoder is part of it


def _pass(path: str, layout: Layout, run: Run) -> _Pass:
    needed = layout.needed_for(run.packets) if layout.skippable else None
    read = _stored if layout.stored else _demuxed
    decoder, numbered, container = read(path, layout, run)
    return _Pass(decoder, [(packet, needed is None or number in needed) for number, packet in numbered], container)


def _stored(path: str, layout: Layout, run: Run) -> tuple["VideoCodecContext", list[tuple[int, av.Packet]], None]:
    with Path(path).open("rb") as file:
        packets = [(number, _read(file, layout, number)) for number in range(run.start, run.packets[-1] + 1)]
    return make_decoder(layout.stored, threads=1), packets, None


def _read(file: BinaryIO, layout: Layout, number: int) -> av.Packet:
    file.seek(int(layout.stored.offsets[number]))
    packet = av.Packet(file.read(int(layout.stored.sizes[number])))
    packet.pts, packet.is_keyframe = number, bool(layout.stored.is_key[number])
    return packet


def _demuxed(path: str, layout: Layout, run: Run) -> tuple["VideoCodecContext", list[tuple[int, av.Packet]], object]:
    container = libav.open_container(Path(path))
    stream = libav.video_stream(container, Path(path), threads=1)
    numbered = itertools.islice(enumerate(container.demux(stream)), run.packets[-1] + 1)
    return stream.codec_context, [(number, packet) for number, packet in numbered if packet.size], container


def _decode(passes: list[_Pass], watch: Stopwatch) -> None:
    for each in passes:
        for packet, is_needed in each.packets:
            each.decoder.skip_frame = "DEFAULT" if is_needed else "NONREF"
            each.decoder.decode(packet)
        each.decoder.decode(None)
    watch.lap("decode")
