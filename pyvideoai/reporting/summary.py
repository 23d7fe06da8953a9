"""Write `summary.csv`: one row per epoch, the whole history each time, so that a resumed run has no row twice."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

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


def columns(history: Sequence[Row]) -> list[str]:
    """Return every name that some epoch has: "epoch" first, then the splits in order, then the rest."""
    names = dict.fromkeys(name for row in history for name in row)
    order = ["epoch", *SPLITS]
    return sorted(names, key=lambda name: order.index(first) if (first := name.split("/")[0]) in order else len(order))


def column(name: str) -> str:
    """Return the CSV column of a value: "val/top1" becomes "val_top1"."""
    return name.replace("/", "_")
