"""Read lists of lines "path label" without a header, as PySlowFast's and MMAction2's tools write them.

Between path and label is a blank, a tab or a comma; a path may contain any of them. Labels are numbers from 0. Lists of
other formats that look similar are recognised and named.
"""

import re
from pathlib import Path, PurePosixPath

from pyvideoai.annotations.official import Faults
from pyvideoai.annotations.presence import are_there
from pyvideoai.annotations.text import text_lines
from pyvideoai.errors import UserError

LABEL = re.compile(r"[\s,]([0-9]+)$")
MOST_CLASSES = 100_000
HEADER = "write a table with the header 'video,label'"
# What all lines of a list of another format are like, and what to do with it; the first that fits
FORMATS = (
    (
        re.compile(r"^[^/]+_[hulf]_(cm|nm)_np[0-9]+_(fr|ba|le|ri)_(bad|med|goo)_[0-9]+\.avi [012]$"),
        "a list of HMDB-51, where 1 is training, 2 test and 0 neither, and no labels; -D hmdb reads its lists",
    ),
    (
        re.compile(r"[\s,][0-9]+[\s,]+[0-9]+[\s,]+[0-9]+$"),
        f"more than three columns; a list has '<path> <label>'. For parts of videos, or several labels, {HEADER}",
    ),
    (
        re.compile(r"[\s,][0-9]+[\s,]+[0-9]+$"),
        "three columns, as lists of frames have them (path, number of frames, label); drop the number of frames. If it "
        f"is a part of the path, or a label, {HEADER}",
    ),
    (
        re.compile(r"/.*;\s*[0-9]+$"),
        f"semicolons between path and label; expected is a blank or a comma. Where labels are names, {HEADER}",
    ),
    (
        re.compile(r"^[^\s,;/]+;\s*[^\s;]"),
        f"lines '<id>;<label>'; -D something_v1 reads those of Something-Something v1. Of other data, {HEADER}",
    ),
    (
        re.compile(r"^[0-9]+[\s,]+\S"),
        f"the label comes before the path; {HEADER.replace('video,label', 'label,video')}",
    ),
    (re.compile(r"^[^,]+,[^,]+$"), "no header; where labels are names, the first line must be 'video,label'"),
    (re.compile(r"[^\s,][\s,]+[^\s,]"), f"lines that don't end with a number; where labels are names, {HEADER}"),
    (re.compile(r"^\S+$"), f"lines without labels; expected is '<path> <number of its class>', or {HEADER}"),
)
NUMBERED = 3  # so many of the formats have lines that end with a number, as ours do
Row = tuple[str, int]


def read_list(path: Path, num_classes: int, faults: Faults) -> list[Row]:
    """Return (path, label) of each line; faulty lines go to `faults`.

    Raises UserError if it is another kind of list.
    """
    return [row for _, *row in list_rows(path, faults, num_classes)]


def list_rows(path: Path, faults: Faults, num_classes: int | None = None) -> list[tuple[int, str, int]]:
    """Return (line number from 1, path, label) of each line; lines that are not in the format go to `faults`.

    num_classes: how many classes there are; None: not known.
    Raises UserError if the list is of another format, or can't be read.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text_lines(path), start=1) if line.strip()]
    _check_format(path, lines)
    rows = [(number, line, *_parts(line)) for number, line in lines]
    labels = {label for *_, label in rows if label is not None}
    if labels and (min(labels), max(labels)) == (1, num_classes):
        raise UserError(f"{path}: labels start at 1; they must start at 0, and end at {num_classes - 1}")
    expected = "<number of its class, from 0>" if num_classes is None else f"<label from 0 to {num_classes - 1}>"
    for number, line, _, label in rows:
        if label is None or label >= (num_classes or MOST_CLASSES):
            faults.add(path, number, f"{_short(line)!r}; expected '<path> {expected}'")
    return [(number, video, label) for number, _, video, label in rows if label is not None]


def _parts(line: str) -> tuple[str, int | None]:
    """Return (path, label) of a line; the label is None if it is missing or has too many digits for `int`."""
    match = LABEL.search(line)
    video = line[: match.start()].rstrip(" \t,") if match else ""
    return _unquoted(video), int(match[1]) if video and len(match[1]) < 10 else None


def _check_format(path: Path, lines: list[tuple[int, str]]) -> None:
    numbered = [LABEL.search(line) is not None for _, line in lines]
    for pattern, told in FORMATS[: NUMBERED if any(numbered) else len(FORMATS)]:
        if lines and all(pattern.search(line) for _, line in lines):
            raise UserError(f"{path}:{lines[0][0]}: {told}")


def _unquoted(path: str) -> str:
    return path[1:-1] if len(path) > 1 and path[0] == path[-1] == '"' else path


def _short(line: str, most: int = 200) -> str:
    return line if len(line) <= most else f"{line[:most]}..."


def located(rows: list[Row], root: Path, folder: Path) -> list[tuple[bool, str, int]]:
    """Return (whether it is there, path from `root`, label) of each row.

    Paths may be absolute, relative to `root`, or relative to `folder` in it.
    """
    there = list(are_there(root, [video for video, _ in rows]))
    if not any(there) and folder != root:
        below = PurePosixPath(folder.relative_to(root).as_posix())
        rows = [(str(below / video), label) for video, label in rows]
        there = list(are_there(root, [video for video, _ in rows]))
    return [(found, *row) for found, row in zip(there, rows, strict=True)]
