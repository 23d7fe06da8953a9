"""Read classes.txt: one class name a line, in the order of the labels.

Beside a table of your own it names all classes. Beside the lists of an official data set it chooses some of the
official classes, or another order; rows of the other classes are left out and counted.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pyvideoai.annotations.names import letters_of
from pyvideoai.annotations.official import Faults, unknown_class
from pyvideoai.annotations.text import text_lines
from pyvideoai.errors import UserError

NAME = "classes.txt"
NUMBERED = re.compile(r"[0-9]+[\s,.:]+\S")


def read_class_list(path: Path) -> list[str]:
    """Return the names in a list of classes. Raises UserError if it is empty, repeats a name, or has numbered lines."""
    names = [line.strip() for line in text_lines(path) if line.strip()]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(f"{path}: {twice[0]!r} is there {names.count(twice[0])} times; a line names one class")
    if not names:
        raise UserError(f"{path} names no class")
    numbers = [re.split(r"[\s,.:]", name, maxsplit=1)[0] for name in names if NUMBERED.match(name)]
    if any(numbers == [str(number) for number in range(first, first + len(names))] for first in (0, 1)):
        raise UserError(f"{path}:1: {names[0]!r}: lines are numbered; each is the name of a class and nothing else")
    return names


def chosen_classes(official: Sequence[str], class_list: Path | None, beside: Iterable[Path]) -> list[str]:
    """Return the official classes that a list of classes names, in its order and in the official spelling.

    class_list: that list; None: `classes.txt` in the first folder of `beside` that has one, or all official classes if
    none has. Raises UserError for a name that is not official (with the nearest one), and for a class that is named
    twice.
    """
    files = [Path(class_list)] if class_list is not None else [Path(folder) / NAME for folder in beside]
    path = next((file for file in files if class_list is not None or file.is_file()), None)
    return list(official) if path is None else _official(path, official)


def keep_classes(
    rows: Sequence[tuple], at: int, official: Sequence[str], names: Sequence[str]
) -> tuple[list[tuple], str]:
    """Return the rows of the classes `names`, with labels in their order, and a note about it; "" if nothing
    was left out.

    rows: have an official label at position `at`.
    """
    if list(names) == list(official):
        return list(rows), ""
    numbers = {list(official).index(name): number for number, name in enumerate(names)}
    kept = [(*row[:at], numbers[row[at]], *row[at + 1 :]) for row in rows if row[at] in numbers]
    return kept, choice_note(official, names, len(kept), len(rows))


def choice_note(official: Sequence[str], names: Sequence[str], kept: int, rows: int) -> str:
    """Say which classes were chosen and how many of a list's `rows` were `kept`; "" if these are all classes
    in their order.
    """
    if list(names) == list(official):
        return ""
    if len(names) == len(official):
        return f"all {len(names)} classes, in the order of the list of classes"
    others = f"{rows - kept:,} of {rows:,} rows are of the others and left out"
    return f"{len(names)} of {len(official)} classes, as the list of classes says; {others}"


def _official(path: Path, official: Sequence[str]) -> list[str]:
    spelled, found, faults = {letters_of(name): name for name in official}, [], Faults()
    listed = read_class_list(path)
    lines = {line.strip(): number for number, line in enumerate(text_lines(path), start=1)}
    for name in listed:
        known = spelled.get(letters_of(name))
        if known is None or known in found:
            faults.add(path, lines[name], _twice(known) if known else unknown_class(name, official))
        found.append(known)
    faults.raise_if_any()
    return found


def _twice(name: str) -> Callable[[], str]:
    return lambda: f"the class {name!r} is named twice"
