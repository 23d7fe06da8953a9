"""Apply a table of likely wrong labels that a person has filled in: new split tables, beside those of the run."""

import csv
import io
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyvideoai.annotations.class_list import NAME as CLASSES
from pyvideoai.annotations.names import SEPARATOR, in_one_line, some
from pyvideoai.annotations.own_tables import PARTS
from pyvideoai.annotations.text import csv_rows, first_line
from pyvideoai.config.run.snapshot import OVERRIDES
from pyvideoai.errors import UserError, counted
from pyvideoai.files import read_json, require, write_whole
from pyvideoai.inspection.runs import Run
from pyvideoai.program import typed
from pyvideoai.reporting.spreadsheet import uncell
from pyvideoai.tasks.cells import ClassNumbers, parts_of, unknown_class

DROP, QUOTE = "drop", "'"
NEEDED = ("video", "row", "right_label")
CARRIED = {  # settings of a dataset that a table doesn't hold, with what -D table says of them
    "sample_in": "'seconds'",
    "flip_keeps_label": "'auto'",
    "flip_labels": "()",
    "multi_label": "False",
    "prepared": "None",
    "frames": "False",
    "features": "False",
}


@dataclass(frozen=True)
class Changes:
    """Hold how many rows of the training table have another label now, were dropped, or were right after all."""

    changed: int
    dropped: int
    confirmed: int


def right_labels(path: Path, run: Run) -> dict[int, list[str] | None]:
    """Return the right labels that were filled in, by row of the training table: names of classes; None: drop the row.

    Raises one UserError for all rows that are not of this run, or name no class.
    """
    delimiter = ";" if first_line(path).count(";") > first_line(path).count(",") else ","  # some spreadsheets' CSV
    (_, header), *lines = csv_rows(path, delimiter) or [(1, [])]
    if missing := [name for name in NEEDED if name not in header]:
        raise UserError(f"{path} has no column {some(missing)}: give the CSV that {typed('report')} wrote")
    videos = run.split_table("train")["video"].tolist()
    several = run.settings.get("dataset.multi_label") == "True"
    found, faults = dict[int, list[str] | None](), list[str]()
    for line, cells in lines:
        row = dict(zip(header, map(uncell, cells), strict=False))
        if not (given := row.get("right_label", "")):
            continue
        number = int(row["row"]) if row["row"].isdecimal() else len(videos)
        if number >= len(videos) or videos[number] != row["video"]:
            faults.append(f"line {line}: {in_one_line(row['video'])} is not row {row['row']} of the run's train.csv")
        elif number in found:
            faults.append(f"line {line}: row {number} is there twice")
        else:
            names, fault = _classes_of(given, run.classes, several=several)
            found[number] = names
            faults += [f"line {line}: {fault}"] if fault else []
    if faults:
        raise UserError(f"{path}: {some(faults, shown=3, separator='; ')}; nothing was written")
    return found


def _classes_of(given: str, classes: Sequence[str], *, several: bool) -> tuple[list[str] | None, str]:
    """Return the classes that a cell names, None for drop, and what is wrong with it, "" for nothing."""
    numbers = ClassNumbers(classes)
    if given.casefold() == DROP and numbers.of(given) is None:
        return None, ""
    parts = list(parts_of(given)) if several else [given]
    unknown = [part for part in parts if numbers.of(part) is None]
    if unknown:
        return [], f"{unknown_class(unknown[0], classes)}; it is the name of a class, or {DROP}"
    return [classes[int(numbers.of(part) or 0)] for part in parts], ""


def write_tables(run: Run, right: Mapping[int, list[str] | None], out: Path) -> Changes:
    """Write train.csv with the right labels, the run's other splits as they were, and classes.txt to a new folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is there already, and is not written over: give another folder by --out")
    tables = {split: run.folder.splits / f"{split}.csv" for split in PARTS}
    contents = {split: _named(path, run.classes) for split, path in tables.items() if path.exists()}
    header, *rows = contents["train"]
    place = header.index("label")
    changed = confirmed = 0
    kept = [header]
    for number, row in enumerate(rows):
        names = right.get(number, [])
        if number in right and names is not None:
            label = SEPARATOR.join(names)
            changed, confirmed = changed + (row[place] != label), confirmed + (row[place] == label)
            row[place] = label
        if names is not None:
            kept.append(row)
    contents["train"] = kept
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / CLASSES, "".join(f"{name}\n" for name in run.classes))
    for split, content in contents.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(content)
        write_whole(out / f"{split}.csv", text.getvalue())
    return Changes(changed, len(rows) + 1 - len(kept), confirmed)


def _named(path: Path, classes: Sequence[str]) -> list[list[str]]:
    """Return a split's table as the run kept it, cell by cell, with names in place of numbers as labels."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("label")
    for row in rows:
        row[place] = SEPARATOR.join(classes[int(each)] for each in row[place].split(SEPARATOR) if each)
    return [header, *rows]


def new_folder(run: Run) -> Path:
    """Return relabelled/ in the run's folder, or relabelled_2/, ...: the first that is not there."""
    first = run.folder.path / "relabelled"
    others = (first.with_name(f"{first.name}_{number}") for number in range(2, 10_000))
    return first if not first.exists() else next(path for path in others if not path.exists())


def training_command(run: Run, out: Path) -> list[str]:
    """Return lines that say how to train on the new tables as the run was trained, and what they lack."""
    facts, path = run.folder.read_run(), run.folder.configs / OVERRIDES
    if not path.exists():
        return [f"{path} is missing, which says how the run was trained: -D table --set dataset.annotations={out}"]
    said = read_json(path)
    require(said, {"names": list, "overrides": list}, str(path))
    _, model, experiment = said["names"]
    settings = run.settings
    given = [f"dataset.root={facts['paths']['root']}"] if "root" in facts["paths"] else []
    given.append(f"dataset.annotations={out}")
    for name, usual in CARRIED.items():
        value = settings.get(f"dataset.{name}", usual)
        if value != usual:
            given.append(f"dataset.{name}={facts['paths'].get(name, value.strip(QUOTE))}")
    # The kept tables are the limited ones already, and their val and test are the run's.
    given += [each for each in said["overrides"] if not each.startswith(("dataset.", "limit_train="))]
    flags = shlex.join(
        ["-D", "table", "-M", model, "-E", experiment, *(word for each in given for word in ("--set", each))]
    )
    lines = [f"train on it:  {typed('train')} {flags}"]
    lost = [name for name in ("target", "class_counts") if f"dataset.{name}" in settings]
    if lost:
        told = counted(len(lost), "hook")
        lines.append(f"{told} of the dataset ({', '.join(lost)}) {'is' if len(lost) == 1 else 'are'} not in a table: "
                     "write a config that inherits it, and give these tables in its splits()")  # fmt: skip
    return lines
