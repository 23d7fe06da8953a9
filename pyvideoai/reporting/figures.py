"""Draw curves over epochs as PNG files in `plots/`: each metric, learning rate, speed, and all in `overview.png`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.files import replacing
from pyvideoai.reporting.lettering import drawable, quiet_fonts, text_style
from pyvideoai.reporting.lines import DEFAULT_SELECT, SPLITS, Row, Wording, compact

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by colour-blind readers too.
COLOURS = {"train": "#0072B2", "val": "#D55E00", "val_multicrop": "#009E73", "test": "#000000"}
MARKERS = {"val_multicrop": "D"}
DARK, GREY, LINE, GRID = "#222222", "#5f6670", "#b8bec6", "#e3e6ea"
PANEL_INCHES = (5.2, 3.6)
DPI = 110
FEW_EPOCHS = 30
LOG_SPAN = 1e4  # the highest learning rate by the lowest that is shown
LEAST_MARGIN = 2.5  # per cent above and below the values, so that a flat curve looks flat


@dataclass
class Curves:
    """Hold what the curves show.

    tests: by name ("test, best weights") the epoch of the weights and the values that they scored.
    """

    history: Sequence[Row]
    best_epoch: int | None = None
    select: str = DEFAULT_SELECT
    note: str = ""
    heading: str = ""
    tests: dict[str, tuple[int, Row]] = field(default_factory=dict)
    wording: Wording = field(default_factory=Wording)

    def metrics(self) -> list[str]:
        """Return the name of every metric in the history, of whichever split, losses first."""
        names = dict.fromkeys(key.split("/", 1)[1] for row in self.history for key in row if "/" in key)
        return sorted(names, key=lambda name: not name.startswith("loss"))

    def points(self, name: str) -> tuple[list[float], list[float]]:
        """Return the epochs in which `name` was measured, and its values."""
        measured = [(row["epoch"], row[name]) for row in self.history if name in row and math.isfinite(row[name])]
        return [epoch for epoch, _ in measured], [value for _, value in measured]


def draw_curves(folder: Path, curves: Curves) -> list[Path]:
    """Write every figure to `folder`; return their paths."""
    # name=name keeps each name: a lambda would look it up when it is called, and find the last one.
    panels: dict[str, Callable[[Axes], None]] = {
        name: lambda axes, name=name: draw_metric(axes, curves, name) for name in curves.metrics()
    }
    panels["learning_rate"] = lambda axes: draw_learning_rate(axes, curves)
    panels["speed"] = lambda axes: draw_speed(axes, curves)
    paths = [save_figure(folder / f"{name}.png", _figure([draw], "")) for name, draw in panels.items()]
    return [*paths, save_figure(folder / "overview.png", _figure(list(panels.values()), curves.heading))]


def draw_metric(axes: "Axes", curves: Curves, name: str) -> None:
    """Draw one metric of every split over the epochs; mark the best epoch if this metric chose it."""
    for split, label in SPLITS.items():
        epochs, values = curves.points(f"{split}/{name}")
        if epochs:
            marker = MARKERS.get(split, _marker(epochs))
            style = {"color": COLOURS[split], "marker": marker, "markersize": 4, "linewidth": 1.6}
            axes.plot(epochs, values, label=label, zorder=3 + (split != "train"), clip_on=False, **style)
    _mark_best(axes, curves, name)
    _mark_tests(axes, curves, name)
    _decorate(axes, f"{curves.wording.title(name)}{' (%)' * curves.wording.is_percent(name)}")
    if axes.get_legend_handles_labels()[0]:
        if curves.wording.is_percent(name):
            _fit_percent(axes)
        axes.legend(frameon=False, fontsize=8, labelcolor=GREY)


def draw_learning_rate(axes: "Axes", curves: Curves) -> None:
    """Draw the learning rate of each epoch, on a logarithmic axis unless it reaches zero."""
    from matplotlib.ticker import LogLocator, NullLocator

    epochs, values = curves.points("learning_rate")
    axes.step(epochs, values, where="mid", color=COLOURS["train"], linewidth=1.6, marker=_marker(epochs), markersize=4)
    _decorate(axes, "learning rate")
    if values and min(values) > 0:
        # A rate that ends at almost nothing, as cosine's does, would take the whole height for its last epoch.
        low, high = max(min(values), max(values) / LOG_SPAN), max(values)
        axes.set_yscale("log")
        axes.set_ylim(low / 2.1, high * 2.1)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,)))
        axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, position: compact(value))


def draw_speed(axes: "Axes", curves: Curves) -> None:
    """Draw the clips per second of training."""
    epochs, values = curves.points("clips_per_s")
    axes.plot(epochs, values, color=COLOURS["train"], linewidth=1.6, marker=_marker(epochs), markersize=4)
    axes.set_ylim(bottom=0)
    _decorate(axes, "training clips per second")


def save_figure(path: Path, figure: "Figure") -> Path:
    """Write a figure as PNG, whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DPI)
    with replacing(path) as temporary, temporary.open("wb") as file, quiet_fonts():
        FigureCanvasAgg(figure).print_png(file)  # savefig would draw everything twice
    return path


