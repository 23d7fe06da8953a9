"""The PyAV reader: frame i is the i-th frame of decoding the file from its start, by decoding as little as can be."""

from pathlib import Path

import numpy as np

from pyvideoai.video import index, libav, memo
from pyvideoai.video.decoder import Decoder
from pyvideoai.video.errors import VideoError
from pyvideoai.video.find_layout import by_decoding, find_layout
from pyvideoai.video.layout import Layout, runs
from pyvideoai.video.pixels import ToRgb
from pyvideoai.video.video import Crop, Video


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
        self.to_rgb = ToRgb(layout.upright)

    def _decode(self, wanted: np.ndarray, into: np.ndarray, crop: Crop) -> None:
        if self.layout.order is None or not self._pick(wanted, into, crop):
            self._count(wanted, into, crop)

    def _pick(self, wanted: np.ndarray, into: np.ndarray, crop: Crop) -> bool:
        """Decode the packets of the frames `wanted`; returns whether all came out undamaged."""
        self.decoder = self.decoder or Decoder(self.path, self.layout, self.threads)
        places, seen = {int(packet): place for place, packet in enumerate(self.layout.order[wanted])}, set()
        self.decoder.damaged = False
        for run in runs(self.layout, wanted):
            for packet, frame in self.decoder.decode(run):
                self._write(frame, into[places[packet]], crop)
                seen.add(packet)
        if len(seen) < len(places) and not self.decoder.damaged and not self.layout.proven:
            self._mistrust()
        return len(seen) == len(places) and not self.decoder.damaged

    def _count(self, wanted: np.ndarray, into: np.ndarray, crop: Crop) -> None:
        """Decode from the start, leaving nothing out, and count."""
        self.counted += 1
        places = {int(index): place for place, index in enumerate(wanted)}
        with libav.open_container(self.path) as container:
            stream = libav.video_stream(container, self.path, self.threads)
            for index, frame in enumerate(libav.decode_all(container, stream, self.path)):
                if index in places:
                    self._write(frame, into[places.pop(index)], crop)
                if not places:
                    return
        raise VideoError(self.path, f"decoding ends before frame {min(places)}")

    def _write(self, frame: "libav.VideoFrame", into: np.ndarray, crop: Crop) -> None:
        if (frame.height, frame.width) != (self.layout.coded_height, self.layout.coded_width):
            raise VideoError(self.path, "the size of its frames changes")
        self.to_rgb.write(frame, into, crop)

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
