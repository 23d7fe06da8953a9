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
    by_class = table if labels is None else table.loc[labels.index].assign(label=labels.to_numpy())
    classes = [_in_hash_order(sizes, seed) for sizes in _sizes(by_class)]
    keep = {list(sizes)[-1] for sizes in classes}  # one group of each class must stay
    held: set[str] = set()
    for sizes in classes:
        held |= _draw(sizes, share, held, keep)
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
    for sizes in [*sorted(_sizes(by_class), key=len), whole]:
        of_class = {fold: sum(sizes[group] for group in sizes if chosen.get(group) == fold) for fold in videos}
        for group in sorted(_in_hash_order(sizes, seed), key=lambda each: -sizes[each]):
            if group not in chosen:
                fold = min(videos, key=lambda each: (of_class[each], videos[each], each))
                chosen[group] = fold
                of_class[fold] += sizes[group]
                videos[fold] += whole[group]
    return chosen


def _sizes(by_class: "pd.DataFrame") -> list[dict[str, int]]:
    """Return how many videos each group has, a dict for each class, in the order of the classes."""
    classes: dict[int, dict[str, int]] = {}
    # Plain Python: for a million groups pandas takes several times as long.
    for label, group in zip(by_class["label"].tolist(), by_class["group"].tolist(), strict=True):
        sizes = classes.setdefault(label, {})
        sizes[group] = sizes.get(group, 0) + 1
    return [classes[label] for label in sorted(classes)]


def _draw(sizes: dict[str, int], share: float, held: set[str], keep: set[str]) -> set[str]:
    """Choose groups of one class to hold out, besides those of the class that are `held` already.

    sizes: the class's groups, in the order in which they are asked.
    """
    target = share * sum(sizes.values())
    count = sum(size for group, size in sizes.items() if group in held)
    drawn: set[str] = set()
    for group, size in sizes.items():
        # Take a group only if that brings the count nearer to the target: a large group is left out rather than
        # overshoot.
        closer = abs(count + size - target) < abs(count - target)
        if group not in held and group not in keep and target > 0 and (count == 0 or closer):
            drawn.add(group)
            count += size
    return drawn


def _in_hash_order(sizes: dict[str, int], seed: int) -> dict[str, int]:
    """Return the groups in an order that depends on their names and the seed alone."""
    order = sorted(sizes, key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).digest())
    return {group: sizes[group] for group in order}
