"""Draw the average precision of each class: for multi-label data what the confusion matrix is for single-label data."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyvideoai.errors import counted
from pyvideoai.reporting.figures import COLOURS, DARK, GREY, LINE, draw_heading, save_figure
from pyvideoai.reporting.lettering import text_style

MOST = 60
NAME_LENGTH = 40
BAR_INCHES = 0.22


def draw_average_precisions(
    path: Path, precisions: np.ndarray, positives: np.ndarray, classes: Sequence[str], heading: str
) -> Path:
    """Write a PNG with a bar for each class, the lowest first; with more than 60 classes only the 60 lowest.

    precisions: float (C,), 0 to 1; a class with NaN (no positives) gets no bar. positives: int (C,), videos of each
    class.
    """
    from matplotlib.figure import Figure

    known = np.flatnonzero(~np.isnan(precisions))
    shown = known[np.argsort(precisions[known], kind="stable")][:MOST]
    figure = Figure((8, BAR_INCHES * max(len(shown), 4) + 1.2), layout="constrained")
    draw_heading(figure, heading)
    axes = figure.subplots()
    axes.barh(np.arange(len(shown)), 100 * precisions[shown], color=COLOURS["train"], height=0.7)
    names = [f"{classes[each][:NAME_LENGTH]} ({positives[each]})" for each in shown]
    axes.set_yticks(np.arange(len(shown)), names, fontsize=8, **text_style(names))
    # The larger end first: the axis runs downwards, and the lowest bar is at the top.
    axes.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(
        f"average precision (%) by class (positives); {_what_is_shown(len(shown), known, classes)}", color=GREY
    )
    axes.tick_params(length=0, labelcolor=DARK)
    axes.spines[:].set_color(LINE)
    return save_figure(path, figure)


def _what_is_shown(shown: int, known: np.ndarray, classes: Sequence[str]) -> str:
    part = f"the lowest {shown} of {len(known)} classes" if shown < len(known) else counted(shown, "class")
    absent = len(classes) - len(known)
    return f"{part}, {absent} without positives" if absent else part
