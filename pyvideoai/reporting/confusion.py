"""The confusion matrix as a picture: numbers for few classes, names for all, the worst confusions in words for many."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.reporting.figures import GREY, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_WITH_NUMBERS = 20
LISTED = 25
NAME_LENGTH = 32


def draw_confusion(path: Path, counts: np.ndarray, classes: Sequence[str], heading: str) -> Path:
    """Write a PNG of `counts`, int (C, C): videos by true class (row) and predicted class (column)."""
    from matplotlib.figure import Figure

    number = len(classes)
    names = [name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…" for name in classes]
    side = float(np.clip(2.5 + 0.42 * number, 4.5, 2.5 + 0.2 * max(number, 40)).clip(4.5, 30))
    is_large = number > MOST_WITH_NUMBERS
    figure = Figure((side + 5 * is_large, side), layout="constrained")
    grid = figure.add_gridspec(1, 1 + is_large, width_ratios=[side, 5][: 1 + is_large])
    axes = figure.add_subplot(grid[0])
    _draw_matrix(axes, counts, names, size=_font_size(side, number))
    axes.set_title(heading, loc="left", fontsize=11, fontweight="bold", color="#222222", parse_math=False)
    if is_large:
        _list_confusions(figure.add_subplot(grid[1]), counts, names)
    return save_figure(path, figure)


def worst_confusions(counts: np.ndarray, most: int = LISTED) -> list[tuple[int, int, int, int]]:
    """(true class, predicted class, videos, videos of the true class) of the most frequent errors, the worst first."""
    errors = counts * (1 - np.eye(len(counts), dtype=counts.dtype))
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    pairs = zip(*np.unravel_index(order, errors.shape), strict=True)
    return [
        (int(true), int(seen), int(errors[true, seen]), int(counts[true].sum()))
        for true, seen in pairs
        if errors[true, seen]
    ]


def _draw_matrix(axes: "Axes", counts: np.ndarray, names: Sequence[str], *, size: float) -> None:
    totals = counts.sum(1, keepdims=True)
    shares = np.divide(100 * counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=100, interpolation="nearest", aspect="equal")
    ticks = np.arange(len(names))
    axes.set_xticks(ticks, names, rotation=90, fontsize=size, parse_math=False)
    axes.set_yticks(ticks, names, fontsize=size, parse_math=False)
    axes.tick_params(length=0, colors="#222222")
    axes.set_xlabel("predicted", color=GREY)
    axes.set_ylabel("true", color=GREY)
    axes.spines[:].set_color("#b8bec6")
    if len(names) <= MOST_WITH_NUMBERS:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 55 else "#222222"
                axes.text(column, row, str(count), ha="center", va="center", fontsize=size, color=colour)


def _list_confusions(axes: "Axes", counts: np.ndarray, names: Sequence[str]) -> None:
    lines = [
        f"{names[true]} \N{RIGHTWARDS ARROW} {names[seen]}: {videos} of {total}"
        for true, seen, videos, total in worst_confusions(counts)
    ]
    axes.axis("off")
    axes.set_title("most frequent confusions, true \N{RIGHTWARDS ARROW} predicted", loc="left", fontsize=9, color=GREY)
    text = "\n".join(lines) or "none"
    axes.text(0, 1, text, va="top", fontsize=8, linespacing=1.5, transform=axes.transAxes, parse_math=False)


def _font_size(side: float, number: int) -> float:
    """Points that fit a row's height, in 72nds of an inch."""
    return float(np.clip(0.8 * 72 * (side - 2.5) / number, 3.5, 9))
