import time

import pandas as pd
import pytest

from pyvideoai.annotations.holdout import _draw, hold_fold, hold_out


def table(groups: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Group -> (label, number of videos)."""
    rows = [(group, label, f"{group}_{video}") for group, (label, count) in groups.items() for video in range(count)]
    return pd.DataFrame(rows, columns=["group", "label", "video"])


MANY = table({f"{label}g{group:02d}": (label, 3) for label in range(4) for group in range(20)})


def test_whole_groups_about_the_share_of_each_class():
    rest, held = hold_out(MANY, 0.1)
    assert len(rest) + len(held) == len(MANY)
    assert not set(rest["group"]) & set(held["group"])
    assert held["label"].value_counts().to_dict() == dict.fromkeys(range(4), 6)


def test_the_draw_depends_on_the_seed_but_not_on_the_order_or_on_other_groups():
    held = hold_out(MANY, 0.1)[1]
    again = hold_out(MANY.sample(frac=1, random_state=0), 0.1)[1]
    assert sorted(again["video"]) == sorted(held["video"])
    assert sorted(hold_out(MANY, 0.1, seed=1)[1]["video"]) != sorted(held["video"])
    other = hold_out(MANY[MANY["label"] != 0], 0.1)[1]
    assert other["video"].tolist() == held.loc[held["label"] != 0, "video"].tolist()


def test_one_group_at_least_and_never_the_last():
    rest, held = hold_out(table({"a": (0, 50), "b": (0, 50), "c": (1, 1)}), 0.1)
    assert rest["label"].tolist() == [0] * 50 + [1]
    assert held["label"].tolist() == [0] * 50


@pytest.mark.parametrize("seed", range(20))
def test_a_group_of_several_classes_goes_as_a_whole_and_no_class_loses_its_last(seed):
    parts = {"film": (0, 2), "a": (0, 2)}, {"film": (1, 2)}, {"film": (2, 1), "b": (2, 4)}
    mixed = pd.concat([table(part) for part in parts])
    rest, held = hold_out(mixed, 0.4, seed)
    assert not set(rest["group"]) & set(held["group"])
    assert set(rest["label"]) == {0, 1, 2}


def test_no_share_holds_nothing_out():
    rest, held = hold_out(MANY, 0)
    assert len(held) == 0 and rest.equals(MANY)


def folds(whole: pd.DataFrame, count: int, seed: int = 0) -> list[pd.DataFrame]:
    return [hold_fold(whole, count, fold, seed)[1] for fold in range(1, count + 1)]


def test_each_video_is_in_one_fold_and_classes_are_spread_evenly():
    parts = folds(MANY, 5)
    assert sorted(video for part in parts for video in part["video"]) == sorted(MANY["video"])
    assert sum(part["group"].nunique() for part in parts) == MANY["group"].nunique()
    for part in parts:
        assert part["label"].value_counts().to_dict() == dict.fromkeys(range(4), 12)
    rest, held = hold_fold(MANY, 5, 2)
    assert len(rest) + len(held) == len(MANY) and not set(rest["group"]) & set(held["group"])


def test_folds_depend_on_the_seed_but_not_on_the_order_of_rows():
    shuffled = MANY.sample(frac=1, random_state=0)
    for part, again in zip(folds(MANY, 3), folds(shuffled, 3), strict=True):
        assert sorted(part["video"]) == sorted(again["video"])
    assert sorted(folds(MANY, 3)[0]["video"]) != sorted(folds(MANY, 3, seed=1)[0]["video"])


def test_uneven_groups_and_a_rare_class_are_spread_too():
    sizes = {"a": (0, 9), "b": (0, 5), "c": (0, 4), "d": (0, 1), "e": (1, 1), "f": (1, 1), "g": (1, 1)}
    counts = [part["label"].value_counts().to_dict() for part in folds(table(sizes), 3)]
    assert [count[1] for count in counts] == [1, 1, 1]
    assert sorted(count[0] for count in counts) == [5, 5, 9]


def test_too_few_groups_make_no_folds():
    with pytest.raises(ValueError, match="2 groups of videos can't be 3 folds"):
        hold_fold(table({"a": (0, 50), "b": (1, 50)}), 3, 1)


def test_many_groups_take_time_in_proportion():
    """What other classes hold out is looked up, not copied for each group, which took time with the square."""
    sizes, held = {f"g{each}": 1 for each in range(10_000)}, {f"h{each}" for each in range(50_000)}
    began = time.process_time()
    assert len(_draw(sizes, 0.1, held, set())) == 1000
    assert time.process_time() - began < 2
