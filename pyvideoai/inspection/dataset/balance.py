"""Draw how many videos each class has, and how long, how fast and how large the videos are, split by split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.errors import counted
from pyvideoai.inspection.dataset.facts import VideoFacts, most_frequent
from pyvideoai.reporting.figures import COLOURS, DARK, DPI, GREY, GRID, LINE, draw_heading, save_figure
from pyvideoai.reporting.lettering import class_labels, drawable, text_style
from pyvideoai.reporting.pen import Pen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

OF_SPLIT = {"train": COLOURS["train"], "val": COLOURS["val"], "test": COLOURS["val_multicrop"]}
MOST = 60  # classes that are drawn; of more, those with the most and those with the fewest videos
FONT = 8
WIDEST_NAME = 260  # pixels
BAR_INCHES = 0.2
BARS = 8  # different sizes, or frame rates, that are drawn
BINS = 40
WIDE_RANGE = 20  # from the longest to the shortest, from which on the axis of lengths is logarithmic


def draw_classes(path: Path, counts: Mapping[str, np.ndarray], classes: Sequence[str], heading: str) -> Path:
    """Write a PNG with a bar for each class, the largest first. counts: of each split, int (C,) videos."""
    from matplotlib.figure import Figure

    total = np.sum(list(counts.values()), axis=0)
    order = np.argsort(-total, kind="stable")
    shown = order if len(order) <= MOST else np.concatenate([order[: MOST // 2], order[-MOST // 2 :]])
    figure = Figure((8, BAR_INCHES * max(len(shown), 4) + 1.4), layout="constrained")
    draw_heading(figure, heading)
    axes, left = figure.subplots(), np.zeros(len(shown))
    for split, each in counts.items():
        label = f"{split} ({each.sum():,})"
        axes.barh(np.arange(len(shown)), each[shown], left=left, color=OF_SPLIT[split], height=0.7, label=label)
        left = left + each[shown]
    if len(shown) < len(order):
        axes.axhline(MOST // 2 - 0.5, color=GREY, linestyle=":")
    labels, _ = class_labels(classes)
    pen = Pen(FONT, DPI)
    names = [f"{pen.shorten(labels[each], WIDEST_NAME)} ({total[each]:,})" for each in shown]
    axes.set_yticks(np.arange(len(shown)), names, fontsize=FONT, **text_style(names))
    # The larger end first: the axis runs downwards, and the first bar is at the top.
    axes.set_ylim(len(shown) - 0.4, -0.6)
    part = f"; the {MOST // 2} largest and the {MOST // 2} smallest of {len(order)}" if len(shown) < len(order) else ""
    axes.set_xlabel(f"videos of each class{part}", color=GREY)
    _plain(axes, axes.xaxis)
    figure.legend(frameon=False, fontsize=FONT, labelcolor=DARK, loc="outside right upper")
    return save_figure(path, figure)


def draw_videos(path: Path, facts: Sequence[VideoFacts], heading: str) -> Path:
    """Write a PNG of lengths, frame rates and sizes of videos that can be opened, at least one."""
    from matplotlib.figure import Figure

    by_split = {split: [each for each in facts if each.split == split] for split in OF_SPLIT}
    known = {split: found for split, found in by_split.items() if found}
    figure = Figure((13, 4), layout="constrained")
    draw_heading(figure, heading)
    lengths, rates, sizes = figure.subplots(1, 3)
    _draw_lengths(lengths, {split: [each.length_s for each in found] for split, found in known.items()})
    _draw_shares(rates, {split: [f"{each.fps:.4g}" for each in found] for split, found in known.items()})
    named = {split: [f"{each.width:.0f} x {each.height:.0f}" for each in found] for split, found in known.items()}
    _draw_shares(sizes, named)
    for axes, title in ((lengths, "length (s)"), (rates, "frames a second"), (sizes, "width x height (pixels)")):
        axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=DARK)
    figure.legend(*lengths.get_legend_handles_labels(), frameon=False, fontsize=FONT, loc="outside right upper")
    return save_figure(path, figure)


def _draw_lengths(axes: "Axes", seconds: Mapping[str, Sequence[float]]) -> None:
    from matplotlib.ticker import NullLocator

    values = np.concatenate(list(map(np.array, seconds.values())))
    low, high = float(values.min()), float(values.max())
    wide = high > WIDE_RANGE * low
    # A little wider, for lengths that are all the same.
    edges = (np.geomspace if wide else np.linspace)(0.95 * low, 1.05 * high, BINS + 1)
    colours = [OF_SPLIT[split] for split in seconds]
    axes.hist(list(seconds.values()), edges, stacked=True, color=colours, label=list(seconds))
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, position: f"{value:g}")
    axes.set_ylabel("videos", fontsize=FONT, color=GREY)
    _plain(axes, axes.yaxis)


def _draw_shares(axes: "Axes", texts: Mapping[str, Sequence[str]]) -> None:
    """Draw a bar for each of the most frequent texts, and one for all others."""
    found = most_frequent([text for each in texts.values() for text in each])
    names = [text for text, _ in found[: BARS if len(found) == BARS else BARS - 1]]
    rest = len(found) - len(names)
    bars, left = [*names, *([f"{counted(rest, 'other')}"] if rest else [])], np.zeros(len(names) + bool(rest))
    for split, each in texts.items():
        counts = [each.count(name) for name in names]
        counts += [len(each) - sum(counts)] * bool(rest)
        axes.barh(np.arange(len(bars)), counts, left=left, color=OF_SPLIT[split], height=0.7)
        left = left + counts
    axes.set_yticks(np.arange(len(bars)), list(map(drawable, bars)), fontsize=FONT)
    axes.set_ylim(max(len(bars), BARS) - 0.4, -0.6)
    axes.set_xlabel("videos", fontsize=FONT, color=GREY)
    _plain(axes, axes.xaxis)


def _plain(axes: "Axes", counts: "Axis") -> None:
    """Draw what surrounds the bars. counts: the axis of whole numbers."""
    from matplotlib.ticker import MaxNLocator

    counts.set_major_locator(MaxNLocator(7, integer=True))
    counts.set_major_formatter(lambda value, position: f"{value:,.0f}")
    counts.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=FONT, labelcolor=DARK)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(LINE)
