"""The figure: one panel per protocol, a group of bars per set of videos, a bar per contestant."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.loader.report import LIMIT, OURS
from pyvideoai.reporting.figures import DARK, GREY, GRID, LINE, save_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANEL_INCHES = (5.2, 3.6)
COLOURS = ("#D55E00", "#E69F00", "#CC79A7", "#56B4E9")  # Okabe and Ito's; peers in turn
OURS_COLOUR, LIMIT_COLOUR = "#0072B2", "#b8bec6"


def draw(path: Path, table: "pd.DataFrame") -> Path:
    """Write the bars of a `report.summary` as PNG; returns the path."""
    from matplotlib.figure import Figure

    protocols = list(dict.fromkeys(table["protocol"]))
    columns = min(len(protocols), 2)
    rows = -(-len(protocols) // columns)
    figure = Figure((PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows), layout="constrained")
    for place, protocol in enumerate(protocols, start=1):
        _panel(figure.add_subplot(rows, columns, place), table[table["protocol"] == protocol], protocol)
    note = {"title": "( ) share of right clips, if not all", "title_fontsize": 7} if (table["exact"] < 1).any() else {}
    figure.axes[0].legend(frameon=False, fontsize=8, labelcolor=GREY, **note)
    return save_figure(path, figure)


def _panel(axes: "Axes", table: "pd.DataFrame", protocol: str) -> None:
    groups, names = (list(dict.fromkeys(table[column])) for column in ("group", "contestant"))
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        mine = table[table["contestant"] == name].set_index("group").reindex(groups)
        rates = mine["per_s"]
        across = np.arange(len(groups)) + (place - (len(names) - 1) / 2) * width
        bars = axes.bar(across, rates.fillna(0), width * 0.92, label=name, color=_colour(names, name), zorder=3)
        axes.bar_label(bars, [_label(*pair) for pair in zip(rates, mine["exact"], strict=True)], fontsize=7, color=GREY)
    axes.set_xticks(np.arange(len(groups)), groups)
    axes.margins(y=0.12)
    _decorate(axes, f"{protocol}: {table['unit'].iloc[0]} per second and core")


def _label(rate: float, exact: float) -> str:
    """The rate, and the share of clips with the right frames where that is not all."""
    wrong = f"\n({100 * exact:.0f} %)" if exact < 1 else ""
    return f"{rate:.3g}{wrong}" if np.isfinite(rate) else ""


def _colour(names: list[str], name: str) -> str:
    peers = [each for each in names if each not in (OURS, LIMIT)]
    fixed = {OURS: OURS_COLOUR, LIMIT: LIMIT_COLOUR}
    return fixed.get(name) or COLOURS[peers.index(name) % len(COLOURS)]


def _decorate(axes: "Axes", heading: str) -> None:
    axes.set_title(heading, loc="left", fontsize=10, fontweight="bold", color=DARK)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=GREY, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)
