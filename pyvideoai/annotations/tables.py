"""Tables that somebody has written: train.csv and perhaps val.csv and test.csv, in one of two formats.

    video,label                with a header: the project's own split tables (`data.table`), where label is the name or
    a/1.mp4,fight              the number of a class, or several joined by ";", and more columns may follow
    a/1.mp4 0                  without: lines "path label" (`path_list`)

Paths are absolute or relative to the dataset's root. Classes: classes.txt beside the tables, one name a line in the
order of the labels; without it the names in the tables, sorted, or the numbers as they are.
"""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.official import Faults, first_line, read_text
from pyvideoai.annotations.path_list import read_list
from pyvideoai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("train", "val", "test")
MOST_CLASSES = 100_000
LAYOUT = (
    "expected are train.csv and perhaps val.csv, test.csv and classes.txt there, or where dataset.annotations says, by "
    "the header 'video,label' or in lines '<path> <number>'"
)


def classes(root: Path, annotations: Path | None = None) -> list[str]:
    """Class names in the order of their labels; UserError: no tables, or a class is named twice in classes.txt."""
    folder = _folder(root, annotations)
    if (folder / "classes.txt").is_file():
        return _listed(folder / "classes.txt")
    found = {name for path in _files(folder).values() for name in _labels(path)}
    if all(name.isascii() and name.isdigit() for name in found):
        return [str(label) for label in range(max(map(int, found), default=-1) + 1)]
    return sorted(found)


def splits(root: Path, annotations: Path | None = None) -> "dict[str, pd.DataFrame | Path]":
    """The tables that there are, by split; UserError: no train.csv, or faulty lines in one without a header."""
    import pandas as pd

    faults, tables = Faults(), {}
    for part, path in _files(_folder(root, annotations)).items():
        if _has_header(path):
            tables[part] = path
        else:
            rows = read_list(path, len(classes(root, annotations)), faults)
            tables[part] = pd.DataFrame(rows, columns=["video", "label"])
    faults.raise_if_any()
    return tables


def _folder(root: Path, annotations: Path | None) -> Path:
    return Path(root if annotations is None else annotations)


def _files(folder: Path) -> dict[str, Path]:
    files = {part: folder / f"{part}.csv" for part in PARTS}
    if not files["train"].is_file():
        raise UserError(f"no table {files['train'].absolute()}; {LAYOUT}")
    return {part: path for part, path in files.items() if path.is_file()}


def _has_header(path: Path) -> bool:
    return "video" in [cell.strip() for cell in first_line(path).split(",")]


def _labels(path: Path) -> set[str]:
    if not _has_header(path):
        return {str(label) for _, label in read_list(path, MOST_CLASSES, Faults())}
    rows = csv.DictReader(read_text(path).splitlines(), skipinitialspace=True)
    cells = (row.get("label") or "" for row in rows)
    return {name.strip() for cell in cells for name in cell.split(";")} - {""}


def _listed(path: Path) -> list[str]:
    names = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"{path}: {twice[0]!r} is there {names.count(twice[0])} times; a line names one class")
    return names
