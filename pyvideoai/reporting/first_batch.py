"""Draw what the network is given: frames of the first training clips, one row per clip under the name of its label."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyvideoai.reporting.figures import DARK, save_figure
from pyvideoai.reporting.lettering import text_style

GAP = 4  # pixels between frames
INCHES = 1.4  # a frame's width


def draw_clips(path: Path, shown: Sequence[tuple[str, np.ndarray]]) -> Path:
    """Write a PNG of clips: pairs of title and uint8 (T, H, W, 3), all of one shape."""
    from matplotlib.figure import Figure

    frames, height, width = shown[0][1].shape[:3]
    row = INCHES * height / width + 0.3
    figure = Figure((INCHES * frames + 0.2, row * len(shown) + 0.1), layout="constrained")
    rows = figure.subplots(len(shown), squeeze=False)[:, 0]
    for axes, (title, clip) in zip(rows, shown, strict=True):
        axes.imshow(_side_by_side(clip), interpolation="nearest")
        axes.set_title(title, loc="left", fontsize=9, color=DARK, **text_style([title]))
        axes.set_axis_off()
    return save_figure(path, figure)


def _side_by_side(clip: np.ndarray) -> np.ndarray:
    gap = np.full((clip.shape[1], GAP, 3), 255, np.uint8)
    return np.concatenate([part for frame in clip for part in (frame, gap)][:-1], axis=1)
