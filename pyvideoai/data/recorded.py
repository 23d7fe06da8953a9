"""Keep split tables in a run's folder, so that what is scored later is what was held out then.

A split that is drawn by the names of files changes when files are renamed, converted, added or removed, and most of its
videos may then have been trained on.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai.annotations.presence import are_there
from pyvideoai.data.lists import Dataset
from pyvideoai.data.prepared import copies_in
from pyvideoai.data.splits import Splits
from pyvideoai.data.table import BOUNDS, csv_text, table_hash
from pyvideoai.errors import UserError
from pyvideoai.files import write_whole
from pyvideoai.tasks import Task

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Part:
    """Hold one split: a checked table, and lines for the console."""

    name: str
    classes: list[str]
    table: "pd.DataFrame"
    notes: list[str] = field(default_factory=list)


def part_of(splits: Splits, name: str) -> Part:
    """Return a split that the dataset gives. Raises UserError if it gives none of that name."""
    if name not in splits.tables():
        those = " and ".join(splits.tables())
        raise UserError(f"this dataset has no {name} split, only {those}; --split says which one is scored")
    return Part(name, splits.classes, splits.tables()[name], splits.notes)


def keep_tables(splits: Splits, folder: Path) -> None:
    """Write each split's table to `<folder>/<split>.csv`, with numbers as labels."""
    folder.mkdir(exist_ok=True)
    for name, table in splits.tables().items():
        write_whole(folder / f"{name}.csv", csv_text(table, task=splits.task))


def is_same(splits: Splits, name: str, facts: Mapping[str, Any]) -> bool:
    """Return whether the dataset still gives the table that a run had. facts: what its run.json says of its splits."""
    table = splits.tables().get(name)
    return table is not None and table_hash(table) == facts[name]["sha256"]


def recorded_part(name: str, run: Mapping[str, Any], folder: Path, dataset: Dataset, why: str) -> Part:
    """Return the split that a run had, as `keep_tables` wrote it to `folder`.

    run: its run.json. why: what is wrong with the split that the dataset gives today.
    Raises UserError if the table is missing or changed, or if some of its videos are gone.
    """
    if name not in run["splits"]:
        raise UserError(why)
    path = folder.absolute() / f"{name}.csv"
    table = _read(path, dataset.task, run["splits"][name]["sha256"], why)
    gone = _gone(table["video"], dataset)
    if gone:
        raise UserError(
            f"{why}; of the {len(table)} videos that this run's {name} split had, {len(gone)} are gone from "
            f"{dataset.root.absolute()}, such as {gone[0]}"
        )
    return Part(name, run["classes"], table, [f"{why}; scored is the recorded one, {path}"])


def _read(path: Path, task: Task, sha256: str, why: str) -> "pd.DataFrame":
    """Read the table that `csv_text` wrote, to the last digit: cells are taken as they are."""
    try:
        table = _parsed(path, task)
    except FileNotFoundError:
        raise UserError(f"{why}; the run's folder has no table of that split, {path}") from None
    # What can't be read is refused below, as a table that was changed.
    except (OSError, ValueError, KeyError, csv.Error):
        table = None
    if table is None or table_hash(table) != sha256:
        raise UserError(f"{why}; {path} is not the table that the run has written any more")
    return table


def _parsed(path: Path, task: Task) -> "pd.DataFrame":
    import pandas as pd

    # Not by pandas' reader, which takes texts such as "NA" for missing cells.
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    cells = dict(zip(header, zip(*rows, strict=True), strict=True))
    labels = [task.of_numbers([int(part) for part in task.parts(cell)]) for cell in cells["label"]]
    bounds = {name: [float(cell or "nan") for cell in cells[name]] for pair in BOUNDS for name in pair if name in cells}
    return pd.DataFrame(cells, dtype=str).assign(label=labels, **bounds)


def _gone(videos: "pd.Series", dataset: Dataset) -> list[str]:
    if not dataset.has_videos:
        return []
    if dataset.prepared is not None:
        copies_in(dataset.prepared).check(videos, dataset.root)  # raises UserError, which counts them
        return []
    return [video for video, there in zip(videos, are_there(dataset.root, videos), strict=True) if not there]
