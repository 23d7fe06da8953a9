"""Write a learning-rate range test: a CSV, and the loss over the rate as a figure."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.files import write_whole
from pyvideoai.reporting.figures import COLOURS, DARK, GREY, GRID, PANEL_INCHES, save_figure


def write_rates(path: Path, rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float]) -> None:
    """Write a row for each step: learning_rate, loss, smoothed_loss."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["learning_rate", "loss", "smoothed_loss"])
    writer.writerows([f"{value:.6g}" for value in row] for row in zip(rates, losses, smoothed, strict=True))
    write_whole(path, text.getvalue())


def draw_rates(
    path: Path, rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float], suggested: float | None
) -> None:
    """Draw the loss over the learning rate, and the suggested rate.

    The axis ends a little above the first loss: losses of rates that are too high would take all of the height.
    """
    from matplotlib.figure import Figure

    figure = Figure(PANEL_INCHES, layout="constrained")
    axes = figure.add_subplot()
    axes.plot(rates, losses, color=COLOURS["train"], linewidth=0.8, alpha=0.4, label="loss of each step")
    axes.plot(rates, smoothed, color=COLOURS["train"], linewidth=1.8, label="smoothed")
    if suggested is not None:
        axes.axvline(suggested, color=COLOURS["val"], linewidth=1.2, linestyle="--", label=f"suggested: {suggested:g}")
    axes.set_xscale("log")
    if smoothed:
        low, first = min(*losses, *smoothed), smoothed[0]
        axes.set_ylim(low - 0.1 * (first - low) - 1e-3, first + 0.6 * (first - low) + 1e-3)
    axes.set_title("loss over learning rate", loc="left", fontsize=10, fontweight="bold", color=DARK)
    axes.set_xlabel("learning rate, growing from step to step", fontsize=8, color=GREY)
    axes.tick_params(labelsize=8, colors=GREY)
    axes.grid(color=GRID, linewidth=0.7)
    axes.legend(fontsize=8, frameon=False, loc="lower left")
    save_figure(path, figure)
