"""Read a network stream as it comes: the only place that opens addresses, and it opens nothing else."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import chain
from urllib.parse import urlsplit

import av
import numpy as np
from av.error import FFmpegError, InvalidDataError

from pyvideoai.errors import UserError
from pyvideoai.video import libav
from pyvideoai.video.errors import VideoError
from pyvideoai.video.to_rgb import ToRgb

# What libav may open for an address of a scheme; a playlist or a redirection can't lead to a file of this machine.
PROTOCOLS = {
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsps,rtsp,rtp,udp,tcp,tls",
    "http": "http,https,tcp,tls,crypto,httpproxy",
    "https": "http,https,tcp,tls,crypto,httpproxy",
}
FORMATS = f"{libav.ONLY_VIDEOS['format_whitelist']},rtsp,sdp,hls"
OPEN_S, READ_S = 15.0, 10.0  # how long an answer is waited for


def check_address(address: str) -> None:
    """Raise UserError unless this is an address that can be read live."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in PROTOCOLS or not parts.hostname:
        allowed = ", ".join(f"{scheme}://" for scheme in PROTOCOLS)
        raise UserError(f"--live {without_password(address)!r}: it reads an address of {allowed}")


def without_password(address: str) -> str:
    """Return an address as it may be printed and written: without a user's name and password."""
    parts = urlsplit(address)
    return address.replace(f"{parts.netloc.rpartition('@')[0]}@", "") if "@" in parts.netloc else address


class LiveStream:
    """Hold an open stream; use it in a `with` block. Raises VideoError if there is none, UserError for other addresses.

    height, width: of a frame, in pixels, upright. rate: frames per second that the stream declares, or 25.
    """

    def __init__(self, address: str) -> None:
        check_address(address)
        self.name = without_password(address)
        self._stack = ExitStack()
        options = {
            "format_whitelist": FORMATS,
            "protocol_whitelist": PROTOCOLS[urlsplit(address).scheme.lower()],
            "rtsp_transport": "tcp",  # over UDP, packets that are lost damage frames
        }
        try:
            opened = av.open(address, container_options=options, timeout=(OPEN_S, READ_S), metadata_errors="replace")
        except (FFmpegError, OSError, ValueError) as error:
            raise VideoError(self.name, f"can't be opened as a stream: {libav.explain(error)}") from None
        self._container = self._stack.enter_context(opened)
        self._stream = libav.video_stream(self._container, self.name, threads=1)
        self.rate = float(self._stream.average_rate or self._stream.guessed_rate or 25)
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise VideoError(self.name, "the stream ended before its first frame")
        self._first = first
        self._to_rgb = ToRgb(libav.upright_of(first))
        self.height, self.width = self._to_rgb.upright.size(first.height, first.width)

    def pictures(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield (seconds since the first frame, frame: uint8 (H, W, 3), RGB) until the stream ends.

        A frame may only be read, and only until the next one is asked for. Raises VideoError if the stream breaks off.
        """
        began, shown = time.monotonic(), self._first.time
        for frame in chain([self._first], self._frames):
            if (frame.height, frame.width) != (self._first.height, self._first.width):
                raise VideoError(self.name, "the size of its frames changes")
            # A stream without times has those at which its frames arrive.
            has_time = frame.time is not None and shown is not None
            yield frame.time - shown if has_time else time.monotonic() - began, self._to_rgb.upright_picture(frame)

    def _decoded(self) -> "Iterator[libav.VideoFrame]":
        try:
            for packet in self._container.demux(self._stream):
                # What a lost packet leaves can't be decoded; the next keyframe makes it good.
                with suppress(InvalidDataError):
                    yield from packet.decode()
        except (FFmpegError, OSError) as error:
            raise VideoError(self.name, f"the stream broke off: {libav.explain(error)}") from None

    def __enter__(self) -> "LiveStream":
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
