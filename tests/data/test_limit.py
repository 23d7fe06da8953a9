"""`limit_train`: balanced, deterministic, in the table's order, and said."""

import numpy as np
import pandas as pd
import pytest

from pyvideoai.data.limit_train import limit_training
from pyvideoai.data.splits import Splits


def splits(*counts: int) -> Splits:
    """Class k has counts[k] videos, mixed."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    table = pd.DataFrame({"video": [f"{row}.mp4" for row in range(len(labels))], "label": labels})
    return Splits([f"class {label}" for label in range(len(counts))], table, table, table, ["before"])


def counts_of(limited: Splits) -> list[int]:
    return np.bincount(limited.train["label"], minlength=len(limited.classes)).tolist()


def test_classes_take_turns_as_far_as_they_go():
    assert counts_of(limit_training(splits(20, 20, 20), 9, seed=0)) == [3, 3, 3]
    assert counts_of(limit_training(splits(20, 2, 20), 12, seed=0)) == [5, 2, 5]
    assert sorted(counts_of(limit_training(splits(20, 20, 20), 10, seed=0))) == [3, 3, 4]
    assert sorted(counts_of(limit_training(splits(5, 5, 5, 5), 2, seed=0))) == [0, 0, 1, 1]


def test_rows_keep_their_order_and_the_other_splits_are_whole():
    whole = splits(30, 30)
    limited = limit_training(whole, 20, seed=0)
    kept = [int(video.removesuffix(".mp4")) for video in limited.train["video"]]
    assert kept == sorted(kept) and list(limited.train.index) == list(range(20))
    assert len(limited.val) == len(limited.test) == 60 and len(whole.train) == 60


def test_the_seed_chooses():
    def chosen(seed: int) -> list[str]:
        return limit_training(splits(30, 30), 20, seed=seed).train["video"].tolist()

    assert chosen(1) == chosen(1) != chosen(2)
    assert set(chosen(1)[:4]) != {f"{row}.mp4" for row in range(4)}


def test_fewer_are_a_part_of_more():
    few, more = (set(limit_training(splits(30, 30), number, seed=3).train["video"]) for number in (8, 20))
    assert few < more


@pytest.mark.parametrize(
    ("number", "counts", "note"),
    [
        (6, (9, 9, 9), "limit_train: 6 of 27 training videos, 2 of each of 3 classes, drawn by seed 5"),
        (7, (9, 9, 9), "limit_train: 7 of 27 training videos, 2 to 3 of each of 3 classes, drawn by seed 5"),
        (2, (9, 9, 9), "limit_train: 2 of 27 training videos, 1 of each of 2 of the 3 classes, drawn by seed 5"),
        (30, (9, 9, 9), "limit_train = 30: the training list has 27 rows, all of which are taken"),
    ],
)
def test_it_is_said(number, counts, note):
    assert limit_training(splits(*counts), number, seed=5).notes == ["before", note]


def test_no_limit_is_nothing():
    whole = splits(3, 3)
    assert limit_training(whole, None, seed=0) is whole
