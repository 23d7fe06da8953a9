"""What a dataset has of its own: folder, classes, tables, and the functions that make and group them."""

import errno
import fcntl
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pyvideoai.annotations.missing import note_on_missing
from pyvideoai.annotations.names import in_one_line
from pyvideoai.data.hooks import fault, refused
from pyvideoai.data.table import read_table
from pyvideoai.errors import UserError, hint
from pyvideoai.tasks import SINGLE_LABEL, Task

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("train", "val", "test")
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True)
class Dataset:
    """Describe a dataset by plain values and functions; functions are called only when their result is needed.

    root: the folder that the tables' video paths are relative to. classes() -> names in label order.
    splits() -> {"train": table, "val": table, "test": table}, val and test if there are any; a table is a DataFrame or
    the path of a CSV. prepared: a folder of copies that are read instead of the videos. has_videos: whether they must
    be there. prepare(): makes the data. group(row) -> what must not be shared between splits. The others: see
    `splits.make_splits`.
    """

    root: Path
    classes: Callable[[], Sequence[str]]
    splits: Callable[[], Mapping[str, Any]]
    task: Task = SINGLE_LABEL
    prepared: Path | None = None
    has_videos: bool = True
    prepare: Callable[[], object] | None = None
    group: Callable[[Any], object] | None = None
    val_share: float = 0.1
    test_share: float = 0.2
    split_seed: int = 0
    folds: int = 0
    fold: int = 1


def prepare(dataset: Dataset) -> None:
    """Call the dataset's hook `prepare` under a lock beside its root: runs that start at once make the data only once.

    If nothing can be written there, no lock is taken: the hook finds its data there, or fails. A dataset without
    the hook leaves nothing on the disk.
    """
    if dataset.prepare is None:
        return
    root = Path(dataset.root).absolute()
    with _open_lock(root) or nullcontext() as lock:
        if lock is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            dataset.prepare()
        except (OSError, UserError) as error:  # the hook's guard makes a UserError of what the hook raises
            cause = error.__cause__ or error
            if getattr(cause, "errno", None) not in READ_ONLY:
                raise
            raise UserError(_unprepared(root, cause)) from error


@dataclass(frozen=True)
class Tables:
    """Hold the tables that a dataset has of its own, checked (`read_table`)."""

    classes: list[str]
    by_name: "dict[str, pd.DataFrame]"
    notes: list[str] = field(default_factory=list)  # lines for the console: what the dataset says of its tables


def read_tables(dataset: Dataset) -> Tables:
    """Read and check a dataset's own tables, without torch. Raises UserError that lists faulty rows."""
    classes, given = list(dataset.classes()), _given(dataset)
    _check_number(classes, dataset.task)
    notes = [
        f"{name}: {table.attrs[told]}"
        for name, table in given.items()
        for told in ("classes", "note")
        if getattr(table, "attrs", {}).get(told)
    ]
    checked = {name: read_table(table, classes, f"{name} split", task=dataset.task) for name, table in given.items()}
    return Tables(classes, checked, [in_one_line(note) for note in (*notes, *_remarks(checked, dataset))])


def _check_number(classes: list[str], task: Task) -> None:
    """Refuse too few classes: with one class a single-label network is always right; multi-label videos may lack it."""
    if len(classes) < task.fewest_classes:
        found = f"the dataset has one class only, {classes[0]!r}" if classes else "the dataset has no classes"
        raise UserError(f"{found}; two or more are needed, or one where dataset.multi_label = True lets it be absent")


def _remarks(tables: "dict[str, pd.DataFrame]", dataset: Dataset) -> list[str]:
    """Return remarks on the tables and on missing videos; official lists count their missing videos themselves."""
    remarks = {name: list(table.attrs["remarks"]) for name, table in tables.items()}
    for name, table in tables.items():
        if "note" not in table.attrs and dataset.prepared is None and Path(dataset.root).is_dir():
            remarks[name].append(note_on_missing(Path(dataset.root), table["video"]))
    return [f"in {name}: {remark}" for name, each in remarks.items() for remark in each if remark]


def _given(dataset: Dataset) -> dict[str, Any]:
    """Return the tables that the dataset's `splits` names, not read yet."""
    given = dict(dataset.splits())
    for name, table in given.items():
        if name not in NAMES:
            raise fault(dataset.splits, f"returned a split {name!r}; {hint(name, NAMES)}")
        # `itertuples` tells a DataFrame without importing pandas here.
        if not (table is None or isinstance(table, str | Path) or hasattr(table, "itertuples")):
            raise refused(dataset.splits, table, f"a DataFrame or the path of a CSV as {name}")
    if given.get("train") is None:
        raise fault(dataset.splits, "returned no train split")
    return {name: table for name, table in given.items() if table is not None}


def _open_lock(root: Path) -> TextIO | None:
    """Return the lock's file; None if nothing can be written.

    The lock disappears with its process, however that ends.
    """
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        return (root.parent / f".{root.name}.lock").open("w")
    except OSError as error:
        if error.errno in READ_ONLY:
            return None
        raise UserError(_unprepared(root, error)) from None


def _unprepared(root: Path, error: BaseException) -> str:
    return f"dataset.root = {root} can't be prepared: {error}"
