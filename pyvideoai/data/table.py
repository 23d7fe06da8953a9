"""Split tables: a row per video or part of one, with the columns video and label; every row is checked first.

    video,label
    brush_hair/a.avi,brush_hair
    golf/b.avi,20

`label` is a class name or, where no class has that name, a number from 0; in a multi-label dataset none, one or several
of them: `3;7;12`, `run;jump`. Optional columns: group; start_frame and end_frame (the last frame included); start_s and
end_s (what is shown before that second); video_id (rows of one video_id have one label and are scored as one video, by
their average). Others are carried into predictions. Several rows may name one video, such as its segments.
"""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai.errors import UserError, nearest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REQUIRED = ("video", "label")
BOUNDS = (("start_frame", "end_frame"), ("start_s", "end_s"))
SHOWN = 5
SEPARATOR = ";"


@dataclass
class Faults:
    """What is wrong with which row: told all at once. `places`: what each row is called, such as "line 4"."""

    where: str
    places: list[str]
    found: dict[int, str] = field(default_factory=dict)

    def add(self, row: int, fault: str) -> None:
        """Note the first fault of a row."""
        self.found.setdefault(row, fault)

    def raise_if_any(self) -> None:
        """Raise a UserError of one line that lists the first few."""
        if not self.found:
            return
        shown = [f"{self.places[row]}: {self.found[row]}" for row in sorted(self.found)[:SHOWN]]
        more = [f"and {len(self.found) - SHOWN} more"] if len(self.found) > SHOWN else []
        count = f"{len(self.found)} of {len(self.places)} rows are faulty"
        raise UserError(f"{self.where}: {count}: {'; '.join(shown + more)}")


def read_table(
    source: "pd.DataFrame | str | Path", classes: Sequence[str], where: str, *, multi_label: bool = False
) -> "pd.DataFrame":
    """A checked table; `source` is a CSV file or a table, `where` names the table in errors.

    label: int64, or with `multi_label` a tuple of rising ints for each row.
    Raises one UserError for all faulty rows together, and one for a class whose name multi-label tables can't hold.
    """
    import pandas as pd

    if multi_label:
        _check_names(classes)
    if isinstance(source, pd.DataFrame):
        table, faults = source.reset_index(drop=True), Faults(where, [f"row {row}" for row in range(len(source))])
    else:
        table, faults = _read_csv(Path(source))
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        has = ", ".join(map(str, table.columns)) or "none"
        raise UserError(f"{faults.where}: no column {' and no column '.join(missing)}; it has {has}")
    if not faults.places:
        raise UserError(f"{faults.where}: no rows")
    bounds = {name: _numbers(table[name], name, faults) for pair in BOUNDS for name in pair if name in table.columns}
    _check_order(bounds, faults)
    labels = (_label_sets if multi_label else _labels)(table["label"], classes, faults)
    _check_videos(table["video"], faults)
    if "video_id" in table.columns:
        _check_ids(table["video_id"], labels, faults)
    faults.raise_if_any()
    return table.assign(label=labels, **bounds)


def csv_text(table: "pd.DataFrame") -> str:
    """A checked table as CSV that `read_table` reads to the same."""
    if table["label"].dtype == object:
        table = table.assign(label=[SEPARATOR.join(map(str, labels)) for labels in table["label"]])
    return table.to_csv(index=False, lineterminator="\n")


def each_label(table: "pd.DataFrame") -> "pd.Series":
    """A label for each row; of a multi-label table a label for each class of each row, -1 for a row without one.

    The index is the rows' in both cases.
    """
    if table["label"].dtype != object:
        return table["label"]
    return table["label"].map(lambda labels: labels or (-1,)).explode().astype("int64")


def video_numbers(table: "pd.DataFrame") -> "np.ndarray":
    """int64 (rows,): rows with the same video_id have one number; numbers rise from 0. A row without is a video."""
    import pandas as pd

    if "video_id" not in table.columns:
        return pd.RangeIndex(len(table)).to_numpy()
    ids = table["video_id"]
    given = ids.notna() & (ids.astype(str).str.strip() != "")
    alone = pd.Series([f"row {row}" for row in range(len(table))], index=ids.index)
    return pd.factorize(("id " + ids.astype(str).str.strip()).where(given, alone))[0]


