"""Write frames to a video file that every player shows: an .mp4 with H.264, or MPEG-4 where libav has no encoder."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from pyvideoai.files import replacing
from pyvideoai.video.errors import VideoError

TICK = Fraction(1, 90_000)  # seconds; MPEG's clock, which 25, 30 and 30000/1001 fps fit into


def add_stream(
    container: "av.container.OutputContainer", path: Path, *, height: int, width: int, fps: float
) -> "av.VideoStream":
    """Return a new stream of the container, for frames of this size, without their last odd row or column.

    path: what an error names. Raises VideoError if libav has no encoder.
    """
    codec = next((name for name in ("libx264", "libopenh264", "mpeg4") if name in av.codecs_available), None)
    if codec is None:
        raise VideoError(path, "can't be written: libav has no encoder for H.264 or MPEG-4 here")
    # 1001: a float of 29.970029... becomes 30000/1001 again.
    stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
    stream.width, stream.height = width - width % 2, height - height % 2
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = TICK
    if codec == "libx264":
        stream.options = {"crf": "20", "preset": "veryfast"}
    return stream


def to_frame(picture: np.ndarray, second: float) -> av.VideoFrame:
    """Return uint8 (H, W, 3) as the frame that is shown from this time on.

    It is without its last row or column where their number is odd: yuv420p halves both.
    """
    even = np.ascontiguousarray(picture[: len(picture) // 2 * 2, : picture.shape[1] // 2 * 2])
    frame = av.VideoFrame.from_ndarray(even, format="rgb24")
    frame.pts, frame.time_base = round(second / TICK), TICK
    return frame


def write_video(path: Path, pictures: Iterable[np.ndarray], *, fps: float) -> Path:
    """Write uint8 (H, W, 3), all of one size and at least one, as .mp4: whole or not at all."""
    stream = None
    with replacing(path) as temporary, av.open(str(temporary), "w", format="mp4") as container:
        for number, picture in enumerate(pictures):
            if stream is None:
                stream = add_stream(container, path, height=picture.shape[0], width=picture.shape[1], fps=fps)
            container.mux(stream.encode(to_frame(picture, number / fps)))
        if stream is not None:
            container.mux(stream.encode(None))
    return path
