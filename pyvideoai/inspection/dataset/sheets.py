"""Draw clips as contact sheets (PNG) and as a short video: whole frames of the file, and what the network is given."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyvideoai.inspection.dataset.clips import HEIGHT, SeenClip, resized
from pyvideoai.reporting.figures import DARK, DPI, GREY
from pyvideoai.reporting.lettering import drawable
from pyvideoai.reporting.pen import Pen, Sheet, filled, save_picture
from pyvideoai.video.writing import write_video

FRAMES = 8  # of a clip, on a sheet
FONT, HEADING_FONT = 9, 11
NARROWEST = 600  # pixels, for a heading
GAP, MARGIN, APART = 4, 10, 14  # pixels between frames, around all, and between clips
LINE = 1.6  # height of a line in font sizes
FORM = 16 / 9  # of the video, width by height
SHORTEST_S = 6.0  # the clips are repeated for so long
SLOWEST, FASTEST = 4.0, 30.0  # frames a second


def draw_sheet(path: Path, clips: Sequence[SeenClip], heading: str) -> Path:
    """Write a PNG: of each clip a row of whole frames, and below it what the network is given of them."""
    sheet, large = Sheet(), Pen(HEADING_FONT, DPI, colour=DARK, weight="bold")
    column = max(clip.whole.shape[2] for clip in clips) + GAP
    width = max(column * min(FRAMES, len(clips[0].fed)), NARROWEST)
    sheet.place(large.written(large.wrap(drawable(heading), width), LINE * large.em), 0, 0)
    for clip in clips:
        top = sheet.box[3] + APART
        _place_title(sheet, clip, top, width)
        _place_rows(sheet, clip, column, sheet.box[3])
    return save_picture(path, sheet.pixels(MARGIN))


def _place_title(sheet: Sheet, clip: SeenClip, top: int, width: int) -> None:
    bold, grey = Pen(FONT, DPI, colour=DARK, weight="bold"), Pen(FONT, DPI, colour=GREY)
    label = bold.written([bold.shorten(drawable(clip.label), width / 2)], LINE * bold.em)
    left = label.shape[1] + GAP
    sheet.place(label, 0, top)
    sheet.place(grey.written([grey.shorten(drawable(clip.about), width - left)], LINE * grey.em), left, top)


def _place_rows(sheet: Sheet, clip: SeenClip, column: int, top: int) -> None:
    shown = np.linspace(0, len(clip.fed) - 1, min(len(clip.fed), FRAMES)).round().astype(int)
    for row in (clip.whole, clip.fed):
        pictures = [resized(row[frame], HEIGHT) for frame in shown]
        for place, picture in enumerate(pictures):
            sheet.place(picture, place * column, top)
        top += len(pictures[0]) + GAP


def write_movie(path: Path, clips: Sequence[SeenClip]) -> Path:
    """Write an .mp4 of all clips side by side, again and again; each is whole on the left, as it is fed on the right.

    They play at the median speed of their videos, between 4 and 30 frames a second.
    """
    rate = min(max(float(np.median([clip.fps for clip in clips])), SLOWEST), FASTEST)
    pictures = _pictures(clips)
    count = max(math.ceil(SHORTEST_S * rate), len(pictures))
    return write_video(path, (pictures[number % len(pictures)] for number in range(count)), fps=rate)


def _pictures(clips: Sequence[SeenClip]) -> list[np.ndarray]:
    """Return a picture for each frame of the clips."""
    pen = Pen(FONT, DPI, colour=DARK)
    line = round(LINE * pen.em)
    rows = [[np.stack([resized(frame, HEIGHT) for frame in row]) for row in (clip.whole, clip.fed)] for clip in clips]
    split, right = (max(each[part].shape[2] for each in rows) + GAP for part in range(2))
    wide, tall = split + right + APART, line + HEIGHT + APART
    columns = min(max(round(math.sqrt(len(clips) * tall / wide * FORM)), 1), len(clips))
    corners = [(place % columns * wide, place // columns * tall) for place in range(len(clips))]
    sheet = Sheet()
    sheet.place(filled("white", columns * wide, -(-len(clips) // columns) * tall), 0, 0)
    for clip, (left, top) in zip(clips, corners, strict=True):
        sheet.place(pen.written([pen.shorten(drawable(clip.label), split + right)], line), left, top)
    # The names are drawn once, and the frames into copies of that.
    empty = sheet.pixels(MARGIN)
    pictures = [empty.copy() for _ in clips[0].fed]
    for pair, (left, top) in zip(rows, corners, strict=True):
        for row, x in zip(pair, (left, left + split), strict=True):
            for picture, frame in zip(pictures, row, strict=True):
                under = picture[MARGIN + top + line :, MARGIN + x :][: frame.shape[0], : frame.shape[1]]
                under[:] = frame
    return pictures
