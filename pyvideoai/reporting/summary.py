"""Write `summary.csv`: one row per epoch, the whole history each time, so that a resumed run has no row twice."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.errors import UserError
from pyvideoai.files import write_whole
from pyvideoai.reporting.lines import SPLITS, Row
from pyvideoai.reporting.spreadsheet import cell


def write_summary(path: Path, history: Sequence[Row], note: str = "") -> None:
    """Write all epochs: numbers in full, missing values as empty cells, `note` (if any) as a last column."""
    if not history:
        path.unlink(missing_ok=True)
        return
    names = columns(history)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cell(column(name)) for name in names] + ["note"] * bool(note))
    writer.writerows([row.get(name, "") for name in names] + [note] * bool(note) for row in history)
    write_whole(path, text.getvalue())


def read_history(path: Path) -> list[dict[str, float]]:
    """Return what `write_summary` wrote, without the note. Raises UserError if it can't be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{_name(each): float(cell) for each, cell in row.items() if _has_number(each, cell)}
                    for row in csv.DictReader(file)]  # fmt: skip
    except FileNotFoundError:
        raise UserError(f"{path} is missing: the run has not finished an epoch") from None
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} can't be read: {error}") from None
    if not rows or any("epoch" not in row for row in rows):
        raise UserError(f"{path} has no epochs")
    return rows


def _has_number(name: object, cell: object) -> bool:
    return isinstance(name, str) and isinstance(cell, str) and bool(cell) and name != "note"


def _name(column: str) -> str:
    """Return the name of a CSV column's value: "val_multicrop_top1" is "val_multicrop/top1"."""
    # The longest: val_multicrop_top1 begins with val_ too.
    split = max((each for each in SPLITS if column.startswith(f"{each}_")), key=len, default="")
    return f"{split}/{column.removeprefix(f'{split}_')}" if split else column


def columns(history: Sequence[Row]) -> list[str]:
    """Return every name that some epoch has: "epoch" first, then the splits in order, then the rest."""
    names = dict.fromkeys(name for row in history for name in row)
    order = ["epoch", *SPLITS]
    return sorted(names, key=lambda name: order.index(first) if (first := name.split("/")[0]) in order else len(order))


def column(name: str) -> str:
    """Return the CSV column of a value: "val/top1" becomes "val_top1"."""
    return name.replace("/", "_")
