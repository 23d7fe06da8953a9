"""The PyAV reader: frame i is the i-th frame of decoding the file from its start."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyvideoai.video import libav
from pyvideoai.video.errors import VideoError
from pyvideoai.video.memo import per_file
from pyvideoai.video.pixels import ToRgb
from pyvideoai.video.upright import Upright
from pyvideoai.video.video import Crop, Video


@dataclass(frozen=True)
class Facts:
    """What decoding a file once tells; coded_height and coded_width are those before it is turned upright."""

    num_frames: int
    fps: float
    coded_height: int
    coded_width: int
    upright: Upright


class PyAVVideo(Video):
    """A file decoded by libav. Raises VideoError when it can't be, at opening or when the frames are asked for."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path, self.threads = path, threads
        self.container = libav.open_container(path)
        self.stream = libav.video_stream(self.container, path, threads)
        self.facts = per_file(path, lambda: examine(path))
        self.num_frames, self.fps = self.facts.num_frames, self.facts.fps
        self.height, self.width = self.facts.upright.size(self.facts.coded_height, self.facts.coded_width)
        self.to_rgb = ToRgb(self.facts.upright)
        self.used = False

    def _decode(self, wanted: np.ndarray, into: np.ndarray, crop: Crop) -> None:
        self._rewind()
        places = {int(index): place for place, index in enumerate(wanted)}
        for index, frame in enumerate(libav.decode_all(self.container, self.stream, self.path)):
            if index in places:
                self.to_rgb.write(frame, into[places.pop(index)], crop)
            if not places:
                return
        raise VideoError(self.path, f"decoding ended before frame {min(places)}: the file has changed")

    def _rewind(self) -> None:
        if self.used:
            self.container.close()
            self.container = libav.open_container(self.path)
            self.stream = libav.video_stream(self.container, self.path, self.threads)
        self.used = True

    def close(self) -> None:
        self.container.close()


def examine(path: Path) -> Facts:
    """Decode the file once, from start to end. Raises VideoError when that fails anywhere."""
    with libav.open_container(path) as container:
        stream = libav.video_stream(container, path, threads=1)
        first, sizes, count = None, set(), 0
        for frame in libav.decode_all(container, stream, path):
            first = first or frame
            sizes.add((frame.height, frame.width))
            count += 1
        if first is None:
            raise VideoError(path, libav.after(0, stream))
        if len(sizes) > 1:
            found = " and ".join(f"{height} x {width}" for height, width in sorted(sizes))
            raise VideoError(path, f"the size of its frames changes: {found}")
        return Facts(count, libav.frames_per_second(stream), first.height, first.width, libav.upright_of(first))
