"""The PyAV reader: frame i is the i-th frame of decoding the file from its start, by decoding as little as can be."""

from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from pyvideoai.video import libav
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layouts import index, memo
from pyvideoai.video.layouts.decoder import Decoder
from pyvideoai.video.layouts.find import by_decoding, find_layout
from pyvideoai.video.layouts.layout import Layout, runs
from pyvideoai.video.to_rgb import ToRgb
from pyvideoai.video.video import Video


class PyAVVideo(Video):
    """A file decoded by libav. Raises VideoError when it can't be, at opening or when the frames are asked for.

    layout: what is known of the file; found out when None.
    counted: how often nothing but decoding from the start and counting helped.
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

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        if self.layout.order is None or not (yield from self._pick(wanted)):
            yield from self._count(wanted)

    def _pick(self, wanted: np.ndarray) -> Generator[tuple[int, np.ndarray], None, bool]:
        """Decode the packets of the frames `wanted`; returns whether all came out undamaged."""
        self.decoder = self.decoder or Decoder(self.path, self.layout, self.threads)
        numbers, seen = {packet: number for number, packet in enumerate(self.layout.order[wanted].tolist())}, set()
        self.decoder.damaged = False
        for run in runs(self.layout, wanted):
            for packet, frame in self.decoder.decode(run):
                yield numbers[packet], self._picture(frame)
                seen.add(packet)
        if len(seen) < len(numbers) and not self.decoder.damaged and not self.layout.proven:
            self._mistrust()
        return len(seen) == len(numbers) and not self.decoder.damaged

    def _count(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Decode from the start, leaving nothing out, and count."""
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
        """The packets promised frames that didn't come out: decode the file once, and go by that from now on."""
        expected = self.num_frames
        self._use(memo.replace(self.path, by_decoding))
        if self.num_frames != expected:
            raise VideoError(self.path, f"it has {self.num_frames} frames where its packets promise {expected}")

    def close(self) -> None:
        if self.decoder is not None:
            self.decoder.close()
        self.decoder = None


def _known_layout(path: Path) -> Layout:
    return index.look_up(path) or find_layout(path)
