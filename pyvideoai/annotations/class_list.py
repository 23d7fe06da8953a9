"""Read classes.txt: one class name a line, in the order of the labels.

Beside a table of your own it names all classes. Beside the lists of an official data set it chooses some of the
official classes, or another order; rows of the other classes are left out and counted.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pyvideoai.annotations.names import in_one_line, letters_of
from pyvideoai.annotations.official import Faults, unknown_class
from pyvideoai.annotations.text import text_lines
from pyvideoai.errors import UserError

NAME = "classes.txt"
BEFORE, BEHIND = re.compile(r"([0-9]+)[\s,.:]+(\S.*)"), re.compile(r"(.*\S)[\s,.:]+([0-9]+)")
IN_BRACKETS = re.compile(r"[\[{].*[\]}]")
IN_QUOTES = re.compile(r"([\"']).*\1,?")


def read_class_list(path: Path) -> list[str]:
    """Return the names in a list of classes.

    Raises UserError if it is empty, repeats a name, has numbered lines, or is a list of a programming language.
    """
    names = [line.strip() for line in text_lines(path) if line.strip()]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(f"{path}: {twice[0]!r} is there {names.count(twice[0])} times; a line names one class")
    if not names:
        raise UserError(f"{path} names no class")
    wrong = f"{path}:1: {in_one_line(names[0])!r}: "
    if _are_numbered(names):
        raise UserError(f"{wrong}lines are numbered; each is the name of a class and nothing else")
    if IN_BRACKETS.fullmatch(f"{names[0]}{names[-1]}") or (len(names) == 1 and "," in names[0]):
        raise UserError(f"{wrong}each line is the name of one class, without brackets and commas")
    if all(map(IN_QUOTES.fullmatch, names)):
        raise UserError(f"{wrong}a name is written without quotation marks")
    return names


def _are_numbered(names: Sequence[str]) -> bool:
    """Return whether each name comes with its number from 0 or 1, as in "1 run" or "run,0"; "class 0" is a name."""
    before, behind = (list(map(pattern.fullmatch, names)) for pattern in (BEFORE, BEHIND))
    pairs = [[(each[1], each[2]) for each in before if each], [(each[2], each[1]) for each in behind if each]]
    return any(
        [number for number, _ in found] == [str(number) for number in range(first, first + len(names))]
        and len({name for _, name in found}) == len(names)
        for found in pairs
        for first in (0, 1)
    )


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
