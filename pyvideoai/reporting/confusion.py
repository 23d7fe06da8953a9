"""Draw the confusion matrix: with counts for few classes; for many, with a list of the worst confusions beside it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyvideoai.metrics import interval95
from pyvideoai.reporting.figures import DARK, DPI, GREY, GRID, LINE
from pyvideoai.reporting.lettering import drawable
from pyvideoai.reporting.pen import Pen, Sheet, filled, save_picture

MOST_WITH_COUNTS = 20
LISTED = 20
NAME_EMS, SMALL_NAME_EMS = 19, 14  # longer names are cut off; in font sizes, about 32 and 24 Latin letters
MANY = 200  # classes whose names are small
LINE_SPACING = 1.4
HEADING_FONT, AXIS_FONT = 10, 10
MARGIN, GAP = 12, 6  # pixels
NARROWEST = 4 * DPI  # the heading of a small figure may be this wide
GRID_CELLS = 10  # lines between every ten classes lead the eye from a cell to its names
GAMMA = 0.5  # a share of 4 % gets a fifth of the full colour: errors stay visible beside the diagonal


def draw_confusion(path: Path, counts: np.ndarray, classes: Sequence[str], heading: str) -> Path:
    """Write a PNG of `counts`, int (C, C): videos by true class (row) and predicted class (column)."""
    cell = _cell_pixels(len(classes))
    # Three quarters of a cell's height, in points, of which an inch has 72.
    pen = Pen(float(np.clip(0.75 * 72 * cell / DPI, 5, 9)), DPI, colour=DARK)
    longest = (NAME_EMS if len(classes) <= MANY else SMALL_NAME_EMS) * pen.em
    names = [pen.shorten(name, longest) for name in classes]
    sheet = Sheet()
    _place_matrix(sheet, counts, cell, pen)
    _place_names(sheet, names, cell, pen)
    if len(names) > MOST_WITH_COUNTS:
        sheet.place(_words(counts, names, cell * len(names)), sheet.box[2] + 3 * MARGIN, 0)
    _place_heading(sheet, heading)
    return save_picture(path, sheet.pixels(MARGIN))


def worst_confusions(counts: np.ndarray, most: int = LISTED) -> list[tuple[int, int, int, int]]:
    """Return the errors with the highest rates, the worst first.

    Each is (true class, predicted class, videos, videos of the true class). The order is that of the lower end of the
    rate's 95 % interval: 9 of 20 come before 1 of 1, which may be chance.
    """
    totals = counts.sum(1)
    errors = counts * (1 - np.eye(len(counts), dtype=counts.dtype))
    found = [(int(true), int(seen), int(errors[true, seen]), int(totals[true])) for true, seen in np.argwhere(errors)]
    return sorted(found, key=lambda each: -interval95(each[2], each[3])[0])[:most]


def weakest_classes(counts: np.ndarray, most: int = LISTED) -> list[tuple[int, int, int]]:
    """Return (class, videos recognised, videos) of the classes recognised least often, the worst first.

    Classes without videos, and those that are always recognised, are left out.
    """
    totals = counts.sum(1)
    shares = counts.diagonal() / np.maximum(totals, 1)
    order = [each for each in np.argsort(shares, kind="stable") if totals[each] and shares[each] < 1]
    return [(int(each), int(counts[each, each]), int(totals[each])) for each in order[:most]]


def confusion_text(names: Sequence[str], confusion: tuple[int, int, int, int]) -> str:
    """Put one of `worst_confusions` into words: "run → walk: 45 % (9 of 20)"."""
    true, seen, videos, total = confusion
    return f"{names[true]} \N{RIGHTWARDS ARROW} {names[seen]}: {100 * videos / total:.0f} % ({videos} of {total})"


def _cell_pixels(number: int) -> int:
    """Return a cell's side: wide enough for counts if there are few classes, else for names that can be read."""
    inches = np.clip(3 / number, 0.5, 1) if number <= MOST_WITH_COUNTS else np.clip(20 / number, 0.085, 0.18)
    return round(float(inches) * DPI)


def _place_matrix(sheet: Sheet, counts: np.ndarray, cell: int, pen: Pen) -> None:
    """Place the cells, their upper left corner at the origin, with lines and, for few classes, counts."""
    from matplotlib import colormaps

    totals, side = counts.sum(1, keepdims=True), cell * len(counts)
    shades = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0) ** GAMMA
    sheet.place(colormaps["Blues"](shades, bytes=True)[..., :3].repeat(cell, axis=0).repeat(cell, axis=1), 0, 0)
    inner = [(place * cell, GRID) for place in range(GRID_CELLS, len(counts), GRID_CELLS)]
    for place, colour in (*inner, (-1, LINE), (side, LINE)):
        sheet.place(filled(colour, side, 1), 0, place)
        sheet.place(filled(colour, 1, side), place, 0)
    if len(counts) <= MOST_WITH_COUNTS:
        white = Pen(pen.size, DPI, colour="white")
        for row, column in np.argwhere(counts):
            writer = white if shades[row, column] > 0.6 else pen
            number = writer.written([str(counts[row, column])], cell)
            sheet.place(number, (column + 0.5) * cell - number.shape[1] / 2, row * cell)


def _place_names(sheet: Sheet, names: Sequence[str], cell: int, pen: Pen) -> None:
    """Place the names beside the rows and below the columns, where they stand upright unless all fit, and titles."""
    rows, side = pen.written(names, cell, align="right"), cell * len(names)
    sheet.place(rows, -GAP - rows.shape[1], 0)
    if rows.shape[1] > cell:
        sheet.place(np.rot90(rows), 0, side + GAP)
    else:
        for number, name in enumerate(names):
            picture = pen.written([name], LINE_SPACING * pen.em)
            sheet.place(picture, (number + 0.5) * cell - picture.shape[1] / 2, side + GAP)
    writer = Pen(AXIS_FONT, DPI, colour=GREY)
    true, predicted = (writer.written([title], LINE_SPACING * writer.em) for title in ("true", "predicted"))
    left, _, _, bottom = sheet.box
    sheet.place(np.rot90(true), left - GAP - true.shape[0], side / 2 - true.shape[1] / 2)
    sheet.place(predicted, side / 2 - predicted.shape[1] / 2, bottom + GAP)


def _place_heading(sheet: Sheet, heading: str) -> None:
    pen = Pen(HEADING_FONT, DPI, colour=DARK, weight="bold")
    left, top, right, _ = sheet.box
    lines = pen.wrap(drawable(heading), max(right - left, NARROWEST))
    picture = pen.written(lines, LINE_SPACING * pen.em)
    sheet.place(picture, left, top - MARGIN - picture.shape[0])


def _words(counts: np.ndarray, names: Sequence[str], side: int) -> np.ndarray:
    """Return the worst confusions and the weakest classes, as many as stand beside a matrix of `side` pixels."""
    pen = Pen(float(np.clip(0.6 * side / DPI, 8, 22)), DPI, colour=DARK)
    # Without two headings and the empty line between the lists.
    room = int(side / (pen.em * LINE_SPACING)) - 3
    weak = weakest_classes(counts, room // 2)
    confused = worst_confusions(counts, room - len(weak))
    lines = [
        "Highest rates of confusion, true \N{RIGHTWARDS ARROW} predicted",
        *(confusion_text(names, each) for each in confused),
        "",
        "Classes least often recognised",
        *(f"{names[each]}: {100 * right / total:.0f} % ({right} of {total})" for each, right, total in weak),
    ]
    return pen.written(lines, LINE_SPACING * pen.em)
