"""Draw what the network is given: clips as film strips, one row per clip under its title."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyvideoai.reporting.figures import DARK, DPI
from pyvideoai.reporting.pen import Pen, Sheet, save_picture

GAP, MARGIN = 4, 8  # pixels between frames, and around all
WIDTH = 112  # frames narrower than this are enlarged by a whole factor
FONT = 9


def draw_clips(path: Path, shown: Sequence[tuple[str, np.ndarray]]) -> Path:
    """Write a PNG of clips, pairs of title and uint8 (T, H, W, 3), all of one shape."""
    pen, sheet, top = Pen(FONT, DPI, colour=DARK), Sheet(), 0
    factor = max(round(WIDTH / shown[0][1].shape[2]), 1)
    for title, clip in shown:
        heading = pen.written([title], 1.6 * pen.em)
        strip = _side_by_side(clip.repeat(factor, axis=1).repeat(factor, axis=2))
        sheet.place(heading, 0, top)
        sheet.place(strip, 0, top + heading.shape[0])
        top += heading.shape[0] + strip.shape[0] + GAP
    return save_picture(path, sheet.pixels(MARGIN))


def _side_by_side(clip: np.ndarray) -> np.ndarray:
    gap = np.full((clip.shape[1], GAP, 3), 255, np.uint8)
    return np.concatenate([part for frame in clip for part in (frame, gap)][:-1], axis=1)
