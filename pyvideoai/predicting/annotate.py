"""Write a copy of a video with the names and scores of a scan drawn on its frames; its sound is kept."""

import bisect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from pyvideoai.annotations.names import in_one_line
from pyvideoai.data import ClipSource
from pyvideoai.predicting.scan import Moment, in_order_twice
from pyvideoai.predicting.scorer import Named
from pyvideoai.predicting.timeline import edges_of
from pyvideoai.reporting.lettering import drawable, font_file
from pyvideoai.video.copying import SoundCopy
from pyvideoai.video.writing import add_stream, to_frame

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

LINES = 3  # classes that are named
LETTERS = 1 / 18  # of the frame's shorter side, and at least SMALLEST pixels
SMALLEST = 11
DARKENED = 0.35  # what is left of the picture under the writing


class Writing:
    """Draw classes with their scores into the upper left corner of frames of one size."""

    def __init__(self, height: int, width: int, classes: Sequence[str]) -> None:
        from PIL import ImageFont

        self.height, self.width = height, width
        self.size = max(round(min(height, width) * LETTERS), SMALLEST)
        self.font: FreeTypeFont = ImageFont.truetype(font_file("".join(classes)), self.size)

    def box(self, top: Sequence[Named]) -> tuple[np.ndarray, np.ndarray]:
        """Return what is drawn of a prediction: uint8 (h, w, 3), and float32 (h, w, 1), how much it covers."""
        from PIL import Image, ImageDraw

        texts = [f"{100 * share:3.0f} %  {drawable(in_one_line(label))}" for label, share in top[:LINES]]
        pad, step = self.size // 2, round(self.size * 1.3)
        wide = max(round(self.font.getlength(text)) for text in texts) + 2 * pad
        shape = min(wide, self.width), min(len(texts) * step + pad, self.height)
        mask = Image.new("L", shape, 0)
        draw = ImageDraw.Draw(mask)
        for number, text in enumerate(texts):
            draw.text((pad, pad // 2 + number * step), text, fill=255 if number == 0 else 190, font=self.font)
        letters = np.asarray(mask, np.float32)[..., None] / 255
        return letters * 255, letters


def draw(picture: np.ndarray, box: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return a copy of a frame, uint8 (H, W, 3), with a box of `Writing` in its corner on darkened ground."""
    light, covers = box
    drawn = picture.copy()
    corner = drawn[: light.shape[0], : light.shape[1]]
    corner[:] = (corner * DARKENED * (1 - covers) + light * covers).astype(np.uint8)
    return drawn


def annotate(
    source: ClipSource, path: str | Path, moments: Sequence[Moment], classes: Sequence[str], out: Path
) -> Iterator[float]:
    """Write the frames of a video, upright, with what `moments` (at least one) say of their time; yield the times.

    out: the file, an .mp4 with H.264 (MPEG-4 where libav has no encoder for it). Frames keep their times. Sound is
    copied as it is where an .mp4 can hold it, otherwise written as AAC. Frames after the last moment are left out.
    """
    yield from in_order_twice(lambda: _written(source, path, moments, classes, out))


def _written(
    source: ClipSource, path: str | Path, moments: Sequence[Moment], classes: Sequence[str], out: Path
) -> Iterator[float]:
    edges, shown, box = edges_of(moments), -1, None
    with (
        source.open_in_order(path) as video,
        av.open(str(out), "w", format="mp4") as container,
        SoundCopy(video.path, container) as sound,
    ):
        writing = Writing(video.height, video.width, classes)
        stream = add_stream(container, video.path, height=video.height, width=video.width, fps=video.fps)
        sound.add_stream()
        for index, picture in video.stream(range(min(video.num_frames, video.frame_at(moments[-1].end_s)))):
            second = index / video.fps if video.times is None else float(video.times[index])
            number = min(max(bisect.bisect_right(edges, second) - 1, 0), len(moments) - 1)
            if number != shown:
                shown, box = number, writing.box(moments[number].top)
            sound.until(second)
            container.mux(stream.encode(to_frame(draw(picture, box), second)))
            yield second
        sound.until(moments[-1].end_s)
        sound.finish()
        container.mux(stream.encode(None))
