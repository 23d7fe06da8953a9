"""Make train, val and test of a dataset: its own splits, those that are held out, and remarks on them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.annotations.holdout import hold_fold, hold_out
from pyvideoai.annotations.missing import likely_cause
from pyvideoai.annotations.names import SEPARATOR, remark_on_alike, some
from pyvideoai.annotations.presence import are_there
from pyvideoai.data.hooks import refused
from pyvideoai.data.leaks import remarks_on_leaks
from pyvideoai.data.lists import NAMES, Dataset, Tables, read_tables
from pyvideoai.data.prepared import copies_in
from pyvideoai.data.table import table_hash, video_numbers
from pyvideoai.errors import UserError, counted
from pyvideoai.tasks import SINGLE_LABEL, Task

if TYPE_CHECKING:
    import pandas as pd

CLASSES_SHOWN = 10
MISSING = {"nan", "<na>", "#n/a"}  # as pandas, numpy and spreadsheets write them
SELECTED_ON_TEST = "protocol literature: val is the test list; schedule, stopping and best.pth are selected on test"
SELECTED_ON_VAL = "there is no test split: what is scored at the end is val, which also selects"
NO_VAL = "val_share = 0, no val split: no epoch is chosen, and best.pth is the last one"
NO_SCORE = "there is no test split either: nothing is scored"


@dataclass
class Splits:
    """Hold checked tables (`read_table`); None for a split that the dataset lacks. notes: lines for the console."""

    classes: list[str]
    train: "pd.DataFrame"
    val: "pd.DataFrame | None"
    test: "pd.DataFrame | None"
    notes: list[str] = field(default_factory=list)
    copies: str | None = None  # how the prepared copies were made that are read instead of the videos
    task: Task = SINGLE_LABEL

    def facts(self) -> dict[str, dict[str, Any]]:
        """Return what run.json records to recognise the same videos later."""
        copies = {"prepared": self.copies} if self.copies else {}
        tables = self.tables().items()
        return {name: {"videos": len(table), "sha256": table_hash(table), **copies} for name, table in tables}

    @property
    def scored(self) -> str | None:
        """Return the split that is scored at the end: test if the dataset has it, else val, else None."""
        return next((name for name in ("test", "val") if getattr(self, name) is not None), None)

    def tables(self) -> "dict[str, pd.DataFrame]":
        """Return the existing splits by name."""
        tables = {name: getattr(self, name) for name in NAMES}
        return {name: table for name, table in tables.items() if table is not None}


def make_splits(
    dataset: Dataset, protocol: str = "heldout", *, tables: Tables | None = None, training: bool = True
) -> Splits:
    """Return the splits of a dataset under `protocol`. tables: its own ones, if they are read already.

    heldout: val is the dataset's own; without one, about `val_share` of each class of the training list is held out, by
    group. A dataset with only a training list gives up `test_share` of it before. A share of 0 leaves that split out.
    folds: test is part `fold` of `folds` of the training list, in which whole groups and all classes are spread evenly.
    literature: val is the test list, if there is one.
    training: whether there must be training videos; to score another split, its own videos are enough.
    Raises UserError: a faulty table, a class without training videos, no folder or no videos where the tables say.
    """
    own = tables or read_tables(dataset)
    # Copies, which the steps below change: `tables` stay as they are for the caller.
    classes, by_name, notes = own.classes, dict(own.by_name), list(own.notes)
    _check_folds(dataset, by_name)
    if dataset.folds:
        _take_fold(by_name, dataset, notes, classes)
    elif len(by_name) == 1 and dataset.test_share:
        _hold_out("test", dataset.test_share, by_name, dataset, notes)
    if protocol == "literature" and "test" in by_name:
        by_name["val"] = by_name["test"]
        notes.append(SELECTED_ON_TEST)
    elif "val" not in by_name and dataset.val_share:
        _hold_out("val", dataset.val_share, by_name, dataset, notes)
    notes += _what_is_missing(by_name)
    splits = Splits(classes, by_name["train"], by_name.get("val"), by_name.get("test"), notes, task=dataset.task)
    if training:
        _check_classes(splits, own.notes)
    copies = _check_videos(splits, dataset, ["train"] if training else list(splits.tables()))
    splits.notes = [_sizes(splits), *class_notes(splits), *notes, *copies, *_leaks(splits, dataset, own)]
    return splits


def _hold_out(name: str, share: float, tables: "dict[str, pd.DataFrame]", dataset: Dataset, notes: list[str]) -> None:
    """Move a part of the training table to another table, and note it."""
    table = _with_groups(tables["train"], dataset)
    labels = dataset.task.each_label(table["label"])
    tables["train"], tables[name] = hold_out(table, share, dataset.split_seed, labels=labels)
    if not len(tables[name]):
        whole = counted(_number_of_videos(table), "training video")
        raise UserError(
            f"no videos can be held out as {name}: {name}_share = {share:g} of {whole}, whole groups, "
            f"and each class keeps one; give the dataset a split of its own, raise the share, or do without {name}: "
            f"--set dataset.{name}_share=0"
        )
    told = share_of_training(tables[name], table)
    notes.append(f"{name}: {told}, held out by {_unit(table)} (split_seed {dataset.split_seed})")


def _check_folds(dataset: Dataset, tables: "dict[str, pd.DataFrame]") -> None:
    folds, fold = dataset.folds, dataset.fold
    if folds == 1 or fold > max(folds, 1):
        allowed = f"dataset.fold is one of 1 to {folds}" if folds > 1 else "dataset.folds must be 2 or more"
        raise UserError(f"dataset.folds = {folds} and dataset.fold = {fold}: {allowed}")
    if folds and "test" in tables:
        raise UserError(f"dataset.folds = {folds}: the dataset has a test split of its own; set dataset.folds = 0")


def _take_fold(tables: "dict[str, pd.DataFrame]", dataset: Dataset, notes: list[str], classes: list[str]) -> None:
    """Make one part of the training table the test table, and note it."""
    table = _with_groups(tables["train"], dataset)
    labels = dataset.task.each_label(table["label"])
    # to_numpy: a row with several labels occurs several times, and pandas couldn't align the two.
    groups = table.loc[labels.index, "group"].groupby(labels.to_numpy()).nunique()
    if single := [classes[label] for label, count in groups.items() if label >= 0 and count < 2]:
        told = f"{some(single)} has one group of videos only, which can't be trained on and tested"
        raise UserError(f"dataset.folds = {dataset.folds}: {told}")
    try:
        tables["train"], tables["test"] = hold_fold(
            table, dataset.folds, dataset.fold, dataset.split_seed, labels=labels
        )
    except ValueError as error:
        raise UserError(f"dataset.folds = {dataset.folds}: {error}") from None
    told = share_of_training(tables["test"], table)
    notes.append(
        f"test: fold {dataset.fold} of {dataset.folds}, {told}, by {_unit(table)} (split_seed {dataset.split_seed})"
    )


def _unit(table: "pd.DataFrame") -> str:
    """Return what is held out as a whole: "group", or "video" where no two videos share a group."""
    return "group" if table["group"].nunique() < _number_of_videos(table) else "video"


def _what_is_missing(tables: "dict[str, pd.DataFrame]") -> list[str]:
    """Say what a run without val, without test or without both does."""
    if "val" in tables:
        return [] if "test" in tables else [SELECTED_ON_VAL]
    return [NO_VAL] if "test" in tables else [NO_VAL, NO_SCORE]


def _with_groups(table: "pd.DataFrame", dataset: Dataset) -> "pd.DataFrame":
    """Return the table with a column `group`: the hook's value, else the table's own group, else the video.

    Rows of one video_id without a group share the video of the first row.
    """
    if dataset.group is not None:
        return table.assign(group=[_group(dataset.group, row) for row in table.itertuples(index=False)])
    video = _video_of_each_row(table)
    if "group" not in table.columns:
        return table.assign(group=video)
    group = table["group"].astype("string").str.strip()
    return table.assign(group=group.where(group.notna() & (group != ""), video))


def _group(hook: Callable[[Any], object], row: Any) -> str:
    group = hook(row)
    if group is None:
        raise refused(hook, group, "what the videos of one group share, such as a person's name")
    return str(group)


def _check_classes(splits: Splits, notes: list[str]) -> None:
    untrained = sorted(set(range(len(splits.classes))) - set(splits.task.each_label(splits.train["label"])))
    if untrained:
        without = f"{len(untrained)} of {len(splits.classes)} classes have no training video: "
        without += some([splits.classes[label] for label in untrained])
        # What the dataset says of its training list may be the reason.
        reasons = [note for note in notes if note.startswith("train: ")]
        raise UserError("; ".join([without, *_where_named(splits, untrained), *reasons]))


def _where_named(splits: Splits, untrained: list[int]) -> list[str]:
    """Return why there may be classes without training videos: where they are named, and what is alike."""
    told = []
    for split, table in splits.tables().items():
        named = set(splits.task.each_label(table["label"]))
        if found := [splits.classes[label] for label in untrained if label in named]:
            told.append(f"{split} has videos of {some(list(map(repr, found)))}")
    if not told and splits.classes == [str(number) for number in range(len(splits.classes))]:
        told.append("numbers are labels without gaps, from 0; names that are numbers stand in classes.txt, one a line")
    remark = remark_on_alike(splits.classes)
    return [*told, remark] if remark else told


def _check_videos(splits: Splits, dataset: Dataset, needed: list[str]) -> list[str]:
    """Raise UserError unless one of the splits `needed` has videos; return the remark on prepared copies, if any."""
    if not dataset.has_videos:
        return []
    if dataset.prepared is None:
        _check_root([splits.tables()[name] for name in needed], Path(dataset.root))
        return []
    copies = copies_in(dataset.prepared)
    splits.copies = copies.settings
    return [copies.check((video for table in splits.tables().values() for video in table["video"]), dataset.root)]


def _check_root(tables: "list[pd.DataFrame]", root: Path) -> None:
    """Raise UserError unless the folder and at least one of its videos are there; decoding finds single
    missing videos.
    """
    if any(any(are_there(root, table["video"])) for table in tables):  # the first video that is there ends the search
        return
    total, first = sum(map(len, tables)), tables[0]["video"].iloc[0]
    absent = f"none of the {total} {'training ' * (len(tables) == 1)}videos is there, such as {first}"
    absent += likely_cause(root, first)
    reason = absent if root.is_dir() else "no such folder"
    raise UserError(f"dataset.root = {root.absolute()}: {reason}; --set dataset.root=... says where the videos are")


def _sizes(splits: Splits) -> str:
    sizes = ", ".join(f"{name} {_size(table)}" for name, table in splits.tables().items())
    return f"{counted(len(splits.classes), 'class')}; videos: {sizes}"


def class_notes(splits: Splits) -> list[str]:
    """Return lines: the classes with their videos in each split, classes that a split lacks, and what looks like a
    mistake in names and labels.
    """
    counts = {name: _counts(table, splits.task, len(splits.classes)) for name, table in splits.tables().items()}
    each = [f"{name} {'/'.join(map(str, of))}" for name, *of in zip(splits.classes, *counts.values(), strict=True)]
    notes = [f"classes, with their videos in {'/'.join(counts)}: {some(each, CLASSES_SHOWN)}"]
    for split, of_split in counts.items():
        absent = [name for name, count in zip(splits.classes, of_split, strict=True) if not count]
        # In train that is an error (`_check_classes`), not a note.
        if absent and split != "train":
            notes.append(f"{split} has no videos of {len(absent)} of {len(splits.classes)} classes: {some(absent)}")
    if missing := [name for name in splits.classes if name.casefold() in MISSING]:
        notes.append(f"the class {some(list(map(repr, missing)))} looks like a missing label that was written as text")
    if splits.task.multi_label and all((table["label"].map(len) == 1).all() for table in splits.tables().values()):
        notes.append(f"multi_label = True, but each row has one label; several are joined by {SEPARATOR!r}, 'run;jump'")
    remark = remark_on_alike(splits.classes)
    return [*notes, remark] if remark else notes


def _counts(table: "pd.DataFrame", task: Task, classes: int) -> list[int]:
    """Count the videos of each class. Rows of one video_id count once, and a video counts for each of its classes."""
    labels = task.each_label(table["label"])
    # Pairs of class and video, each once; a row without a label has the class -1.
    of_videos = np.unique(np.stack([labels, video_numbers(table)[labels.index]]), axis=1)[0]
    return np.bincount(of_videos[of_videos >= 0], minlength=classes).tolist()


def share_of_training(part: "pd.DataFrame", whole: "pd.DataFrame") -> str:
    """Return "2 of 12 training videos"; if several rows are of one video, also how many rows."""
    videos = f"{_number_of_videos(part)} of {counted(_number_of_videos(whole), 'training video')}"
    rows = "" if _number_of_videos(whole) == len(whole) else f" ({len(part)} of {counted(len(whole), 'row')})"
    return f"{videos}{rows}"


def _size(table: "pd.DataFrame") -> str:
    """Return how many videos a table has; if several rows are of one video, also how many rows."""
    videos = _number_of_videos(table)
    return f"{videos}" if videos == len(table) else f"{videos} in {counted(len(table), 'row')}"


def _number_of_videos(table: "pd.DataFrame") -> int:
    return _video_of_each_row(table).nunique()


def _video_of_each_row(table: "pd.DataFrame") -> "pd.Series":
    """Return paths: parts of one file are one video, and so are rows of one video_id, by the path of the first."""
    return table["video"].groupby(video_numbers(table)).transform("first")


def _leaks(splits: Splits, dataset: Dataset, own: Tables) -> list[str]:
    """Return a line for each thing that val or test shares with the training list. own: the tables as they were given,
    in which there is a group only if somebody has written one.
    """
    grouped = dataset.group is not None or any("group" in table.columns for table in own.by_name.values())
    # Under protocol literature val is the test table: one line for both is enough.
    others = ("val", "test") if splits.val is not splits.test else ("test",)
    tables = {name: table for name, table in splits.tables().items() if name in ("train", *others)}
    with_groups = {name: _with_groups(table, dataset) for name, table in tables.items()}
    return remarks_on_leaks(with_groups.pop("train"), with_groups, grouped=grouped)
