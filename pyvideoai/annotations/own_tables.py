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
from pyvideoai.annotations.names import SEPARATOR, composed, in_one_line, some
from pyvideoai.annotations.path_list import MOST_CLASSES
from pyvideoai.annotations.presence import names_in
from pyvideoai.annotations.split_folders import meaning
from pyvideoai.annotations.text import first_line
from pyvideoai.errors import UserError

PARTS = ("train", "val", "test")
SHEETS = (".csv", ".tsv", ".xls", ".xlsx", ".ods")
TABLES = (*SHEETS, ".txt")
LIST_OF = re.compile(r"[\s_.-]*(list|split|labels|annotations|table)$")  # train_list.txt
NUMBERED = re.compile(r"(\.csv)?[\s_.(-]*\d*\)?$")  # trainlist01.txt, "train (1).csv", train.csv.txt
NOT_TABLES = {"missing", "prediction", "predictions", "result", "results", "score", "scores", "feature", "features"}
SPLIT_COLUMNS = {"split", "splits", "subset", "set", "dataset", "datasplit", "partition", "part", "phase", "usage"}
FLAG = re.compile(r"(?:is|in|for)?(\w+)")  # is_test
YES, NO = {"1", "1.0", "true", "yes", "y"}, {"0", "0.0", "false", "no", "n"}
CLASS_LIST = re.compile(r"(class|label|categor)(es|s|y|ies|ind)?[\s_-]*(names?|list|map)?")
CLASSES_ELSEWHERE = re.compile(r"classes|categories|(class|label|category)[\s_-]*(names?|list|map)")
WHOLE = re.compile(r"-?[0-9]+(\.0)?")  # "1.0": pandas writes numbers so if a cell was missing once
JOINED = re.compile(r"\s*[,|+&]\s*")
IN_BRACKETS = re.compile(r"\[.*\]|\{.*\}")
LAYOUT = (
    "expected are train.csv and perhaps val.csv, test.csv and classes.txt there, or where dataset.annotations says, by "
    "the header 'video,label' or in lines '<path> <number>'"
)


def classes(root: Path, annotations: Path | None = None) -> list[str]:
    """Return the names of the classes in the order of their labels.

    Raises UserError: no tables, faulty ones, numbers that don't start at 0, labels that seem to join several, or a
    class that is twice in classes.txt.
    """
    folder = _folder(root, annotations)
    files = _files(folder)
    if _is_there(folder / CLASSES):
        return read_class_list(folder / CLASSES)
    _refuse_near(folder, CLASSES, lambda stem: CLASS_LIST.fullmatch(stem) is not None, [".txt"])
    _refuse_near(folder, CLASSES, lambda stem: CLASSES_ELSEWHERE.fullmatch(stem) is not None, [".csv", ".json"])
    found = {path: _labels(read_cells(path)) for path in files.values()}
    names = set().union(*found.values())
    if all(name.isdecimal() or WHOLE.fullmatch(name) for name in names):
        return _numbered(found)
    _refuse_joined(names, folder)
    return sorted(names)


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
    if not any(_of_split(name) for name in split_header(first_line(path))[1]):
        return  # most tables; the others are read once more
    table = read_cells(path)
    for name in filter(_of_split, table.header):
        for line, cell in zip(table.lines, map(str, table.column(name)), strict=True):
            if other := _other_split(name, cell, part):
                raise UserError(
                    f"{path}:{line}: column {name!r} says {in_one_line(cell)!r}, but all rows of {path.name} are "
                    f"{part}; move the rows of {other} to {other}.csv, or remove the column"
                )


def _of_split(column: str) -> bool:
    """Return whether a column says which split a row is of: "subset", "is_test"."""
    return _plain(column) in SPLIT_COLUMNS or _flagged(column) is not None


def _flagged(column: str) -> str | None:
    """Return the split that "is_test" or "train" asks about."""
    match = FLAG.fullmatch(_plain(column))
    return meaning(match[1]) if match else None


def _other_split(column: str, cell: str, part: str) -> str | None:
    """Return the split that a cell gives its row to, "other splits" where it only says no; None if it is `part`."""
    if flagged := _flagged(column):
        if cell.casefold() in NO:
            return "other splits" if flagged == part else None
        return flagged if cell.casefold() in YES and flagged != part else None
    return meaning(cell) if meaning(cell) != part else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _folder(root: Path, annotations: Path | None) -> Path:
    return Path(root if annotations is None else annotations)


def _files(folder: Path) -> dict[str, Path]:
    files = {part: folder / f"{part}.csv" for part in PARTS}
    found = {part: path for part, path in files.items() if _is_there(path)}
    for part in (part for part in PARTS if part not in found):
        _refuse_near(folder, f"{part}.csv", lambda stem, part=part: _named(stem) == part, TABLES)
        _refuse_near(folder, f"{part}.csv", lambda stem, part=part: part in _words(stem), SHEETS)
    if "train" not in found:
        others = sorted(name for name in names_in(folder) if Path(name).suffix.lower() in TABLES)
        there = f"; there {'is' if len(others) == 1 else 'are'} {some(others)}" if others else ""
        raise UserError(f"no table {files['train'].absolute()}{there}; {LAYOUT}")
    return found


def _named(stem: str) -> str | None:
    """Return the split that all of a file's name means: "train_list", "trainlist01"."""
    return meaning(LIST_OF.sub("", NUMBERED.sub("", stem)))


def _words(stem: str) -> set[str | None]:
    """Return the splits that a file's name has among its words: "annotations_test"; none for "predictions_test"."""
    words = re.findall(r"[^\W\d_]+", stem)
    return set() if NOT_TABLES.intersection(words) else set(map(_named, words))


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
        longest = max((name.partition(".")[0] for name in names), key=len, default="")
        if len(longest) > len(str(MOST_CLASSES)):
            raise UserError(f"{path}: label {longest[:50]} is more than the {MOST_CLASSES:,} classes that there may be")
    labels = {int(name.partition(".")[0]) for names in found.values() for name in names}
    if labels and min(labels) != 0:
        raise UserError(
            f"{next(iter(found))}: labels start at {min(labels)}; they must start at 0. If they are names and not "
            "numbers, list them in classes.txt, one a line"
        )
    return [str(label) for label in range(max(labels, default=-1) + 1)]


def _refuse_joined(names: set[str], folder: Path) -> None:
    """UserError for a label such as "run|jump" where both are classes, or "['run', 'jump']": it would be a class."""
    for name in sorted(names):
        parts = JOINED.split(name)
        if IN_BRACKETS.fullmatch(name) or (len(parts) > 1 and names.issuperset(parts)):
            raise UserError(
                f"{folder}: the label {in_one_line(name)!r} would be a class of its own; several labels are joined by "
                f"{SEPARATOR!r}, with --set dataset.multi_label=True. If it is the name of one class, list all of them "
                "in classes.txt, one a line"
            )
