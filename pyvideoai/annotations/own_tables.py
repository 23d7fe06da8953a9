"""Find tables that somebody has written: train.csv and perhaps val.csv and test.csv, in one of two formats.

    video,label                with a header: the project's own split tables (`data.table`), where label is the name or
    a/1.mp4,fight              the number of a class, or several joined by ";", and more columns may follow
    a/1.mp4 0                  without: lines "path label" (`path_list`)

Paths are absolute or relative to the dataset's root. Classes: classes.txt beside the tables, one name a line in the
order of the labels; without it the names in the tables, sorted, or the numbers as they are.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pyvideoai.annotations.cells import Cells, read_cells, split_header
from pyvideoai.annotations.class_list import NAME as CLASSES
from pyvideoai.annotations.class_list import read_class_list
from pyvideoai.annotations.names import SEPARATOR, composed, in_one_line
from pyvideoai.annotations.path_list import MOST_CLASSES
from pyvideoai.annotations.presence import names_in
from pyvideoai.annotations.split_folders import meaning
from pyvideoai.annotations.text import first_line
from pyvideoai.errors import UserError

PARTS = ("train", "val", "test")
TABLES = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods")
LIST_OF = re.compile(r"[\s_.-]*(list|split|labels|annotations|table)$")  # train_list.txt
SPLIT_COLUMNS = {"split", "splits", "subset", "set", "dataset", "datasplit", "partition", "part", "phase", "usage"}
CLASS_LIST = re.compile(r"(class|label|categor)(es|s|y|ies|ind)?[\s_-]*(names?|list|map)?")
LAYOUT = (
    "expected are train.csv and perhaps val.csv, test.csv and classes.txt there, or where dataset.annotations says, by "
    "the header 'video,label' or in lines '<path> <number>'"
)


def classes(root: Path, annotations: Path | None = None) -> list[str]:
    """Return the names of the classes in the order of their labels.

    Raises UserError: no tables, faulty ones, numbers that don't start at 0, or a class that is twice in classes.txt.
    """
    folder = _folder(root, annotations)
    files = _files(folder)
    if _is_there(folder / CLASSES):
        return read_class_list(folder / CLASSES)
    _refuse_near(folder, CLASSES, lambda stem: CLASS_LIST.fullmatch(stem) is not None, [".txt"])
    found = {path: _labels(read_cells(path)) for path in files.values()}
    names = set().union(*found.values())
    return _numbered(found) if all(name.isdecimal() for name in names) else sorted(names)


def splits(root: Path, annotations: Path | None = None) -> dict[str, Path]:
    """Return the tables that there are, by split; `data.table` reads them.

    Raises UserError if train.csv is missing, or if a column of a table assigns its rows to different splits.
    """
    files = _files(_folder(root, annotations))
    for part, path in files.items():
        _refuse_other_splits(path, part)
    return files


def _refuse_other_splits(path: Path, part: str) -> None:
    """UserError where a column such as "split" says that a row is not of this table's split: it would be ignored."""
    if not SPLIT_COLUMNS & {_plain(name) for name in split_header(first_line(path))[1]}:
        return  # most tables; the others are read once more
    table = read_cells(path)
    for name in (name for name in table.header if _plain(name) in SPLIT_COLUMNS):
        for line, cell in zip(table.lines, map(str, table.column(name)), strict=True):
            if (other := meaning(cell)) not in (None, part):
                raise UserError(
                    f"{path}:{line}: column {name!r} says {in_one_line(cell)!r}, but all rows of {path.name} are "
                    f"{part}; move the rows of {other} to {other}.csv, or remove the column"
                )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _folder(root: Path, annotations: Path | None) -> Path:
    return Path(root if annotations is None else annotations)


def _files(folder: Path) -> dict[str, Path]:
    files = {part: folder / f"{part}.csv" for part in PARTS}
    found = {part: path for part, path in files.items() if _is_there(path)}
    for part in (part for part in PARTS if part not in found):
        _refuse_near(folder, f"{part}.csv", lambda stem, part=part: meaning(LIST_OF.sub("", stem)) == part, TABLES)
    if "train" not in found:
        raise UserError(f"no table {files['train'].absolute()}; {LAYOUT}")
    return found


def _refuse_near(folder: Path, name: str, means: Callable[[str], bool], endings: Sequence[str]) -> None:
    """Raise UserError for a file that is probably meant as the missing `name`, such as "validation.csv"."""
    for other in sorted(names_in(folder)):
        path = folder / other
        if path.suffix.lower() in endings and means(path.stem.casefold()) and path.is_file():
            sheet = " Save it as CSV" if path.suffix.lower() in (".xls", ".xlsx", ".ods") else " Rename it, or move it"
            raise UserError(f"{in_one_line(str(path))} is not read; did you mean {name}?{sheet}")


def _is_there(path: Path) -> bool:
    """Return whether there is a file. Raises UserError for a folder of that name, or a broken link."""
    if path.is_file():
        return True
    if path.is_dir() or path.is_symlink():
        raise UserError(f"{path} is a {'folder' if path.is_dir() else 'link to nothing'}, not a file")
    return False


def _labels(table: Cells) -> set[str]:
    """Return the classes that a table names, as text; a cell may join several by ";"."""
    cells = {str(cell) for cell in table.column("label")}
    return {composed(name.strip()) for cell in cells for name in cell.split(SEPARATOR)} - {""}


def _numbered(found: dict[Path, set[str]]) -> list[str]:
    """Return the classes of tables with numbers as labels.

    Raises UserError if they don't start at 0, or one is absurd.
    """
    for path, names in found.items():
        longest = max(names, key=len, default="")
        if len(longest) > len(str(MOST_CLASSES)):
            raise UserError(f"{path}: label {longest[:50]} is more than the {MOST_CLASSES:,} classes that there may be")
    labels = {int(name) for names in found.values() for name in names}
    if labels and min(labels) > 0:
        raise UserError(
            f"{next(iter(found))}: labels start at {min(labels)}; they must start at 0. If they are names and not "
            "numbers, list them in classes.txt, one a line"
        )
    return [str(label) for label in range(max(labels, default=-1) + 1)]
