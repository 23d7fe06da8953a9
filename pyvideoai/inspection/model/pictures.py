"""Draw what a clip's class is decided by: as a film strip over bars of time, and as a GIF."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.files import replacing
from pyvideoai.inspection.model.saliency import Saliency
from pyvideoai.reporting.figures import COLOURS, DARK, DPI, GREY, GRID, LINE, draw_heading, save_figure
from pyvideoai.reporting.lettering import drawable
from pyvideoai.reporting.pen import Pen, Sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRAMES = 8  # of a clip, on a strip
WIDTH, HEIGHTS = 12.0, (1.45, 1.45, 1.0, 1.0)  # inches: of the figure; of frames, heat, and bars of both
GREY_SHARE = 0.75  # brightness of a frame under the heat
TALL = 224  # of the frames of a GIF, in pixels
SLOWEST, FASTEST = 3.0, 15.0  # frames a second
FONT, GAP = 9, 4


def draw_strip(path: Path, frames: np.ndarray, seen: Saliency, heading: str, indices: Sequence[int]) -> Path:
    """Write a PNG: frames, the heat over them, each frame's share of it, and what is lost without each part.

    frames: uint8 (T, H, W, 3), what the network sees. indices: (T,), of the frames in their video.
    """
    from matplotlib.figure import Figure

    count, shown = len(frames), min(len(frames), FRAMES)
    places = ((np.arange(shown) + 0.5) * count / shown).astype(int)
    warm = heated(frames, seen.heat.numpy())
    figure = Figure((WIDTH, sum(HEIGHTS) + 1.2), layout="constrained")
    draw_heading(figure, heading)
    rows = figure.subplots(4, 1, sharex=True, height_ratios=HEIGHTS)
    for axes, row in zip(rows, (frames[places], warm[places]), strict=False):
        _draw_frames(axes, row, count)
    _draw_bars(rows[2], range(count), 100 * np.array(seen.by_frame), 1, "heat (%)", COLOURS["train"])
    length = seen.hidden[1] if len(seen.hidden) > 1 else count
    _draw_bars(rows[3], seen.hidden, 100 * np.array(seen.lost), length, "lost (points)", COLOURS["val"])
    rows[3].set_xticks(places + 0.5, [str(indices[place]) for place in places])
    rows[3].set_xlabel(
        "frame of the video; bars: its share of the heat, and the probability that is lost when it is hidden",
        color=GREY,
    )
    return save_figure(path, figure)


def write_gif(path: Path, frames: np.ndarray, seen: Saliency, title: str, fps: float) -> Path:
    """Write a GIF: each frame beside itself under the heat, at the video's own speed, 3 to 15 frames a second."""
    from PIL import Image

    pen = Pen(FONT, DPI, colour=DARK)
    pictures = []
    for pair in zip(frames, heated(frames, seen.heat.numpy()), strict=True):
        left, right = (_sized(picture) for picture in pair)
        sheet = Sheet()
        sheet.place(pen.written([pen.shorten(drawable(title), 2 * left.shape[1])], 1.7 * pen.em), 0, 0)
        top = sheet.box[3]
        sheet.place(left, 0, top)
        sheet.place(right, left.shape[1] + GAP, top)
        pictures.append(Image.fromarray(sheet.pixels(GAP)))
    wait_ms = round(1000 / min(max(fps, SLOWEST), FASTEST))
    with replacing(path) as temporary:
        pictures[0].save(temporary, "gif", save_all=True, append_images=pictures[1:], duration=wait_ms, loop=0)
    return path


def heated(frames: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Return uint8 (T, H, W, 3): the frames in grey, and the heat in colour over them, the highest the brightest.

    heat: float (T, H, W), from 0 on.
    """
    from matplotlib import colormaps

    share = heat / max(float(heat.max()), 1e-12)
    grey = GREY_SHARE * frames.mean(-1, keepdims=True)
    colours = colormaps["inferno"](0.25 + 0.75 * share)[..., :3] * 255
    opacity = 0.85 * np.sqrt(share)[..., None]
    return (grey * (1 - opacity) + colours * opacity).round().astype(np.uint8)


def _draw_frames(axes: "Axes", row: np.ndarray, count: int) -> None:
    """Draw frames side by side, each over its part of the time, and as it is: square."""
    axes.set_axis_off()
    for place, picture in enumerate(row):
        inset = axes.inset_axes((place / len(row), 0, 1 / len(row), 1))
        inset.imshow(picture)
        inset.set_axis_off()
    axes.set_xlim(0, count)


def _draw_bars(axes: "Axes", starts: Sequence[int], values: np.ndarray, width: int, title: str, colour: str) -> None:
    axes.bar(np.array(starts) + width / 2, values, 0.92 * width, color=colour)
    axes.axhline(0, color=LINE, linewidth=0.8)
    low, high = min(float(values.min()), 0), max(float(values.max()), 0)
    span = max(high - low, 1)  # points; what is smaller looks as small as it is
    axes.set_ylim(low - 0.08 * span * (low < 0), high + 0.08 * span if high - low >= 1 else low + 1)
    axes.set_ylabel(title, fontsize=8, color=GREY)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=GREY, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _sized(picture: np.ndarray) -> np.ndarray:
    from PIL import Image

    width = max(round(picture.shape[1] * TALL / picture.shape[0]), 1)
    how = Image.Resampling.BOX if len(picture) > TALL else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(picture).resize((width, TALL), how))
