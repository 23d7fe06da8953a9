"""Draw a scan as a picture: the classes over time, in a band and as curves, with frames of the video above them."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.annotations.names import in_one_line
from pyvideoai.data import ClipSource
from pyvideoai.predicting.scan import Moment
from pyvideoai.reporting.figures import DARK, GREY, GRID, LINE, draw_heading, save_figure
from pyvideoai.reporting.lettering import drawable, text_style
from pyvideoai.reporting.lines import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHTS = 11.0, (0.85, 0.22, 3.0)  # inches: of the figure; of its thumbnails, band and curves
THUMBNAIL_PIXELS = 160  # at least so high
FEWEST, MOST = 4, 18  # thumbnails
SHORT_S = 8.0  # below, the axis of time shows parts of seconds
# Okabe and Ito's, one for each of the classes that are shown; told apart by colour-blind readers too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
OTHER = "#9aa1aa"


def draw_timeline(
    path: Path, moments: Sequence[Moment], classes: Sequence[str], thumbnails: Sequence[np.ndarray], heading: str
) -> Path:
    """Write the figure of a scan's moments (at least one) as PNG; return its path.

    thumbnails: frames, uint8 (H, W, 3), evenly spread over the scan (`thumbnails_of`).
    """
    from matplotlib.figure import Figure

    figure = Figure((WIDTH, sum(HEIGHTS) + 0.9), layout="constrained")
    grid = figure.add_gridspec(3, 1, height_ratios=HEIGHTS)
    colours = class_colours(moments, classes)
    curves = figure.add_subplot(grid[2])
    _draw_thumbnails(figure.add_subplot(grid[0]), thumbnails)
    _draw_band(figure.add_subplot(grid[1], sharex=curves), moments, colours)
    _draw_curves(curves, moments, classes, colours)
    for text in figure.legend(frameon=False, fontsize=8, labelcolor=DARK, loc="outside right upper").get_texts():
        text.set(**text_style([text.get_text()]))
    draw_heading(figure, heading)
    return save_figure(path, figure)


def thumbnails_of(source: ClipSource, path: str | Path, until_s: float) -> list[np.ndarray]:
    """Return frames near the middle of equal parts of a video's first `until_s` seconds, at a reduced size.

    Their number follows from the frames' form. A short video has some of them several times.
    """
    with source.open_in_order(path) as video:
        count = int(np.clip(round(0.85 * WIDTH / (HEIGHTS[0] * video.width / video.height)), FEWEST, MOST))
        step = max(video.height // THUMBNAIL_PIXELS, 1)
        times = (np.arange(count) + 0.5) / count * until_s
        return [picture[::step, ::step].copy() for picture in video.glimpses(times.tolist())]


def class_colours(moments: Sequence[Moment], classes: Sequence[str]) -> dict[str, str]:
    """Return a colour for each of the classes that matter most: those that are on top longest, then the most probable.

    The others share a grey.
    """
    labels = [moment.label for moment in moments]
    mean = dict(zip(classes, np.mean([moment.probabilities for moment in moments], axis=0).tolist(), strict=True))
    ranked = sorted(classes, key=lambda name: (-labels.count(name), -mean[name]))
    return dict(zip(ranked, COLOURS, strict=False))


def _draw_thumbnails(axes: "Axes", thumbnails: Sequence[np.ndarray]) -> None:
    """Draw frames side by side, each over its part of the time."""
    axes.set_axis_off()
    for number, picture in enumerate(thumbnails):
        place = axes.inset_axes((number / len(thumbnails), 0, 1 / len(thumbnails), 1))
        place.imshow(picture)
        place.set_axis_off()


def _draw_band(axes: "Axes", moments: Sequence[Moment], colours: dict[str, str]) -> None:
    """Draw the most probable class of each moment as a coloured stretch, from halfway to the moment before on."""
    for moment, (begin, end) in zip(moments, pairwise(edges_of(moments)), strict=True):
        axes.axvspan(begin, end, color=colours.get(moment.label, OTHER), linewidth=0)
    axes.set_yticks([])
    axes.tick_params(labelbottom=False, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def edges_of(moments: Sequence[Moment]) -> list[float]:
    """Return when each moment's label begins to hold, and when the last one ends: halfway between two middles."""
    middles = [moment.middle_s for moment in moments]
    between = [(one + other) / 2 for one, other in pairwise(middles)]
    return [moments[0].start_s, *between, moments[-1].end_s]


def _draw_curves(axes: "Axes", moments: Sequence[Moment], classes: Sequence[str], colours: dict[str, str]) -> None:
    middles = [moment.middle_s for moment in moments]
    marker = "o" if len(moments) < 40 else ""
    numbers = {name: number for number, name in enumerate(classes)}
    for name, colour in colours.items():
        shares = [100 * float(moment.probabilities[numbers[name]]) for moment in moments]
        text = drawable(in_one_line(name))
        axes.plot(middles, shares, color=colour, linewidth=1.4, marker=marker, markersize=3.5, label=text)
    axes.set_xlim(moments[0].start_s, moments[-1].end_s)
    axes.set_ylim(-2, 102)
    axes.set_ylabel("probability (%)", fontsize=8, color=GREY)
    is_short = moments[-1].end_s - moments[0].start_s < SHORT_S
    axes.xaxis.set_major_formatter(lambda value, position: f"{value:.2g} s" if is_short else duration(value))
    axes.grid(color=GRID, linewidth=0.7)
    axes.tick_params(labelsize=8, colors=GREY, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)
