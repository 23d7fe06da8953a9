"""Splits as a dataset gives them: what is taken, told and refused."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from hooks import guarded
from made_tables import CLASSES, rows, several

from pyvideoai.data.splits import SELECTED_ON_TEST, SELECTED_ON_VAL, make_splits
from pyvideoai.errors import UserError
from pyvideoai.tasks import MULTI_LABEL


def test_a_dataset_s_own_splits_are_taken_as_they_are(dataset):
    splits = make_splits(dataset(train=rows("x"), val=rows("y", 2), test=rows("z", 3)))
    assert (len(splits.train), len(splits.val), len(splits.test)) == (120, 12, 18)
    assert splits.classes == CLASSES
    assert splits.notes == [
        "2 classes; videos: train 120, val 12, test 18",
        "classes, with their videos in train/val/test: a 60/6/9, b 60/6/9",
    ]


def test_parts_of_a_file_are_counted_as_one_video(dataset):
    """48 rows are the quarters of 12 files, six of each class."""
    names = [f"{label}_{video}.mp4" for label in range(2) for video in range(6) for _ in range(4)]
    table = pd.DataFrame({"video": names, "label": [int(name[0]) for name in names], "start_s": [0, 1, 2, 3] * 12})
    table["end_s"] = table["start_s"] + 1
    notes = make_splits(dataset(train=table)).notes
    assert notes[0] == "2 classes; videos: train 8 in 32 rows, val 2 in 8 rows, test 2 in 8 rows"
    assert notes[2] == "test: 2 of 12 training videos (8 of 48 rows), held out by video (split_seed 0)"
    assert notes[3] == "val: 2 of 10 training videos (8 of 40 rows), held out by video (split_seed 0)"


def test_a_dataset_without_test_but_with_val_keeps_it_so(dataset):
    splits = make_splits(dataset(train=rows("x"), val=rows("y")))
    assert splits.test is None and list(splits.facts()) == ["train", "val"]
    assert splits.notes == [
        "2 classes; videos: train 120, val 120",
        "classes, with their videos in train/val: a 60/60, b 60/60",
        SELECTED_ON_VAL,
    ]


def test_literature_selects_on_test_and_says_so(dataset):
    for tables in ({"test": rows("z")}, {"test": rows("z"), "val": rows("y")}):
        splits = make_splits(dataset(train=rows("x"), **tables), "literature")
        assert splits.val is splits.test and len(splits.train) == 120
        assert SELECTED_ON_TEST in splits.notes and "selected on test" in SELECTED_ON_TEST


def test_literature_without_test_scores_val(dataset):
    splits = make_splits(dataset(train=rows("x"), val=rows("y")), "literature")
    assert splits.test is None and len(splits.val) == 120 and SELECTED_ON_TEST not in splits.notes


def test_videos_that_splits_share_under_other_groups_are_told(dataset):
    train, test = rows("x").drop(columns="group"), rows("x", groups=1).assign(group="other")
    splits = make_splits(dataset(train=train.assign(group="one"), val=rows("y"), test=test))
    assert splits.notes[2:] == ["train and test share 6 of 6 videos, such as x/000_0.mp4"]


def test_what_is_odd_in_a_table_is_told(dataset, tmp_path):
    made = dataset(train=rows("x"), val=rows("y"))
    again = pd.concat([rows("x"), rows("x")[:2], rows("x")[:1].assign(label=1)])
    made = replace(made, splits=guarded("splits", lambda: {"train": again, "val": rows("y")}))
    (made.root / "y/100_1.mp4").rename(made.root / "y/100_1.avi")
    assert make_splits(made).notes[2:5] == [
        "in train: 2 rows named twice, such as x/000_0.mp4 in row 0 and row 120",
        "in train: 1 row with another label than the same video before, such as x/000_0.mp4 in row 0 and row 122",
        "in val: 1 of 120 videos are not there, such as y/100_1.mp4 (there is y/100_1.avi)",
    ]


def test_one_class_is_refused_unless_it_may_be_absent(dataset):
    one = rows("x").assign(label=0)
    made = replace(dataset(train=one), classes=lambda: ["a"])
    with pytest.raises(UserError, match="the dataset has one class only, 'a'; two or more are needed"):
        make_splits(made)
    assert make_splits(replace(made, task=MULTI_LABEL)).classes == ["a"]


def test_groups_that_a_dataset_shares_between_its_splits_are_told(dataset):
    splits = make_splits(dataset(train=rows("x"), val=rows("y"), test=rows("x", groups=2)))
    assert splits.notes[2:] == ["train and test share 4 of 4 groups of videos, such as x000"]


def test_facts_survive_json_and_tell_tables_apart(dataset):
    facts = make_splits(dataset(train=rows("x"), test=rows("z"))).facts()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["train"]["videos"] == 108 and len(facts["train"]["sha256"]) == 64
    assert facts == make_splits(dataset(train=rows("x"), test=rows("z"))).facts()
    assert facts != make_splits(dataset(train=rows("x"), test=rows("z"), split_seed=1)).facts()


def test_csv_files_and_frames_mix(dataset, tmp_path):
    rows("z").to_csv(tmp_path / "test.csv", index=False)
    assert len(make_splits(dataset(train=rows("x"), test=tmp_path / "test.csv")).test) == 120


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tset": rows("z")}, "e.py:1: splits() returned a split 'tset'; did you mean 'test'?"),
        ({"train": None}, "e.py:1: splits() returned no train split"),
        ({"train": rows("x")[:60]}, "1 of 2 classes have no training video: b"),
        (
            {"train": rows("x", 1), "val": None},
            "no videos can be held out as val: val_share = 0.1 of 6 training videos",
        ),
        ({"train": rows("x", 1), "val": None}, "or do without val: --set dataset.val_share=0"),
        (
            {"train": rows("x", 1, 1), "val": None, "test": None, "val_share": 0},
            "or do without test: --set dataset.test_share=0",
        ),
        ({"train": rows("x").assign(label=7)}, "train split: 120 of 120 rows are faulty: row 0: label 7 is not from 0"),
    ],
)
def test_what_makes_no_splits_is_refused(dataset, tmp_path, change, message):
    given = {"train": rows("x"), "val": rows("y"), "test": rows("z"), "root": tmp_path} | change
    with pytest.raises(UserError) as error:
        make_splits(dataset(**given))
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_missing_folder_and_missing_videos_are_told(dataset, tmp_path):
    with pytest.raises(UserError) as error:
        make_splits(dataset(train=rows("x"), test=rows("z"), root=tmp_path / "none"))
    assert str(error.value) == (
        f"dataset.root = {tmp_path / 'none'}: no such folder; --set dataset.root=... says where the videos are"
    )
    with pytest.raises(UserError, match=r"none of the 108 training videos is there, such as x/0"):
        make_splits(dataset(train=rows("x"), test=rows("z"), root=tmp_path))


def test_to_score_a_split_no_training_videos_need_be_there(dataset, tmp_path):
    (tmp_path / "z").mkdir()
    (tmp_path / rows("z")["video"].iloc[-1]).touch()
    splits = make_splits(dataset(train=rows("x"), test=rows("z"), root=tmp_path), training=False)
    assert len(splits.test) == len(rows("z"))
    with pytest.raises(UserError, match=r"none of the 138 videos is there"):
        make_splits(dataset(train=rows("x"), test=rows("z", 3), root=tmp_path / "z"), training=False)


def test_what_a_dataset_says_of_its_tables_is_told(dataset):
    train = rows("x")
    train.attrs["note"] = "120 of 200 found"
    assert make_splits(dataset(train=train, test=rows("z"))).notes[2] == "train: 120 of 200 found"
    with pytest.raises(UserError, match=r"^1 of 3 classes have no training video: none; train: 120 of 200 found$"):
        make_splits(named(dataset, *CLASSES, "none", train=train, test=rows("z")))


def named(dataset, *classes, **tables):
    return replace(dataset(**tables), classes=lambda: list(classes))


def test_the_first_classes_are_named_and_the_others_counted(dataset):
    table = pd.DataFrame([(f"x/000_{number}.mp4", number) for number in range(13)], columns=["video", "label"])
    names = [f"class {number}" for number in range(13)]
    notes = make_splits(named(dataset, *names, train=table, val=table, test=table)).notes
    assert notes[1].startswith("classes, with their videos in train/val/test: class 0 1/1/1, class 1 1/1/1")
    assert notes[1].endswith(", class 9 1/1/1 and 3 more")


def test_a_class_that_a_split_lacks_is_named(dataset):
    notes = make_splits(dataset(train=rows("x"), val=rows("y"), test=rows("z")[:60])).notes
    assert "classes, with their videos in train/val/test: a 60/60/60, b 60/60/0" in notes
    assert "test has no videos of 1 of 2 classes: b" in notes


def test_class_names_that_look_like_one_are_remarked_on(dataset):
    notes = make_splits(named(dataset, "Run", "run ", train=rows("x"), val=rows("y"), test=rows("z"))).notes
    assert any("'Run' and 'run '" in note and "differ only by case" in note for note in notes)


@pytest.mark.parametrize(
    ("val", "told"),
    [
        ("A", "1 of 3 classes have no training video: A; val has videos of 'A'; class names that differ only by case"),
        ("2", "1 of 3 classes have no training video: 2; val has videos of '2'"),
    ],
)
def test_a_class_that_only_another_split_names(dataset, val, told):
    made = dataset(train=rows("x"), val=rows("y").assign(label=2))
    with pytest.raises(UserError, match=f"^{told}"):
        make_splits(replace(made, classes=lambda: ["a", "b", val]))


def test_numbers_with_gaps_are_classes_without_videos(dataset):
    made = replace(dataset(train=rows("x").replace({"label": {1: 3}})), classes=lambda: list("0123"))
    with pytest.raises(UserError, match="2 of 4 classes have no training video: 1, 2; numbers are labels without gaps"):
        make_splits(made)


def test_what_looks_like_a_mistake_in_labels_is_remarked_on(dataset):
    made = dataset(train=rows("x"), val=rows("y"), test=rows("z"))
    assert any(
        "class 'NaN' looks like" in each for each in make_splits(replace(made, classes=lambda: ["a", "NaN"])).notes
    )
    told = "multi_label = True, but each row has one label; several are joined by ';', 'run;jump'"
    assert told in make_splits(replace(made, task=MULTI_LABEL)).notes
    assert told not in make_splits(replace(dataset(train=several()), task=MULTI_LABEL)).notes


def test_the_rows_of_a_video_count_once_and_of_several_labels_each(dataset):
    table = several()
    table["video_id"] = [str((number + 1) // 2) for number in range(len(table))]
    notes = make_splits(dataset(train=table[1:], val=table, test=several(), multi_label=True)).notes
    assert "classes, with their videos in train/val/test: a 20/21/41, b 20/20/40" in notes
