"""Read split tables: a row per video or part of one, with the columns video and label; every row is checked first.

    video,label
    brush_hair/a.avi,brush_hair
    golf/b.avi,20

`label` is a class name or, if no class has that name, a number from 0; in a multi-label dataset any number of them:
`3;7;12`, `run;jump`, or nothing. Optional columns: group; start_frame and end_frame (the last frame of the part);
start_s and end_s (the first moment after the part); video_id (rows of one video_id have one label and are scored as one
video, by their average). Other columns are carried into predictions, unless their name is nearly one of these, which is
an error (`annotations.columns`). Several rows may name one video, such as its segments.
"""

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai.annotations.cells import read_cells
from pyvideoai.annotations.columns import BOUNDS, check_header
from pyvideoai.annotations.names import in_one_line
from pyvideoai.data.repeated import contradictions, remarks, repeated_parts
from pyvideoai.errors import UserError
from pyvideoai.tasks import SINGLE_LABEL, Task
from pyvideoai.tasks.cells import ClassNumbers, parts_of, text_of, unknown_class

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SHOWN = 5  # faults in an error line


@dataclass
class RowFaults:
    """Collect the faults of rows, to report all at once. places: what each row is called, such as "line 4"."""

    where: str
    places: list[str]
    found: dict[int, str | Callable[[], str]] = field(default_factory=dict)

    def add(self, row: int, fault: str | Callable[[], str]) -> None:
        """Note the first fault of a row.

        A fault that takes long to word is a function, since only the first few are shown.
        """
        self.found.setdefault(row, fault)

    def raise_if_any(self) -> None:
        """Raise a UserError of one line that lists the first few."""
        if not self.found:
            return
        first = {row: self.found[row] for row in sorted(self.found)[:SHOWN]}
        shown = [f"{self.places[row]}: {fault if isinstance(fault, str) else fault()}" for row, fault in first.items()]
        more = [f"and {len(self.found) - SHOWN} more"] if len(self.found) > SHOWN else []
        count = f"{len(self.found)} of {len(self.places)} rows are faulty"
        raise UserError(f"{self.where}: {count}: {'; '.join(shown + more)}")


def read_table(
    source: "pd.DataFrame | str | Path", classes: Sequence[str], where: str = "table", *, task: Task = SINGLE_LABEL
) -> "pd.DataFrame":
    """Read a CSV file, or take a table, and check every row; `where` names a table that is not a file in errors.

    classes: their names in label order. label: int64, for a multi-label task a tuple of rising ints for each row.
    `attrs["remarks"]`: odd things about the table.
    Raises one UserError for all faulty rows together, and one for a class whose name multi-label tables can't hold.
    """
    import pandas as pd

    task.check_names(classes)
    if isinstance(source, pd.DataFrame):
        table, faults = source.reset_index(drop=True), RowFaults(where, [f"row {row}" for row in range(len(source))])
        check_header([str(name) for name in table.columns], where)
    else:
        table, faults = _of_file(Path(source))
    if not faults.places:
        raise UserError(f"{faults.where}: no rows")
    bounds = {name: _numbers(table[name], name, faults) for pair in BOUNDS for name in pair if name in table.columns}
    _check_order(bounds, faults)
    labels = _labels(table["label"], classes, task, faults)
    _check_first(table["label"], classes, faults)
    _check_videos(table["video"], faults)
    if "video_id" in table.columns:
        _check_ids(table["video_id"], labels, faults)
    repeated = repeated_parts(table["video"], bounds)
    if not isinstance(source, pd.DataFrame):
        _check_repeated(repeated, table["video"], labels, classes, task, faults)
    faults.raise_if_any()
    checked = table.assign(label=labels, **bounds)
    checked.attrs["remarks"] = remarks(checked, repeated, faults.places)
    return checked


def csv_text(table: "pd.DataFrame", classes: Sequence[str] = (), *, task: Task = SINGLE_LABEL) -> str:
    """Return a checked table as CSV that `read_table` reads back to the same.

    classes: their names. Labels are written as names if a label's number is the name of another class.
    """
    misread = any(name.isdecimal() and name != str(number) for number, name in enumerate(classes))
    labels = task.cells(table["label"].tolist(), classes if misread else None)
    return table.assign(label=labels).to_csv(index=False, lineterminator="\n")


def video_numbers(table: "pd.DataFrame") -> "np.ndarray":
    """Return int64 (rows,): rows with the same video_id have the same number, rising from 0.

    A row without a video_id is a video of its own.
    """
    import pandas as pd

    if "video_id" not in table.columns:
        return pd.RangeIndex(len(table)).to_numpy()
    ids = table["video_id"]
    given = ids.notna() & (ids.astype(str).str.strip() != "")
    # The prefixes keep a video_id "row 3" apart from row 3 itself.
    alone = pd.Series([f"row {row}" for row in range(len(table))], index=ids.index)
    return pd.factorize(("id " + ids.astype(str).str.strip()).where(given, alone))[0]


