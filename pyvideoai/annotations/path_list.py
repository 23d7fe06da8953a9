"""Lists of lines "path label" without a header, as PySlowFast's and MMAction2's tools write them.

Between path and label is a blank, a tab or a comma; a path may hold any of them. Labels are numbers from 0.
"""

import re
from pathlib import Path, PurePosixPath

from pyvideoai.annotations.official import Faults, read_text
from pyvideoai.annotations.presence import are_there

LINE = re.compile(r"(?P<video>.*\S)\s*[\s,]\s*(?P<label>\d+)$")
Row = tuple[str, int]


def read_list(path: Path, num_classes: int, faults: Faults) -> list[Row]:
    """(path, label) of each line; lines that are not in the format go to `faults`. UserError: no such file."""
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        match = LINE.match(line.strip())
        if match and int(match["label"]) < num_classes:
            rows.append((match["video"].rstrip(","), int(match["label"])))
        elif line.strip():
            faults.add(path, number, f"{line.strip()!r}; expected '<path> <label from 0 to {num_classes - 1}>'")
    return rows


def located(rows: list[Row], root: Path, folder: Path) -> list[tuple[bool, str, int]]:
    """(whether it is there, path from `root`, label); paths are absolute, relative to `root`, or to `folder` in it."""
    there = are_there(root, [video for video, _ in rows])
    if not any(there) and folder != root:
        below = PurePosixPath(folder.relative_to(root).as_posix())
        rows = [(str(below / video), label) for video, label in rows]
        there = are_there(root, [video for video, _ in rows])
    return [(found, *row) for found, row in zip(there, rows, strict=True)]
