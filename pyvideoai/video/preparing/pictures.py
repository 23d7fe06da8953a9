"""Read frames in order, and resize them for a copy."""

from collections.abc import Iterator

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from pyvideoai.video import Video, VideoError, libav
from pyvideoai.video.readers.pyav import PyAVVideo
from pyvideoai.video.to_rgb import ToRgb

RESIZING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND  # bicubic, as in ffmpeg's scale filter; it antialiases


def all_frames(video: Video) -> Iterator[np.ndarray]:
    """Yield each frame of an open video in order, uint8 (H, W, 3), RGB, upright. Raises VideoError.

    A file is decoded once from its start, as the reader's own frame numbers are defined.
    """
    if not isinstance(video, PyAVVideo):
        yield from (video.frames([index])[0] for index in range(video.num_frames))
        return
    to_rgb, shape = ToRgb(video.layout.upright), (video.height, video.width)
    with libav.open_container(video.path) as container:
        stream = libav.video_stream(container, video.path, threads=1)
        for frame in libav.decode_all(container, stream, video.path):
            picture = video.layout.upright.apply(to_rgb.convert(frame))
            if picture.shape[:2] != shape:
                raise VideoError(video.path, "the size of its frames changes")
            yield picture


class Resizer:
    """Resize pictures of one video, by swscale."""

    def __init__(self, height: int, width: int, pixel_format: str) -> None:
        self.how = {"height": height, "width": width, "format": pixel_format, "interpolation": RESIZING, "threads": 1}
        self.reformatter = VideoReformatter()

    def __call__(self, picture: np.ndarray) -> VideoFrame:
        """Return the picture, uint8 (H, W, 3), RGB, as a resized frame."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        return self.reformatter.reformat(frame, **self.how)


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of two uint8 arrays in dB, 99 at most."""
    error = np.mean((first.astype(np.float32) - second) ** 2, dtype=np.float64)
    return float(min(99.0, 10 * np.log10(255**2 / max(error, 1e-12))))
