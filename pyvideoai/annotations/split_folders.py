"""Decide which top folders of a folder of clips are splits and which are classes; refuse if the guess may be wrong."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pyvideoai.annotations.names import composed, some
from pyvideoai.errors import UserError

MEANINGS = {
    "train": ("train", "training", "trn"),
    "val": ("val", "valid", "validation", "validate", "dev", "development", "eval", "evaluation"),
    "test": ("test", "testing", "tst"),
}
AFFIX = re.compile(r"[\s_.-]*(set|split|data|videos?|clips?)$")  # train_set, "Test data"
CLASSES = "--set dataset.layout=classes if they are classes"


def split_places(videos: Iterable[str], root: Path) -> dict[str, str] | None:
    """Return split -> its folder, such as {"train": "Training/"}; None if the top folders are classes.

    videos: paths relative to `root`. A split has sub-folders with videos; a class called "train" has videos itself.
    Raises UserError: splits beside other folders with videos, no split for training, two folders for one split; and top
    folders with the same sub-folders, which are hardly classes.
    """
    tops = _sub_folders(videos)
    meant = {top: split for top, inside in tops.items() if "" not in inside and (split := meaning(top))}
    if "train" in meant.values():
        _check_splits(tops, meant, root)
        return {split: f"{top}/" for split in MEANINGS for top in meant if meant[top] == split}
    if len(meant) == len(tops) > 1:
        raise UserError(
            f"{root} has the split folders {some(list(meant))} and none for training: call one train, or {CLASSES}"
        )
    _refuse_same(tops, root)
    return None


def meaning(folder: str) -> str | None:
    """Return the split that a folder's name means, in any case: "Training_set" is "train", "dev" is "val";
    None for others.
    """
    bare = AFFIX.sub("", folder.strip().casefold())
    return next((split for split, names in MEANINGS.items() if bare in names), None)


def _sub_folders(videos: Iterable[str]) -> dict[str, set[str]]:
    """Return top folder -> its sub-folders with videos. "" stands for videos directly in it, or for the root
    as top folder.
    """
    tops = defaultdict(set)
    for path in videos:
        top, inside = [*path.split("/")[:-1], "", ""][:2]
        tops[top].add(composed(inside))
    return dict(tops)


def _check_splits(tops: dict[str, set[str]], meant: dict[str, str], root: Path) -> None:
    for split in MEANINGS:
        same = [top for top in meant if meant[top] == split]
        if len(same) > 1:
            raise UserError(
                f"{root} has two folders for {split}: {some(same, 2, ' and ')}; rename one train, val or test, or "
                f"{CLASSES}"
            )
    loose = [top for top in tops if top not in meant and meaning(top)]
    if loose:
        raise UserError(
            f"{root / loose[0]} has videos outside of class folders, beside the split {some(list(meant))}: "
            f"sort them into class folders, move them out of {root}, or {CLASSES}"
        )
    others = [top or "the folder itself" for top in tops if top not in meant]
    if others:
        raise UserError(
            f"{root} has split folders ({some(list(meant))}), but also videos in {some(others)}; splits are "
            f"called train, val and test; move the others out of {root}, or {CLASSES}"
        )


def _refuse_same(tops: dict[str, set[str]], root: Path) -> None:
    """Refuse top folders that all hold (nearly) the same two or more sub-folders: folds, or splits of other names."""
    inside = [subs - {""} for top, subs in tops.items() if top]
    if len(inside) < 2:
        return
    shared, found = set.intersection(*inside), set.union(*inside)
    if len(shared) >= max(2, len(found) / 2):
        folders = [top for top in tops if top]
        raise UserError(
            f"{root}: {some(folders, 3)} hold the same sub-folders {some(sorted(shared), 3)} with videos; rename them "
            f"train, val and test if they are splits, or {CLASSES}"
        )
