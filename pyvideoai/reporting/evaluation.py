"""Write what an evaluation says besides its score: tables of classes, confusions, slices, and a reliability curve."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyvideoai.files import replacing
from pyvideoai.metrics import ClassScores, Reliability, Slice
from pyvideoai.reporting.figures import COLOURS, DARK, GREY, GRID, LINE, draw_heading, save_figure
from pyvideoai.reporting.spreadsheet import cell

DIGITS = "%.6g"


def write_class_scores(path: Path, scores: ClassScores, classes: Sequence[str]) -> Path:
    """Write a CSV with a row for each class, in percent; an empty cell where a class has no such number."""
    wished = f"{100 * scores.wished:g}"
    columns = {
        "class": list(classes),
        "videos": scores.videos,
        "predicted": scores.predicted,
        "recall": 100 * scores.recall,
        "recall_low95": scores.recall_interval95[:, 0],
        "recall_high95": scores.recall_interval95[:, 1],
        "precision": 100 * scores.precision,
        "f1": 100 * scores.f1,
        "average_precision": 100 * scores.average_precision,
        f"threshold_for_precision_{wished}": scores.threshold,
        f"recall_at_precision_{wished}": 100 * scores.recall_there,
    }
    return _write(path, columns)


def write_confusion(path: Path, counts: np.ndarray, classes: Sequence[str]) -> Path:
    """Write the confusion matrix as CSV: a row for each true class, a column for each predicted one."""
    columns: dict[Any, Any] = {"true \\ predicted": list(classes)}
    # Numbered, so that no class takes the place of another column; the header has the names.
    return _write(path, columns | dict(zip(enumerate(classes), counts.T, strict=True)), header=["", *classes])


def write_slices(path: Path, slices: Sequence[Slice]) -> Path:
    """Write a CSV with a row for each slice, those that differ from the other videos first."""
    rows = sorted(slices, key=lambda each: each.p_holm)
    columns = {
        "by": [each.by for each in rows],
        "value": [each.value for each in rows],
        "videos": [each.videos for each in rows],
        "right": [each.right for each in rows],
        "accuracy": [each.accuracy for each in rows],
        "accuracy_low95": [each.interval95[0] for each in rows],
        "accuracy_high95": [each.interval95[1] for each in rows],
        "p": [each.p for each in rows],
        "p_holm": [each.p_holm for each in rows],
        "differs": [each.differs for each in rows],
    }
    return _write(path, columns)


def draw_reliability(path: Path, curve: Reliability, heading: str) -> Path:
    """Write a PNG: accuracy over confidence, and below it how many decisions had that confidence."""
    from matplotlib.figure import Figure

    figure = Figure((5, 5.4), layout="constrained")
    draw_heading(figure, heading)
    above, below = figure.subplots(2, sharex=True, height_ratios=[4, 1])
    filled, bins = curve.counts > 0, len(curve.counts)
    above.plot([0, 100], [0, 100], color=LINE, linewidth=1.2, label="as sure as it is right")
    style = {"color": COLOURS["val"], "marker": "o", "markersize": 5, "linewidth": 1.6, "clip_on": False}
    label = f"expected calibration error {100 * curve.error:.1f} %"
    above.plot(100 * curve.confidence[filled], 100 * curve.accuracy[filled], label=label, **style)
    below.bar((np.arange(bins) + 0.5) * 100 / bins, curve.counts, width=95 / bins, color=COLOURS["train"])
    above.set(xlim=(0, 100), ylim=(0, 100), ylabel="came true (%)")
    below.set(xlabel="confidence (%)", ylabel="decisions")
    above.legend(frameon=False, fontsize=8, labelcolor=DARK, loc="upper left")
    for axes in (above, below):
        axes.grid(color=GRID, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8, colors=GREY, length=0)
        axes.spines[:].set_color(LINE)
        axes.xaxis.label.set(color=GREY, fontsize=9)
        axes.yaxis.label.set(color=GREY, fontsize=9)
    return save_figure(path, figure)


def _write(path: Path, columns: dict[Any, Any], header: Sequence[str] | None = None) -> Path:
    import pandas as pd

    table: pd.DataFrame = pd.DataFrame(columns).map(cell)
    with replacing(path) as temporary:
        names = True if header is None else [cell(name) for name in header]
        table.to_csv(temporary, index=False, float_format=DIGITS, header=names)
    return path
