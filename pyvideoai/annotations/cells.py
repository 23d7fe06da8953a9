"""Read a table that somebody has written into cells, once; both classes and rows are taken from these.

video,label,group          a header, which names at least video and label: the project's own split tables
a/1.mp4,fight,camera1      (`data.table` says what the columns are)

a/1.mp4 0                  no header: lines "path label" (`path_list`)
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyvideoai.annotations.columns import check_header, check_known, looks_like_header
from pyvideoai.annotations.names import in_one_line
from pyvideoai.annotations.official import Faults
from pyvideoai.annotations.path_list import list_rows
from pyvideoai.annotations.text import csv_rows, first_line
from pyvideoai.errors import UserError, counted

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
JSON = re.compile(r'\s*(\{\s*"|\[\s*[\[{"]|[\[{]\s*$)')
QUOTED = re.compile(r'^"(.*)"$')


@dataclass(frozen=True)
class Cells:
    """Hold a table's cells: text without blanks around it, labels of lines "path label" as ints.

    lines: each row's line in the file, from 1. faults: by row, what is wrong with its form; such a row is still as long
    as the header.
    """

    path: Path
    header: list[str]
    rows: list[list[Any]]
    lines: list[int]
    faults: dict[int, str] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Return the cells of a column."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def read_cells(path: Path) -> Cells:
    """Read a table with a header, or one of lines "path label".

    UserError: no rows, a header that is not one of ours, lines of another format, or a file that can't be read.
    """
    _check_first_line(path, first_line(path))
    table = _with_header(path) if has_header(path) else _without_header(path)
    if not table.rows:
        raise UserError(f"{path}: no rows")
    return table


def _check_first_line(path: Path, line: str) -> None:
    """Raise UserError where the first line shows a file of another kind."""
    if line.startswith("#"):
        raise UserError(f"{path}: begins with the remark {in_one_line(line[:50])!r}; remove it")
    if JSON.match(line):
        raise UserError(f"{path} is JSON; save it as CSV, with the header 'video,label'")
    check_known(split_header(line)[1], str(path))


def has_header(path: Path) -> bool:
    """Return whether the first line of a table or list names columns. UserError: it does, but not with commas."""
    separator, names = split_header(first_line(path))
    header = bool({"video", "label"} & set(names)) or looks_like_header(names)
    if header and separator != ",":
        raise UserError(
            f"{path}: {SEPARATORS[separator]} are between its columns; save it with commas, as 'video,label'"
        )
    return header


def split_header(line: str) -> tuple[str, list[str]]:
    """Return what separates the names in a header, a comma if it names only one column, and the names."""
    line = line.strip()
    separator = next((each for each in SEPARATORS if each in line), ",")
    return separator, [QUOTED.sub(r"\1", cell.strip()).strip() for cell in line.split(separator)]


def _with_header(path: Path) -> Cells:
    (line, header), *found = csv_rows(path)
    check_header(header, f"{path}:{line}")
    rows, faults = [], {}
    for cells in (cells for _, cells in found):
        if any(cells[len(header) :]) or len(cells) < len(header):  # a comma at the end of a row adds an empty cell
            comma = " (a cell with a comma needs quotation marks)" * (len(cells) > len(header))
            faults[len(rows)] = f"{counted(len(cells), 'cell')}, the header has {len(header)}{comma}"
        elif cells[: len(header)] == header:
            faults[len(rows)] = "the header once more; were two tables joined?"
        rows.append((cells + [""] * len(header))[: len(header)])
    return Cells(path, header, rows, [line for line, _ in found], faults)


def _without_header(path: Path) -> Cells:
    faults = Faults()
    rows = list_rows(path, faults)
    faults.raise_if_any()
    return Cells(path, ["video", "label"], [[video, label] for _, video, label in rows], [line for line, *_ in rows])
