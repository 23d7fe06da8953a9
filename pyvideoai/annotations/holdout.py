"""Hold out a share of a table by group, always the same one: for data sets that lack a split."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def hold_out(
    table: "pd.DataFrame", share: float, seed: int = 0, *, labels: "pd.Series | None" = None
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Return (rest, held out) of a table with the columns label and group; rows keep their order.

    labels: a number for each class of each row, -1 for a row without one, indexed like the rows (`Task.each_label`); a
    row counts once for each. None: the column label, one for each row.

    Of each class about `share` of its videos are held out: at least one group, and never the last one. A group is held
    out as a whole, even if it has several classes. Groups are chosen by the hash of seed and name, so that the choice
    depends neither on the order of rows nor on other groups.
    """
    held: set[str] = set()
    by_class = table if labels is None else table.loc[labels.index].assign(label=labels.to_numpy())
    keep = _irreplaceable(by_class, seed)
    for _, rows in by_class.groupby("label", sort=True):
        held |= _draw(rows["group"].value_counts().to_dict(), share, seed, held, keep)
    mask = table["group"].isin(held)
    return table[~mask].reset_index(drop=True), table[mask].reset_index(drop=True)


def hold_fold(
    table: "pd.DataFrame", folds: int, fold: int, seed: int = 0, *, labels: "pd.Series | None" = None
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Return (rest, fold number `fold`) of a table with the columns label and group; rows keep their order.

    Each group is in one of the folds 1 to `folds`, whose numbers of videos of each class are as even as groups allow.
    The same groups with the same sizes and labels give the same folds, in any order of rows. labels: see `hold_out`.
    Raises ValueError if there are fewer groups than folds.
    """
    by_class = table if labels is None else table.loc[labels.index].assign(label=labels.to_numpy())
    numbers = _folds(by_class[by_class["label"] >= 0], table, folds, seed)
    mask = table["group"].map(numbers) == fold
    return table[~mask].reset_index(drop=True), table[mask].reset_index(drop=True)


def _folds(by_class: "pd.DataFrame", table: "pd.DataFrame", folds: int, seed: int) -> dict[str, int]:
    """Return the fold of each group: rare classes first, and of each class the large groups first."""
    whole = table["group"].value_counts().to_dict()
    if len(whole) < folds:
        raise ValueError(f"{len(whole)} groups of videos can't be {folds} folds")
    chosen: dict[str, int] = {}
    videos = dict.fromkeys(range(1, folds + 1), 0)
    classes = [rows["group"].value_counts().to_dict() for _, rows in by_class.groupby("label", sort=True)]
    for sizes in [*sorted(classes, key=len), whole]:
        of_class = {fold: sum(sizes[group] for group in sizes if chosen.get(group) == fold) for fold in videos}
        for group in sorted(_in_hash_order(sizes, seed), key=lambda each: -sizes[each]):
            if group not in chosen:
                fold = min(videos, key=lambda each: (of_class[each], videos[each], each))
                chosen[group] = fold
                of_class[fold] += sizes[group]
                videos[fold] += whole[group]
    return chosen


def _draw(sizes: dict[str, int], share: float, seed: int, held: set[str], keep: set[str]) -> set[str]:
    """Choose groups of one class to hold out, besides those of the class that are `held` already."""
    target = share * sum(sizes.values())
    count = sum(size for group, size in sizes.items() if group in held)
    drawn: set[str] = set()
    for group in _in_hash_order(sizes, seed):
        # Take a group only if that brings the count nearer to the target: a large group is left out rather than
        # overshoot.
        closer = abs(count + sizes[group] - target) < abs(count - target)
        if group not in held | keep and target > 0 and (count == 0 or closer):
            drawn.add(group)
            count += sizes[group]
    return drawn


def _irreplaceable(table: "pd.DataFrame", seed: int) -> set[str]:
    """Return one group of each class that must stay: the last in hash order."""
    by_class = table.groupby("label")["group"].unique()
    return {_in_hash_order(groups, seed)[-1] for groups in by_class}


def _in_hash_order(groups: object, seed: int) -> list[str]:
    return sorted(groups, key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).digest())
