"""Read what a container says about its video."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.video import libav

if TYPE_CHECKING:
    from av.packet import Packet

STEADY = 1.5  # the rate is variable if some gap between frames is longer than this many median gaps


@dataclass(frozen=True)
class Container:
    """Hold what a container says. format, codec: libav's names. declared: frames that it promises, or 0."""

    format: str
    codec: str
    pixel_format: str
    declared: int
    packets: int
    hidden: int
    cut_short: bool
    variable_rate: bool
    video_streams: int


def describe(path: Path) -> Container:
    """Look through the packets. Raises VideoError."""
    with libav.open_container(path) as container, libav.translated(path, "can't be read"):
        stream = libav.video_stream(container, path, threads=1)
        packets = [packet for packet in container.demux(stream) if packet.size]
        return Container(
            format=container.format.name,
            codec=stream.codec_context.name,
            pixel_format=stream.codec_context.pix_fmt or "",
            declared=stream.frames,
            packets=len(packets),
            hidden=sum(packet.is_discard for packet in packets),
            cut_short=any(packet.is_corrupt for packet in packets),
            variable_rate=_variable(packets),
            video_streams=len(container.streams.video),
        )


def _variable(packets: list["Packet"]) -> bool:
    times = np.sort([packet.pts for packet in packets if packet.pts is not None])
    gaps = np.diff(times)
    return len(gaps) > 1 and gaps.max() > STEADY * np.median(gaps)
