"""The geometry of charts, in the units of an SVG that is as wide as a phone: its text keeps its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 10, 24  # room for the axes' numbers
MOST_DOTS = 30
SPAN = 1e4  # of a logarithmic axis, the highest value by the lowest that is shown: a rate may end at next to nothing
CELL, LABEL = 16, 6.3  # of a matrix: a cell's side, and the width of a letter
LONGEST = 22  # letters of a class's name in a matrix
MOST_NAMED = 60  # classes; a larger matrix is a picture without names


@dataclass(frozen=True)
class Series:
    """A line. colour: "train", "val", "multi" or "run0" ... "run7". points: (x, y), finite."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Drawn:
    """A line in the chart's units."""

    name: str
    colour: str
    path: str
    dots: Sequence[tuple[float, float, str]]


@dataclass(frozen=True)
class Chart:
    """A chart in the units of its SVG. ticks: (place, text)."""

    title: str
    lines: Sequence[Drawn]
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    diagonal: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    top: int = TOP


def line_chart(
    title: str,
    series: Sequence[Series],
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    log: bool = False,
    diagonal: bool = False,
) -> Chart:
    """Return the chart of the lines. x_range, y_range: of the axes; None: what the lines need. log: of the y axis."""
    given = [point for each in series for point in each.points]
    log = log and all(y > 0 for _, y in given)
    floor = max((y for _, y in given), default=1.0) / SPAN
    to_axis = (lambda y: math.log10(max(y, floor))) if log else float
    x_low, x_high = x_range or _range([x for x, _ in given])
    y_low, y_high = y_range or _range([to_axis(y) for _, y in given], margin=0.05)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT - BOTTOM - (y - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM), 1)

    drawn = []
    for each in series:
        places = [place(x, to_axis(y)) for x, y in each.points]
        told = [f"{each.name} {y:.4g} at {x:g}" for x, y in each.points]
        few = len(places) <= MOST_DOTS
        dots = [(*where, text) for where, text in zip(places, told, strict=True)] if few else []
        drawn.append(Drawn(each.name, each.colour, " ".join(f"{x:g},{y:g}" for x, y in places), dots))
    x_ticks = [(place(x, y_low)[0], f"{x:g}") for x in ticks(x_low, x_high, 6, whole=x_range is None)]
    levels = _decades(y_low, y_high) if log else [(y, f"{y:g}") for y in ticks(y_low, y_high, 5)]
    y_ticks = [(place(x_low, y)[1], text) for y, text in levels]
    corners = place(x_low, max(x_low, y_low)), place(x_high, min(x_high, y_high))
    line = " ".join(f"{x:g},{y:g}" for x, y in corners) if diagonal else ""
    return Chart(title, drawn, x_ticks, y_ticks, line)


def ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Return round numbers within a range, at most `most`."""
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * each for each in (1, 2, 5, 10, 20) if (high - low) / (step * each) <= most)
    step = max(step, 1.0) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [round(each * step, 12) + 0.0 for each in range(first, math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> list[tuple[float, str]]:
    """Return ticks of a logarithmic axis: powers of ten, or round numbers if there are not two of them."""
    powers = [float(each) for each in range(math.ceil(low), math.floor(high) + 1)]
    if len(powers) >= 2:
        kept = powers[:: -(-len(powers) // 5)]
        return [(each, f"1e{each:g}") for each in kept]
    return [(math.log10(each), f"{each:.2g}") for each in ticks(10**low, 10**high, 4) if each > 0]


def _range(values: Sequence[float], margin: float = 0.0) -> tuple[float, float]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low < 1e-9 * max(abs(high), 1.0):
        low, high = low - 0.5, high + 0.5
    return low - margin * (high - low), high + margin * (high - low)


@dataclass(frozen=True)
class MatrixCell:
    """A cell that isn't empty: place, share of its row (0 to 1), its number and a sentence on it."""

    x: int
    y: int
    share: float
    text: str
    told: str


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: with names as cells, a large one as a picture (a data URI).

    names: as they are drawn, cut where they are long; full: whole.
    """

    names: Sequence[str]
    full: Sequence[str]
    cells: Sequence[MatrixCell]
    picture: str
    size: int
    margin: int
    side: int = CELL


def matrix(counts: np.ndarray, names: Sequence[str], picture: str) -> Matrix:
    """Return the matrix of counts, int (classes, classes), true class by row. picture: for many classes, instead."""
    short = [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in names]
    margin = round(LABEL * max(map(len, short), default=0)) + 8
    cells = []
    if not picture:
        totals = np.maximum(counts.sum(axis=1), 1)
        for true, predicted in np.argwhere(counts):
            count, share = int(counts[true, predicted]), float(counts[true, predicted] / totals[true])
            told = f"{names[true]} → {names[predicted]}: {count} of {totals[true]} ({100 * share:.0f} %)"
            text = str(count) if count < 1000 else ""
            cells.append(MatrixCell(margin + int(predicted) * CELL, margin + int(true) * CELL, share, text, told))
    return Matrix(short, names, cells, picture, len(names), margin)
