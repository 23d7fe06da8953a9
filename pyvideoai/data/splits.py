"""Train, val and test of a dataset: what it has of its own, what is held out, and what is said about it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai.annotations.holdout import hold_out
from pyvideoai.config.layer import Layer
from pyvideoai.data.table import read_table, table_hash
from pyvideoai.errors import UserError, hint

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("train", "val", "test")
LOOKED_AT = 20


@dataclass
class Splits:
    """Checked tables with integer labels; `test` is None where the dataset has none. `notes`: lines for the console."""

    classes: list[str]
    train: "pd.DataFrame"
    val: "pd.DataFrame"
    test: "pd.DataFrame | None"
    notes: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, dict[str, Any]]:
        """What run.json records to tell the same tables from others."""
        tables = {name: getattr(self, name) for name in NAMES}
        return {
            name: {"videos": len(table), "sha256": table_hash(table)}
            for name, table in tables.items()
            if table is not None
        }


def prepare(dataset: Layer) -> None:
    """Call the dataset's hook `prepare` under a lock beside its root: runs that start at once make the data once."""
    if dataset.prepare is not None:
        with _lock(Path(dataset.root)):
            dataset.prepare()


def make_splits(dataset: Layer, protocol: str = "heldout") -> Splits:
    """The splits of a dataset; `protocol`: "heldout" (val is part of the training list) or "literature" (test list).

    Raises UserError: a faulty table, a class without training videos, no folder or no videos where the tables say.
    """
    classes = list(dataset.classes())
    tables = {name: read_table(table, classes, f"{name} split") for name, table in _given(dataset).items()}
    train, val, test = (tables.get(name) for name in NAMES)
    notes = []
    if protocol == "literature" and test is not None:
        val = test
        notes.append("protocol literature: val is the test list; schedule, stopping and best.pth are selected on test")
    elif val is None:
        train, val = hold_out(_with_groups(train, dataset), dataset.val_share, dataset.split_seed)
        notes.append(f"val: {len(val)} of {len(train) + len(val)} training videos, held out by group")
    splits = Splits(classes, train, val, test, notes)
    _check(splits, Path(dataset.root))
    splits.notes.insert(0, _sizes(splits))
    return splits


def _given(dataset: Layer) -> dict[str, Any]:
    given = dict(dataset.splits())
    for name in given:
        if name not in NAMES:
            raise UserError(f"the dataset's splits() names a split {name!r}; {hint(name, NAMES)}")
    if given.get("train") is None:
        raise UserError("the dataset's splits() has no train split")
    return {name: table for name, table in given.items() if table is not None}


def _with_groups(table: "pd.DataFrame", dataset: Layer) -> "pd.DataFrame":
    if dataset.group is not None:
        return table.assign(group=[str(dataset.group(row)) for row in table.itertuples(index=False)])
    return table if "group" in table.columns else table.assign(group=table["video"])


def _check(splits: Splits, root: Path) -> None:
    if splits.val.empty:
        raise UserError("the val split is empty: give the dataset a val split, or raise dataset.val_share")
    untrained = sorted(set(range(len(splits.classes))) - set(splits.train["label"]))
    if untrained:
        names = ", ".join(splits.classes[label] for label in untrained[:5])
        raise UserError(f"{len(untrained)} of {len(splits.classes)} classes have no training video: {names}")
    first = splits.train["video"].iloc[:LOOKED_AT]
    if not any((root / video).exists() for video in first):
        what = (
            f"none of the first {len(first)} training videos is there, such as {first.iloc[0]}"
            if root.is_dir()
            else "no such folder"
        )
        raise UserError(f"dataset.root = {root.absolute()}: {what}; --set dataset.root=... says where the videos are")


def _sizes(splits: Splits) -> str:
    sizes = ", ".join(f"{name} {facts['videos']}" for name, facts in splits.facts().items())
    return f"{len(splits.classes)} classes; videos: {sizes}"


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it, however that ends."""
    root.absolute().parent.mkdir(parents=True, exist_ok=True)
    with (root.absolute().parent / f".{root.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
