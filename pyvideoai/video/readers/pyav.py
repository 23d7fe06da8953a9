"""The PyAV reader: frame i is the i-th that decoding the file from its start gives, but as little as possible is
decoded.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from pyvideoai.errors import counted
from pyvideoai.video import libav
from pyvideoai.video.errors import PromiseBrokenError, VideoError, naming
from pyvideoai.video.layouts import index, memo
from pyvideoai.video.layouts.decoder import Decoder
from pyvideoai.video.layouts.find import by_decoding, find_layout, promised_layout
from pyvideoai.video.layouts.layout import Layout, runs
from pyvideoai.video.to_rgb import ToRgb
from pyvideoai.video.video import Video


class PyAVVideo(Video):
    """Read a file with libav. Raises VideoError if it can't be decoded, when it is opened or when frames are requested.

    layout: what is known of the file; None: find it out.
    counted: how often the reader had to decode from the start and count frames, since nothing else was certain.
    """

    def __init__(self, path: Path, threads: int = 1, *, layout: Layout | None = None) -> None:
        libav.check_file(path)
        self.path, self.threads = path, threads
        self.decoder: Decoder | None = None
        self.counted = 0
        self._use(layout or memo.per_file(path, _known_layout))

    def _use(self, layout: Layout) -> None:
        self.close()
        self.layout, self.num_frames, self.fps = layout, layout.num_frames, layout.fps
        self.height, self.width = layout.size
        self.times = None if layout.times is None else layout.times / 1e6
        self.to_rgb = ToRgb(layout.upright)

    def stream(self, wanted: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
        """See `Video.stream`; the file is decoded from its start, once, and leaving nothing out.

        Raises PromiseBrokenError if the layout isn't proven and turns out to be wrong; opened anew, the file is read.
        """
        with naming(self.path), libav.open_container(self.path) as container:
            stream = libav.video_stream(container, self.path, self.threads)
            frames = enumerate(libav.decode_all(container, stream, self.path))
            for index in wanted:
                frame = next((frame for at, frame in frames if self._is_promised(at, frame) and at == index), None)
                if frame is None:
                    raise self._broken(f"decoding ends before frame {index}")
                yield index, self._picture(frame)

    def _is_promised(self, index: int, frame: "libav.VideoFrame") -> bool:
        """Return True; raise PromiseBrokenError for a frame of another packet than the layout says."""
        order = self.layout.order
        if self.layout.proven or order is None or (index < len(order) and order[index] == frame.pts):
            return True
        raise self._broken(f"its packets promise another frame {index} than decoding gives")

    def _broken(self, reason: str) -> VideoError:
        """Return the error of a layout that is wrong; if it isn't proven, find and remember the right one first."""
        if self.layout.proven:
            return VideoError(self.path, reason)
        memo.replace(self.path, by_decoding)
        return PromiseBrokenError(self.path, reason)

    def glimpses(self, seconds: Sequence[float]) -> Iterator[np.ndarray]:
        """See `Video.glimpses`: the keyframe before each time; where the container can't seek, the first frame."""
        with naming(self.path), libav.open_container(self.path) as container:
            stream = libav.video_stream(container, self.path, self.threads)
            for second in seconds:
                with suppress(FFmpegError):
                    container.seek(int((container.start_time or 0) + second * av.time_base))
                frame = next(container.decode(stream), None)
                if frame is None:
                    raise VideoError(self.path, f"no frame can be decoded near {second:.1f} s")
                yield self._picture(frame)

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        if self.layout.order is None or not (yield from self._pick(wanted)):
            yield from self._count(wanted)

    def _pick(self, wanted: np.ndarray) -> Generator[tuple[int, np.ndarray], None, bool]:
        """Decode the packets of the frames `wanted`; return whether all frames came out undamaged."""
        self.decoder = self.decoder or Decoder(self.path, self.layout, self.threads)
        numbers, seen = {packet: number for number, packet in enumerate(self.layout.order[wanted].tolist())}, set()
        self.decoder.damaged = False
        for run in runs(self.layout, wanted):
            for packet, frame in self.decoder.decode(run):
                yield numbers[packet], self._picture(frame)
                seen.add(packet)
        # A frame is missing although nothing is damaged: the layout that the packets promised is wrong for this file.
        if len(seen) < len(numbers) and not self.decoder.damaged and not self.layout.proven:
            self._mistrust()
        return len(seen) == len(numbers) and not self.decoder.damaged

    def _count(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Decode from the start, leaving nothing out, and count frames."""
        self.counted += 1
        numbers = {index: number for number, index in enumerate(wanted.tolist())}
        with libav.open_container(self.path) as container:
            stream = libav.video_stream(container, self.path, self.threads)
            for index, frame in enumerate(libav.decode_all(container, stream, self.path)):
                if index in numbers:
                    yield numbers.pop(index), self._picture(frame)
                if not numbers:
                    return
        raise VideoError(self.path, f"decoding ends before frame {min(numbers)}")

    def _picture(self, frame: "libav.VideoFrame") -> np.ndarray:
        if (frame.height, frame.width) != (self.layout.coded_height, self.layout.coded_width):
            raise VideoError(self.path, "the size of its frames changes")
        return self.to_rgb.upright_picture(frame)

    def _mistrust(self) -> None:
        """Decode the file once and use what that shows from now on.

        The packets promised frames that didn't come out.
        """
        expected = self.num_frames
        self._use(memo.replace(self.path, by_decoding))
        if self.num_frames != expected:
            raise VideoError(
                self.path, f"it has {counted(self.num_frames, 'frame')} where its packets promise {expected}"
            )

    def close(self) -> None:
        if self.decoder is not None:
            self.decoder.close()
        self.decoder = None


def open_promised(path: Path, threads: int = 1) -> PyAVVideo:
    """Open a file for reading it in order (`stream`), without decoding it first as some kinds of files need.

    What is already known of the file is used. Raises VideoError.
    """
    libav.check_file(path)
    layout = memo.known(path) or index.look_up(path) or promised_layout(path)
    return PyAVVideo(path, threads, layout=layout)


def _known_layout(path: Path) -> Layout:
    return index.look_up(path) or find_layout(path)
