"""Draw the confusion matrix: with counts for few classes; for many, with a list of the worst confusions beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.reporting.figures import DARK, GREY, LINE, draw_heading, save_figure
from pyvideoai.reporting.lettering import text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_WITH_COUNTS = 20
LISTED = 20
NAME_LENGTH = 32
LETTER = 0.6  # a letter's width in font sizes, on average
GAMMA = 0.5  # a share of 4 % gets a fifth of the full colour: errors stay visible beside the diagonal


def draw_confusion(path: Path, counts: np.ndarray, classes: Sequence[str], heading: str) -> Path:
    """Write a PNG of `counts`, int (C, C): videos by true class (row) and predicted class (column)."""
    from matplotlib.figure import Figure

    names = [name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…" for name in classes]
    is_large = len(names) > MOST_WITH_COUNTS
    cell = _cell_inches(len(names))
    font = float(np.clip(0.75 * 72 * cell, 3.5, 9))
    side = len(names) * cell + max(map(len, names)) * LETTER * font / 72 + 0.8
    side, words = max(side, 4.0), (0.3 * side + 2) * is_large
    figure = Figure((side + words, side + 0.3), layout="constrained")
    draw_heading(figure, heading)
    grid = figure.add_gridspec(1, 1 + is_large, width_ratios=[side, words] if is_large else None)
    _draw_matrix(figure.add_subplot(grid[0]), counts, names, font=font)
    if is_large:
        _draw_words(figure.add_subplot(grid[1]), counts, names, font=np.clip(words * 1.5, 8, 13))
    return save_figure(path, figure)


def worst_confusions(counts: np.ndarray, most: int = LISTED) -> list[tuple[int, int, int, int]]:
    """Return the most frequent errors, the worst first.

    Each is (true class, predicted class, videos, videos of the true class).
    """
    errors = counts * (1 - np.eye(len(counts), dtype=counts.dtype))
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    pairs = zip(*np.unravel_index(order, errors.shape), strict=True)
    return [
        (int(true), int(seen), int(errors[true, seen]), int(counts[true].sum()))
        for true, seen in pairs
        if errors[true, seen]
    ]


def weakest_classes(counts: np.ndarray, most: int = LISTED) -> list[tuple[int, int, int]]:
    """Return (class, videos recognised, videos) of the classes recognised least often, the worst first.

    Classes without videos, and those that are always recognised, are left out.
    """
    totals = counts.sum(1)
    shares = counts.diagonal() / np.maximum(totals, 1)
    order = [each for each in np.argsort(shares, kind="stable") if totals[each] and shares[each] < 1]
    return [(int(each), int(counts[each, each]), int(totals[each])) for each in order[:most]]


def _draw_matrix(axes: "Axes", counts: np.ndarray, names: Sequence[str], *, font: float) -> None:
    totals = counts.sum(1, keepdims=True)
    shades = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0) ** GAMMA
    axes.imshow(shades, cmap="Blues", vmin=0, vmax=1, interpolation="nearest", aspect="equal")
    ticks, style = np.arange(len(names)), {"fontsize": font, **text_style(names)}
    axes.set_xticks(ticks, names, rotation=90, **style)
    axes.set_yticks(ticks, names, **style)
    axes.tick_params(length=0, labelcolor=DARK)
    axes.set_xlabel("predicted", color=GREY)
    axes.set_ylabel("true", color=GREY)
    axes.spines[:].set_color(LINE)
    if len(names) <= MOST_WITH_COUNTS:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shades[row, column] > 0.6 else DARK
            axes.text(column, row, str(count or ""), ha="center", va="center", fontsize=font, color=colour)


def _draw_words(axes: "Axes", counts: np.ndarray, names: Sequence[str], *, font: float) -> None:
    confused = [
        f"{names[true]} \N{RIGHTWARDS ARROW} {names[seen]}: {videos} of {total}"
        for true, seen, videos, total in worst_confusions(counts)
    ]
    weak = [f"{names[each]}: {right} of {total}" for each, right, total in weakest_classes(counts)]
    text = "\n".join(
        ["Most frequent confusions, true \N{RIGHTWARDS ARROW} predicted", *confused]
        + ["", "Classes least often recognised", *weak]
    )
    axes.axis("off")
    style = {"fontsize": font, "linespacing": 1.5, "color": DARK, **text_style([text])}
    axes.text(0, 1, text, va="top", transform=axes.transAxes, **style)


def _cell_inches(number: int) -> float:
    """Return a cell's side in inches: wide enough for counts if there are few classes; else 30 inches over all."""
    return 0.5 if number <= MOST_WITH_COUNTS else float(np.clip(30 / number, 0.07, 0.2))
