"""Carry the sound of a video into a file that is being written."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from av.error import FFmpegError

from pyvideoai.video import libav

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, Packet
    from av.container import OutputContainer

IN_MP4 = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"})  # what an .mp4 holds and players play


class SoundCopy:
    """Copy the sound of `path` into `out`, in step with frames whose times count from the video's first frame.

    Sound that an .mp4 can't hold is decoded and written as AAC. Where the sound is damaged, it ends; `fault` says why.
    Use it in a `with` block.
    """

    def __init__(self, path: Path, out: "OutputContainer") -> None:
        self.path, self.out, self.fault = path, out, ""
        self.stream: AudioStream | None = None
        self._stack = ExitStack()
        self._packets: Iterator[tuple[float, Packet]] = iter(())
        self._next: tuple[float, Packet] | None = None

    def add_stream(self) -> None:
        """Open the file and add a stream to `out`, if there is sound; call it before anything is written."""
        if not self.path.is_file():
            return
        container = self._stack.enter_context(libav.open_container(self.path))
        source = container.streams.best("audio")
        pictures = container.streams.best("video")
        if source is None or source.codec_context is None or source.codec_context.sample_rate == 0:
            return
        self.begin = float((pictures.start_time or 0) * pictures.time_base)
        self.source, self.copied = source, source.codec_context.name in IN_MP4
        if self.copied:
            self.stream = self.out.add_stream_from_template(source)
        else:
            layout = "mono" if source.codec_context.channels == 1 else "stereo"
            self.stream = self.out.add_stream("aac", rate=source.codec_context.sample_rate, layout=layout)
        self._packets = self._times(container.demux(source))
        self._next = next(self._packets, None)

    def until(self, second: float) -> None:
        """Write the sound up to this time."""
        while self._next is not None and self._next[0] <= second:
            try:
                self._write(self._next[1])
                self._next = next(self._packets, None)
            except (FFmpegError, ValueError) as error:
                self._next, self.fault = None, libav.explain(error)

    def _times(self, packets: Iterator["Packet"]) -> Iterator[tuple[float, "Packet"]]:
        """Yield (seconds from the first frame, packet), without the packets before that frame."""
        for packet in packets:
            if packet.pts is not None and (second := float(packet.pts * packet.time_base) - self.begin) >= 0:
                yield second, packet

    def _write(self, packet: "Packet") -> None:
        shift = round(self.begin / packet.time_base)
        if self.copied:
            packet.pts -= shift
            packet.dts = packet.pts if packet.dts is None else packet.dts - shift
            packet.stream = self.stream
            self.out.mux(packet)
            return
        for frame in packet.decode():
            self.out.mux(self.stream.encode(self._moved(frame, shift)))

    def _moved(self, frame: "AudioFrame", shift: int) -> "AudioFrame":
        frame.pts = None if frame.pts is None else frame.pts - shift
        return frame

    def finish(self) -> None:
        """Write what the encoder still holds."""
        if self.stream is not None and not self.copied:
            self.out.mux(self.stream.encode(None))

    def __enter__(self) -> "SoundCopy":
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