def table_hash(table: "pd.DataFrame") -> str:
    """Return the SHA-256 of a table's content; the same on every machine."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _of_file(path: Path) -> "tuple[pd.DataFrame, RowFaults]":
    """Return a file's table with all cells as text: no cell counts as missing, since a class may be called "None"."""
    import pandas as pd

    cells = read_cells(path)
    places = [f"line {line}" for line in cells.lines]
    return pd.DataFrame(cells.rows, columns=cells.header, dtype=object), RowFaults(str(path), places, {**cells.faults})


def _labels(column: Iterable[Any], classes: Sequence[str], task: Task, faults: RowFaults) -> list[Any]:
    """Return the label of each cell; faulty cells are added to `faults`."""
    numbers, labels = ClassNumbers(classes), []
    for row, cell in enumerate(column):
        found = []
        for part in task.parts(cell):
            number = numbers.of(part)
            if number is None:
                faults.add(row, partial(unknown_class, part, classes))
            else:
                found.append(number)
        # Faulty rows have an entry too: labels go by place.
        labels.append(task.of_numbers(found))
    return labels


def _check_first(column: Iterable[Any], classes: Sequence[str], faults: RowFaults) -> None:
    """Raise UserError if the labels evidently start at 1."""
    # Labels from 1 always have a fault: the last of them is the number of no class.
    if not faults.found:
        return
    texts, last = {str(label).strip() for value in column for label in parts_of(value)}, str(len(classes))
    if {"1", last} <= texts <= {str(number) for number in range(1, len(classes) + 1)} and last not in classes:
        raise UserError(f"{faults.where}: labels start at 1; they must start at 0, and end at {len(classes) - 1}")


def _check_videos(column: Iterable[Any], faults: RowFaults) -> None:
    for row, video in enumerate(column):
        if not isinstance(video, str) or not video.strip():
            faults.add(row, "no video")
        elif "\0" in video:
            faults.add(row, f"video {video!r}: no path has a NUL byte")
        # With a slash at the end, so that ".." counts and "..a" doesn't.
        elif f"{posixpath.normpath(video)}/".startswith("../") and not posixpath.isabs(video):
            faults.add(row, f"video {video!r} leads out of dataset.root; write the whole path, from '/'")


def _check_ids(column: Iterable[Any], labels: Sequence[Any], faults: RowFaults) -> None:
    """Note rows of one video_id with different labels: they are scored as one video, which has one label."""
    first: dict[str, int] = {}
    for row, value in enumerate(column):
        name = text_of(value)
        before = first.setdefault(name, row) if name else row
        if labels[row] != labels[before]:
            faults.add(row, f"video_id {name!r} has another label here than in {faults.places[before]}")


def _check_repeated(
    repeated: dict[int, int],
    videos: Sequence[str],
    labels: Sequence[Any],
    classes: Sequence[str],
    task: Task,
    faults: RowFaults,
) -> None:
    """Note rows of a file that give the same part of a video two labels."""
    for row, before in contradictions(repeated, labels).items():
        # A row with a fault may have no label to compare.
        if not {row, before} & set(faults.found):
            here, there = map(repr, task.cells([labels[row], labels[before]], classes))
            told = f"{in_one_line(videos[row])} has the label {here} here and {there} in {faults.places[before]}"
            faults.add(row, told + task.why_two_labels)


def _numbers(column: "pd.Series", name: str, faults: RowFaults) -> "pd.Series":
    """Return float64, NaN for an empty cell."""
    import pandas as pd

    given = column.where(column.notna() & (column.astype(str).str.strip() != ""))
    numbers = pd.to_numeric(given, errors="coerce").astype("float64")
    # What `to_numeric` couldn't read is NaN, which is between nothing; "inf" it does read, hence "left".
    bad = given.notna() & ~numbers.between(0, float("inf"), inclusive="left")
    if name.endswith("_frame"):
        bad |= numbers.notna() & (numbers % 1 != 0)
    for row in bad.index[bad]:
        kind = "frame number" if name.endswith("_frame") else "number"
        clock = ": write seconds, 83.5 for 00:01:23.5" if ":" in str(column[row]) and kind == "number" else ""
        faults.add(row, f"{name} {column[row]!r} is not a {kind} >= 0{clock}")
    return numbers


def _check_order(bounds: "dict[str, pd.Series]", faults: RowFaults) -> None:
    for start, end in BOUNDS:
        if start in bounds and end in bounds:
            # end_frame is the last frame of its part, so it may be the first one too; end_s is the moment after the
            # part.
            wrong = bounds[end] <= bounds[start] if end == "end_s" else bounds[end] < bounds[start]
            for row in wrong.index[wrong]:
                faults.add(row, f"{end} {bounds[end][row]:g} is not after {start} {bounds[start][row]:g}")
