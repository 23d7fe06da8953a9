"""Convert decoded pictures to RGB."""

from typing import TYPE_CHECKING

import numpy as np
from av.video.reformatter import VideoReformatter

from pyvideoai.video.upright import Upright

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


class ToRgb:
    """Convert pictures of one video. The pixels are those of PyAV's `frame.to_ndarray(format="rgb24")`, upright."""

    def __init__(self, upright: Upright) -> None:
        self.upright = upright
        self.reformatter = VideoReformatter()  # kept: a new one per frame would set up swscale, and its threads, anew

    def upright_picture(self, frame: "VideoFrame") -> np.ndarray:
        """Return uint8 (height, width, 3), RGB: the whole frame, turned upright."""
        return self.upright.apply(self.convert(frame))

    def convert(self, frame: "VideoFrame") -> np.ndarray:
        """Return uint8 (H, W, 3), RGB: the whole frame, not turned."""
        plane = self.reformatter.reformat(frame, format="rgb24", threads=1).planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        # swscale pads each row to `line_size` bytes, for alignment.
        return rows[:, : 3 * plane.width].reshape(plane.height, plane.width, 3)
