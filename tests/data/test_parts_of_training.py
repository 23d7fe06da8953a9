"""What is held out of a training list: val, test and folds, by group."""

from dataclasses import replace

import pandas as pd
import pytest
from made_tables import rows, several

from pyvideoai.data.recorded import part_of
from pyvideoai.data.splits import NO_SCORE, NO_VAL, SELECTED_ON_VAL, make_splits
from pyvideoai.errors import UserError


def test_val_is_held_out_of_train_by_group(dataset):
    splits = make_splits(dataset(train=rows("x"), test=rows("z")))
    assert len(splits.train) + len(splits.val) == 120 and len(splits.val) == 12
    assert splits.val["label"].value_counts().to_dict() == {0: 6, 1: 6}
    assert not set(splits.train["group"]) & set(splits.val["group"])
    assert splits.notes[2] == "val: 12 of 120 training videos, held out by group (split_seed 0)"


def test_what_is_held_out_depends_on_the_seed_and_on_nothing_else(dataset):
    held = [
        set(make_splits(dataset(train=table, test=rows("z"), split_seed=seed)).val["video"])
        for seed, table in ((0, rows("x")), (0, rows("x")[::-1]), (1, rows("x")))
    ]
    assert held[0] == held[1] != held[2]


def test_the_hook_group_decides_before_the_column(dataset):
    def group(row):
        return row.video.split("_")[1]  # 0.mp4, 1.mp4, 2.mp4: three groups over both classes

    splits = make_splits(dataset(train=rows("x"), test=rows("z"), group=group, val_share=0.3))
    assert splits.val["video"].str[-5:].nunique() == 1 and len(splits.val) == 40


def test_without_groups_each_video_is_one(dataset):
    table = rows("x").drop(columns="group")
    assert len(make_splits(dataset(train=table, test=rows("z"))).val) == 12
    blank = rows("x").assign(group="")
    assert len(make_splits(dataset(train=blank, test=rows("z"))).val) == 12


def test_a_training_list_alone_gives_up_test_and_val(dataset):
    splits = make_splits(dataset(train=rows("x")))
    assert (len(splits.train), len(splits.val), len(splits.test)) == (84, 12, 24)
    parts = [set(table["group"]) for table in splits.tables().values()]
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_a_share_of_0_holds_nothing_out_and_says_what_follows(dataset):
    splits = make_splits(dataset(train=rows("x"), test=rows("z"), val_share=0))
    assert splits.val is None and len(splits.train) == 120 and list(splits.facts()) == ["train", "test"]
    assert NO_VAL in splits.notes and NO_SCORE not in splits.notes
    splits = make_splits(dataset(train=rows("x"), val_share=0))
    assert splits.val is None and (len(splits.train), len(splits.test)) == (96, 24)
    splits = make_splits(dataset(train=rows("x"), val_share=0, test_share=0))
    with pytest.raises(UserError, match="this dataset has no val split, only train; --split says which one is scored"):
        part_of(splits, "val")
    assert splits.notes[:1] == ["2 classes; videos: train 120"] and splits.notes[2:] == [NO_VAL, NO_SCORE]
    splits = make_splits(dataset(train=rows("x"), test_share=0))
    assert splits.test is None and len(splits.val) == 12 and SELECTED_ON_VAL in splits.notes


def test_videos_of_several_classes_and_of_none_are_held_out_by_group(dataset):
    splits = make_splits(dataset(train=several(), test=several(4), multi_label=True))
    assert not set(splits.train["group"]) & set(splits.val["group"])
    assert {label for labels in splits.val["label"] for label in labels} == {0, 1} and () in set(splits.val["label"])
    assert 6 <= len(splits.val) <= 14  # of 81
    again = make_splits(dataset(train=several(), test=several(4), multi_label=True))
    assert again.facts() == splits.facts()


def test_a_class_that_no_set_of_classes_has_is_told(dataset):
    table = several().assign(label="a")
    with pytest.raises(UserError, match="1 of 2 classes have no training video: b"):
        make_splits(dataset(train=table, val=several(4), multi_label=True))


def test_rows_of_one_video_id_stay_together(dataset):
    table = rows("x").drop(columns="group")
    table["video_id"] = [str(number // 4) for number in range(len(table))]
    splits = make_splits(dataset(train=table, test=rows("z")))
    assert not set(splits.train["video_id"]) & set(splits.val["video_id"])


def test_segments_of_one_file_stay_together_whatever_their_video_id(dataset):
    table = rows("x").drop(columns="group")
    table["video"] = table["video"].str.replace("_[12]", "_0", regex=True)
    table["video_id"] = [str(number) for number in range(len(table))]
    splits = make_splits(dataset(train=table, test=rows("z")))
    assert len(splits.val) == 12 and not set(splits.train["video"]) & set(splits.val["video"])


def test_folds_are_test_in_turn_and_val_comes_of_the_rest(dataset):
    made = [make_splits(replace(dataset(train=rows("train")), folds=4, fold=fold)) for fold in range(1, 5)]
    assert sorted(video for each in made for video in each.test["video"]) == sorted(rows("train")["video"])
    for each in made:
        assert len(each.test) == 30 and len(each.val) == 6 and len(each.train) == 84
        assert not set(each.test["group"]) & {*each.train["group"], *each.val["group"]}
    assert "test: fold 2 of 4, 30 of 120 training videos, by group (split_seed 0)" in made[1].notes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folds": 3, "fold": 4}, "dataset.fold is one of 1 to 3"),
        ({"folds": 1}, "dataset.folds must be 2 or more"),
        ({"fold": 2}, "dataset.folds must be 2 or more"),
        ({"folds": 50}, r"dataset.folds = 50: 40 groups of videos can't be 50 folds"),
    ],
)
def test_impossible_folds_are_told(dataset, change, message):
    with pytest.raises(UserError, match=message):
        make_splits(replace(dataset(train=rows("train")), **change))


def test_folds_need_a_test_split_to_make_and_two_groups_of_each_class(dataset):
    with pytest.raises(UserError, match="the dataset has a test split of its own"):
        make_splits(replace(dataset(train=rows("train"), test=rows("test")), folds=2))
    few = pd.concat([rows("train"), rows("other", groups=1).query("label == 1")]).query(
        "label == 0 or group == 'other100'"
    )
    with pytest.raises(UserError, match=r"dataset.folds = 2: b has one group of videos only"):
        make_splits(replace(dataset(train=few.reset_index(drop=True)), folds=2))