def draw_heading(figure: "Figure", heading: str) -> None:
    """Write a bold heading, of one line or several, over a figure at its left edge."""
    text = drawable(heading)
    style = {"fontsize": 10, "fontweight": "bold", "color": DARK, **text_style([text])}
    figure.suptitle(text, x=0.01, ha="left", wrap=True, **style)


def _fit_percent(axes: "Axes") -> None:
    """Leave a margin around the values, but none below 0 or above 100 %; markers may stand over the edge."""
    low, high = axes.dataLim.intervaly
    margin = max(0.05 * (high - low), LEAST_MARGIN)
    axes.set_ylim(max(low - margin, min(low, 0)), min(high + margin, max(high, 100)))


def _marker(epochs: Sequence[float]) -> str:
    return "o" if len(epochs) <= FEW_EPOCHS else ""


def _figure(panels: Sequence[Callable[["Axes"], None]], heading: str) -> "Figure":
    """Make a figure of one panel, or of several in a grid."""
    from matplotlib.figure import Figure

    columns = math.ceil(math.sqrt(len(panels)))
    rows = math.ceil(len(panels) / columns)
    figure = Figure((PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows), layout="constrained")
    for position, draw in enumerate(panels, start=1):
        draw(figure.add_subplot(rows, columns, position))
    if heading:
        text = drawable(heading)
        figure.suptitle(text, fontsize=10, color=GREY, wrap=True, **text_style([text]))
    return figure


def _mark_best(axes: "Axes", curves: Curves, name: str) -> None:
    split, _, selected = curves.select.partition("/")
    best = {row["epoch"]: row for row in curves.history}.get(curves.best_epoch, {})
    if selected != name or curves.select not in best:
        return
    value, colour = best[curves.select], COLOURS.get(split, GREY)
    label = f"best {curves.wording.number(name, value)} (epoch {curves.best_epoch}){curves.note and f', {curves.note}'}"
    axes.axvline(curves.best_epoch, color=colour, linewidth=0.8, linestyle=":", zorder=1)
    ring = {"markersize": 9, "markerfacecolor": "none", "markeredgewidth": 1.4, "clip_on": False}
    axes.plot([curves.best_epoch], [value], "o", color=colour, linestyle="none", label=label, zorder=6, **ring)


def _mark_tests(axes: "Axes", curves: Curves, name: str) -> None:
    for marker, (label, (epoch, values)) in zip("*P", curves.tests.items(), strict=False):
        for key, value in values.items():
            if key.split("/", 1)[1] == name:
                text = f"{label} {curves.wording.number(name, value)}"
                axes.plot(
                    [epoch], [value], marker, color=COLOURS["test"], markersize=8, label=text, zorder=7, clip_on=False
                )


def _decorate(axes: "Axes", heading: str) -> None:
    from matplotlib.ticker import MaxNLocator

    text = drawable(heading)
    axes.set_title(text, loc="left", fontsize=10, fontweight="bold", color=DARK, **text_style([text]))
    axes.set_xlabel("epoch", fontsize=8, color=GREY)
    low, high = axes.dataLim.intervalx
    if low <= high:  # there is data
        axes.set_xlim(low - 0.03 * (high - low) - 0.2, high + 0.03 * (high - low) + 0.2)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=GREY, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)
