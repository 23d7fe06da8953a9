import errno
import json
import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hooks import guarded

from pyvideoai.data.lists import Dataset, prepare
from pyvideoai.data.recorded import part_of
from pyvideoai.data.splits import NO_SCORE, NO_VAL, SELECTED_ON_TEST, SELECTED_ON_VAL, make_splits
from pyvideoai.errors import UserError
from pyvideoai.tasks import MULTI_LABEL, task_of

CLASSES = ["a", "b"]


def rows(part, groups=20, videos=3):
    """`groups` groups of `videos` videos for each of two classes."""
    return pd.DataFrame(
        [
            (f"{part}/{label}{group:02d}_{video}.mp4", label, f"{part}{label}{group:02d}")
            for label in range(2)
            for group in range(groups)
            for video in range(videos)
        ],
        columns=["video", "label", "group"],
    )


@pytest.fixture
def dataset(tmp_path):
    """dataset(train=..., test=...): a Dataset with these tables; the videos are empty files."""

    def make(*, root=None, multi_label=False, group=None, val_share=0.1, test_share=0.2, split_seed=0, **tables):
        if root is None:
            root = tmp_path / "videos"
            frames = [table for table in tables.values() if isinstance(table, pd.DataFrame)]
            for path in [root / video for table in frames for video in table["video"]]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        return Dataset(
            root=root,
            classes=lambda: CLASSES,
            splits=guarded("splits", lambda: tables),
            task=task_of(multi_label),
            group=group,
            val_share=val_share,
            test_share=test_share,
            split_seed=split_seed,
        )

    return make


def test_a_dataset_s_own_splits_are_taken_as_they_are(dataset):
    splits = make_splits(dataset(train=rows("x"), val=rows("y", 2), test=rows("z", 3)))
    assert (len(splits.train), len(splits.val), len(splits.test)) == (120, 12, 18)
    assert splits.classes == CLASSES
    assert splits.notes == [
        "2 classes; videos: train 120, val 12, test 18",
        "classes, with their videos in train/val/test: a 60/6/9, b 60/6/9",
    ]


def test_val_is_held_out_of_train_by_group(dataset):
    splits = make_splits(dataset(train=rows("x"), test=rows("z")))
    assert len(splits.train) + len(splits.val) == 120 and len(splits.val) == 12
    assert splits.val["label"].value_counts().to_dict() == {0: 6, 1: 6}
    assert not set(splits.train["group"]) & set(splits.val["group"])
    assert splits.notes[2] == "val: 12 of 120 training videos, held out by group (split_seed 0)"


def test_parts_of_a_file_are_counted_as_one_video(dataset):
    """48 rows are the quarters of 12 files, six of each class."""
    names = [f"{label}_{video}.mp4" for label in range(2) for video in range(6) for _ in range(4)]
    table = pd.DataFrame({"video": names, "label": [int(name[0]) for name in names], "start_s": [0, 1, 2, 3] * 12})
    table["end_s"] = table["start_s"] + 1
    notes = make_splits(dataset(train=table)).notes
    assert notes[0] == "2 classes; videos: train 8 in 32 rows, val 2 in 8 rows, test 2 in 8 rows"
    assert notes[2] == "test: 2 of 12 training videos (8 of 48 rows), held out by group (split_seed 0)"
    assert notes[3] == "val: 2 of 10 training videos (8 of 40 rows), held out by group (split_seed 0)"


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


def test_a_dataset_without_test_but_with_val_keeps_it_so(dataset):
    splits = make_splits(dataset(train=rows("x"), val=rows("y")))
    assert splits.test is None and list(splits.facts()) == ["train", "val"]
    assert splits.notes == [
        "2 classes; videos: train 120, val 120",
        "classes, with their videos in train/val: a 60/60, b 60/60",
        SELECTED_ON_VAL,
    ]


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


def test_the_rows_of_a_video_count_once_and_of_several_labels_each(dataset):
    table = several()
    table["video_id"] = [str((number + 1) // 2) for number in range(len(table))]
    notes = make_splits(dataset(train=table[1:], val=table, test=several(), multi_label=True)).notes
    assert "classes, with their videos in train/val/test: a 20/21/41, b 20/20/40" in notes


def _prepare_slowly(root):
    def hook():
        log = root / "log.txt"
        with log.open("a") as file:
            file.write(f"{os.getpid()} begins\n")
        time.sleep(0.1)
        with log.open("a") as file:
            file.write(f"{os.getpid()} ends\n")

    prepare(Dataset(root, list, dict, prepare=hook))


def test_only_one_process_prepares_at_a_time(tmp_path):
    processes = [
        multiprocessing.get_context("fork").Process(target=_prepare_slowly, args=(tmp_path,)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = [line.split() for line in (tmp_path / "log.txt").read_text().splitlines()]
    assert len(lines) == 6
    assert all(begin[0] == end[0] for begin, end in zip(lines[::2], lines[1::2], strict=True))


def test_prepare_makes_way_for_the_folder_and_needs_no_hook(tmp_path):
    made = []
    prepare(Dataset(tmp_path / "new" / "videos", list, dict, prepare=lambda: made.append(1)))
    assert made == [1] and (tmp_path / "new").is_dir()
    prepare(Dataset(tmp_path / "other" / "videos", list, dict, prepare=None))
    assert not (tmp_path / "other").exists()


@pytest.fixture
def read_only(tmp_path, monkeypatch):
    """A folder on a read-only disk, as `open` and `mkdir` see it: whoever runs the tests may be root."""

    def refuse(self, *options, **more):
        if tmp_path in (self, *self.parents) and (options or more):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))
        return plain_open(self, *options, **more)

    plain_open = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    return tmp_path


def test_data_that_is_made_needs_no_place_that_can_be_written(read_only):
    made = []
    prepare(Dataset(read_only / "videos", list, dict, prepare=lambda: made.append(1)))
    assert made == [1] and not list(read_only.iterdir())
    with pytest.raises(UserError, match=r"dataset.root = .*videos can't be prepared: .*Read-only file system") as error:
        prepare(Dataset(read_only / "videos", list, dict, prepare=lambda: (read_only / "a.mp4").open("w")))
    assert "\n" not in str(error.value)


def test_a_place_that_can_t_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"dataset.root = .*videos can't be prepared: "):
        prepare(Dataset(tmp_path / "file" / "videos", list, dict, prepare=lambda: None))


def several(groups=40):
    """Groups of two videos with, in turn, class a, class b, both, and none."""
    labels = ("a", "b", "a;b", "")
    table = [
        (f"x/{group:03d}_{video}.mp4", labels[group % 4], f"g{group}") for group in range(groups) for video in (0, 1)
    ]
    return pd.DataFrame([("x/119_0.mp4", "a", "there"), *table], columns=["video", "label", "group"])


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
