"""Images within the page: film strips of videos, and matrices too large for names."""

import base64
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from pyvideoai import tarred
from pyvideoai.data.source import segment
from pyvideoai.video import VideoError, open_video

FRAMES, TALL = 6, 72  # of a film strip: frames, and the height of each in pixels
WIDEST = 16 / 9  # of a frame, width by height; a wider one is cut
GAP = 2
ACCENT = (213, 94, 0)


def film_strip(file: Path, part: SimpleNamespace) -> str:
    """Return frames over a video, or over its part, side by side, as a data URI.

    part: the row of a table, with `video` and perhaps start_s, end_s, start_frame, end_frame. Raises VideoError.
    """
    with open_video(file) as video:
        first, length = segment(part, video)
        wanted = first + np.linspace(0, length - 1, FRAMES).round().astype(int)
        frames = [_small(picture) for picture in video.frames(wanted)]
    gap = np.zeros((TALL, GAP, 3), np.uint8)
    joined = [each for frame in frames for each in (frame, gap)][:-1]
    return _uri(np.concatenate(joined, axis=1), "jpeg")


def strip_or_fault(file: Path | None, part: SimpleNamespace) -> dict[str, str]:
    """Return what a `Strip` shows of a video: its image and link, or why it has none."""
    if file is None or not tarred.is_there(file):
        return {"fault": f"{part.video}: the video is not where the run read it" if file is None else f"{file} is gone"}
    try:
        return {"source": film_strip(file, part), "href": "" if tarred.find(file) else file.absolute().as_uri()}
    except VideoError as error:
        return {"fault": str(error)}


def matrix_picture(counts: np.ndarray) -> str:
    """Return a matrix as a data URI, a pixel for each cell: the share of its row is the colour's opacity."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    pixels = np.zeros((*counts.shape, 4), np.uint8)
    pixels[..., :3] = ACCENT
    pixels[..., 3] = np.where(counts > 0, 70 + 185 * shares, 0).astype(np.uint8)
    return _uri(pixels, "png")


def _small(frame: np.ndarray) -> np.ndarray:
    from PIL import Image

    width = round(frame.shape[1] * TALL / frame.shape[0])
    kept = min(max(width, 1), round(TALL * WIDEST))
    small = np.asarray(Image.fromarray(frame).resize((max(width, 1), TALL), Image.Resampling.BILINEAR))
    left = (small.shape[1] - kept) // 2
    return small[:, left : left + kept]


def _uri(pixels: np.ndarray, kind: str) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"quality": 78} if kind == "jpeg" else {"optimize": True}))
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
