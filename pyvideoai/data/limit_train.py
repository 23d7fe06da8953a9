"""The setting `limit_train`: a small part of the training list, for a first try or for learning from few videos."""

from dataclasses import replace

import numpy as np

from pyvideoai.data.splits import Splits, share_of_training
from pyvideoai.errors import counted

_STREAM = 4  # of random numbers, beside those of `data.order`


def limit_training(splits: Splits, videos: int | None, seed: int) -> Splits:
    """Return `splits` with only `videos` training videos (the same ones for the same seed) and a note; None: unchanged.

    Classes (for multi-label data, combinations of them) take turns, so that their numbers differ by at most one unless
    a class has no more videos. Rows keep their order.
    """
    if videos is None:
        return splits
    column, task = splits.train["label"], splits.task
    labels = task.kinds(column)
    if videos >= len(labels):
        note = f"limit_train = {videos}: the training list has {counted(len(labels), 'row')}, all of which are taken"
        return replace(splits, notes=[*splits.notes, note])
    kept = np.sort(_in_turns(labels, np.random.default_rng([seed, _STREAM]))[:videos])
    of_kept = task.each_label(column.iloc[kept]).to_numpy()
    counts = np.bincount(of_kept[of_kept >= 0], minlength=len(splits.classes))
    part = splits.train.iloc[kept].reset_index(drop=True)
    note = f"limit_train: {share_of_training(part, splits.train)}, {_each(counts)}, drawn by seed {seed}"
    return replace(splits, train=part, notes=[*splits.notes, note])


def _in_turns(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return int64 (rows,): the rows in turns, in each of which every class gives one random row, in random order."""
    shuffled = rng.permutation(len(labels))
    turn_of_class = rng.permutation(labels.max() + 1)
    # A stable sort leaves the rows of a class in the shuffled order.
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.bincount(labels)
    # The place of each row within its class: its place in the sorted list minus where its class begins there.
    round_of_row = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    # lexsort takes its last key first: turns, and within a turn the classes in their random order.
    return by_class[np.lexsort((turn_of_class[labels[by_class]], round_of_row))]


def _each(counts: np.ndarray) -> str:
    """Say how many videos of how many classes there are."""
    some = counts[counts > 0]
    number = f"{some.min()}" if some.min() == some.max() else f"{some.min()} to {some.max()}"
    classes = counted(len(counts), "class") if len(some) == len(counts) else f"{len(some)} of the {len(counts)} classes"
    return f"{number} of each of {classes}"