def table_hash(table: "pd.DataFrame") -> str:
    """SHA-256 of a table's content; the same on every machine."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _read_csv(path: Path) -> "tuple[pd.DataFrame, Faults]":
    """All cells as text, none taken for a missing value (a class may be called "None")."""
    import pandas as pd

    header, rows, places, faults = None, [], [], {}
    for line, cells in _lines(path):
        if header is None:
            header = [cell.strip() for cell in cells]
            _check_header(header, path)
        elif any(cells):
            if len(cells) != len(header):
                faults[len(rows)] = f"{len(cells)} cells, the header has {len(header)}"
            rows.append((cells + [""] * len(header))[: len(header)])
            places.append(f"line {line}")
    return pd.DataFrame(rows, columns=header or [], dtype=str), Faults(str(path), places, faults)


def _lines(path: Path) -> Iterable[tuple[int, list[str]]]:
    """(line number from 1, cells) of a CSV file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets put a byte order mark first
            reader = csv.reader(file, strict=True)
            return [(reader.line_num, cells) for cells in reader]
    except FileNotFoundError:
        raise UserError(f"{path}: no such split table") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} can't be read as a CSV table: {error}") from None


def _check_header(header: list[str], path: Path) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UserError(f"{path}: two columns are called {twice[0]!r}")


def _labels(column: Iterable[Any], classes: Sequence[str], faults: Faults) -> list[int]:
    numbers = {name: number for number, name in enumerate(classes)}
    labels = []
    for row, value in enumerate(column):
        text = value.strip() if isinstance(value, str) else str(value)
        number = numbers.get(text) if isinstance(value, str) else None
        if number is None:
            number = int(text) if text.isascii() and text.isdigit() else len(classes)
        if number >= len(classes):
            faults.add(row, _label_fault(text if value == value else "", classes))
        labels.append(number)
    return labels


def _label_sets(column: Iterable[Any], classes: Sequence[str], faults: Faults) -> list[tuple[int, ...]]:
    """The labels of cells such as "3;7", "run;jump", 3, (3, 7), or nothing at all; each once, rising."""
    sets = []
    for row, value in enumerate(column):
        inner = Faults(faults.where, faults.places)
        labels = _labels(_parts(value), classes, inner)
        if inner.found:
            faults.add(row, next(iter(inner.found.values())))
        sets.append(tuple(sorted(set(labels))))
    return sets


def _parts(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return [part for part in value.split(SEPARATOR) if part.strip()]
    if isinstance(value, Iterable):
        return list(value)
    return [] if value is None or value != value else [value]


def _check_names(classes: Sequence[str]) -> None:
    for name in classes:
        if SEPARATOR in name:
            raise UserError(
                f"class {name!r}: with multi_label = True no class name may contain {SEPARATOR!r}, which separates "
                "the classes of a video in split tables"
            )


def _label_fault(text: str, classes: Sequence[str]) -> str:
    if text in ("", "None"):
        return "no label"
    if text.lstrip("-").isdigit():
        return f"label {text} is not from 0 to {len(classes) - 1}"
    if SEPARATOR in text:
        return f"label {text!r} names several classes; a dataset of such videos says multi_label = True"
    near = nearest(text, classes)
    return f"label {text!r} is no class" + (f" (did you mean {' or '.join(map(repr, near))}?)" if near else "")


def _check_videos(column: Iterable[Any], faults: Faults) -> None:
    for row, video in enumerate(column):
        if not isinstance(video, str) or not video.strip():
            faults.add(row, "no video")


def _check_ids(column: Iterable[Any], labels: Sequence[Any], faults: Faults) -> None:
    """Rows of one video_id are scored as one video, so that it can have one label only."""
    first: dict[str, int] = {}
    for row, value in enumerate(column):
        name = "" if value is None or value != value else str(value).strip()
        before = first.setdefault(name, row) if name else row
        if labels[row] != labels[before]:
            faults.add(row, f"video_id {name!r} has another label here than in {faults.places[before]}")


def _numbers(column: "pd.Series", name: str, faults: Faults) -> "pd.Series":
    """float64, NaN where a cell is empty."""
    import pandas as pd

    given = column.where(column.notna() & (column.astype(str).str.strip() != ""))
    numbers = pd.to_numeric(given, errors="coerce").astype("float64")
    bad = given.notna() & ~(numbers >= 0)
    if name.endswith("_frame"):
        bad |= numbers.notna() & (numbers % 1 != 0)
    for row in bad.index[bad]:
        faults.add(row, f"{name} {column[row]!r} is no {'frame number' if name.endswith('_frame') else 'number'} >= 0")
    return numbers


def _check_order(bounds: "dict[str, pd.Series]", faults: Faults) -> None:
    for start, end in BOUNDS:
        if start in bounds and end in bounds:
            wrong = bounds[end] < bounds[start]
            for row in wrong.index[wrong]:
                faults.add(row, f"{end} {bounds[end][row]:g} is before {start} {bounds[start][row]:g}")
