"""The cells of a split table's column `label`: which class each of its names and numbers is."""

from collections.abc import Iterable, Sequence
from typing import Any

from pyvideoai.annotations.names import SEPARATOR, composed
from pyvideoai.errors import nearest

LONGEST = 200  # characters of a cell in an error line


class ClassNumbers:
    """Find the number of a class by a cell: by its name, in any Unicode form, or by a number that is not a name."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = classes
        self.by_name = {name: number for number, name in enumerate(classes)}
        self.by_form = {composed(name): number for name, number in self.by_name.items()}

    def of(self, value: Any) -> int | None:
        """Return the class's number; None where the value names no class."""
        text = text_of(value)
        if isinstance(value, str):
            number = self.by_name[text] if text in self.by_name else self.by_form.get(composed(text))
            if number is not None:
                return number
        # isascii: "²" counts as a digit, but int can't read it. int also refuses thousands of digits, and the number
        # of a class never has as many as ten.
        text = text.removesuffix(".0")  # pandas and numpy write numbers so if a cell was missing once
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else len(self.classes)
        return number if number < len(self.classes) else None


def parts_of(cell: Any) -> Sequence[Any]:
    """Return the entries of a cell: each part of "3;7" or (3, 7), a 3 by itself, nothing for an empty cell."""
    if isinstance(cell, str):
        return [part for part in cell.split(SEPARATOR) if part.strip()]
    if isinstance(cell, Iterable):
        return list(cell)
    return [] if cell is None or cell != cell else [cell]


def unknown_class(value: Any, classes: Sequence[str]) -> str:
    """Say what is wrong with a part of a cell that names no class."""
    text = text_of(value)[:LONGEST]
    if not text:
        return "no label"
    if text.lstrip("-").isdigit():
        return f"label {text} is not from 0 to {len(classes) - 1}"
    if SEPARATOR in text:
        return f"label {text!r} names several classes; a dataset of such videos says multi_label = True"
    near = nearest(text, classes)
    return f"label {text!r} is not a class" + (f" (did you mean {' or '.join(map(repr, near))}?)" if near else "")


def text_of(value: Any) -> str:
    """Return a cell's text; "" if it is missing."""
    return "" if value is None or value != value else str(value).strip()
