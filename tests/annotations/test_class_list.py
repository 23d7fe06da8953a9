"""classes.txt beside official lists: some of the classes, in an order of one's own."""

from pathlib import Path

import pytest

from pyvideoai.annotations import hmdb51, kinetics, twentybn, ucf101
from pyvideoai.annotations.class_list import chosen_classes
from pyvideoai.annotations.mirror import exchanged
from pyvideoai.annotations.official import class_names
from pyvideoai.config.load import load_layer
from pyvideoai.data.settings import DATASET
from pyvideoai.errors import UserError

HEADER = "label,youtube_id,time_start,time_end,split\n"
DOWN, CLOSER = "Moving something down", "Moving something closer to something"
LEFT, RIGHT = "Pushing something from right to left", "Pushing something from left to right"


def lay_ucf101(root: Path) -> Path:
    """Three classes, of which Biking has one clip more in training."""
    for name in ("Archery", "Biking", "PushUps"):
        (root / name).mkdir(parents=True)
    (root / "ucfTrainTestlist").mkdir()
    (root / "ucfTrainTestlist/classInd.txt").write_text("1 Archery\n2 Biking\n3 PushUps\n")
    clips = [
        "Archery/v_Archery_g08_c01",
        "Biking/v_Biking_g08_c01",
        "Biking/v_Biking_g09_c01",
        "PushUps/v_PushUps_g08_c01",
    ]
    (root / "ucfTrainTestlist/trainlist01.txt").write_text("".join(f"{clip}.avi\n" for clip in clips))
    (root / "ucfTrainTestlist/testlist01.txt").write_text(
        "Archery/v_Archery_g01_c01.avi\nPushUps/v_PushUps_g01_c01.avi\n"
    )
    return root / "ucfTrainTestlist"


def lay_hmdb51(root: Path) -> Path:
    lists = root / "testTrainMulti_7030_splits"
    lists.mkdir(parents=True)
    for name, marks in {"golf": "12", "kick": "112", "wave": "02"}.items():
        (root / name).mkdir()
        lines = [f"a{number}_{name}_u_nm_np1_ba_goo_0.avi {mark}\n" for number, mark in enumerate(marks)]
        (lists / f"{name}_test_split1.txt").write_text("".join(lines))
    return lists


def lay_kinetics(root: Path, *, header: bool = True) -> Path:
    (root / "annotations").mkdir(parents=True)
    names = ["abseiling", "archery", "shooting goal (soccer)"]
    ids = ["aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc"]
    if header:
        rows = [f"{name},{video},1,11,train\n" for name, video in zip(names, ids, strict=True)]
    else:
        rows = [
            f"{video}_000001_000011.mp4 {class_names('kinetics400').index(name)}\n"
            for name, video in zip(names, ids, strict=True)
        ]
    (root / "annotations/train.csv").write_text(HEADER * header + "".join(rows))
    for video in ids[1:]:
        (root / f"{video}_000001_000011.mp4").touch()
    return root / "annotations"


def lay_something(root: Path) -> Path:
    for number in range(1, 5):
        (root / str(number)).mkdir(parents=True)
    (root / "something-something-v1-train.csv").write_text(f"1;{DOWN}\n2;{CLOSER}\n3;{RIGHT}\n")
    (root / "something-something-v1-validation.csv").write_text(f"4;{DOWN}\n")
    return root


def test_ucf101(tmp_path):
    lists = lay_ucf101(tmp_path)
    (lists / "classes.txt").write_text("push ups\nArchery\n")
    names = ucf101.classes(tmp_path)
    assert names == ["PushUps", "Archery"]
    tables = ucf101.splits(tmp_path, names=names)
    assert tables["train"]["label"].tolist() == [1, 0] and tables["test"]["label"].tolist() == [1, 0]
    told = "2 of 3 classes, as the list of classes says; 2 of 4 rows are of the others and left out"
    assert tables["train"].attrs["classes"] == told


def test_hmdb51_by_a_file_elsewhere(tmp_path):
    lay_hmdb51(tmp_path / "videos")
    (tmp_path / "mine.txt").write_text("wave\ngolf\n")
    names = hmdb51.classes(tmp_path / "videos", class_list=tmp_path / "mine.txt")
    tables = hmdb51.splits(tmp_path / "videos", names=names)
    assert tables["train"]["label"].tolist() == [1] and tables["test"]["label"].tolist() == [0, 1]
    assert "2 of 51 classes" in tables["train"].attrs["classes"] and "2 of 3 rows" in tables["train"].attrs["classes"]
    assert "1 of 3 rows" in tables["test"].attrs["classes"]


@pytest.mark.parametrize("header", [True, False])
def test_kinetics_counts_as_missing_only_videos_of_the_chosen_classes(tmp_path, header):
    lists = lay_kinetics(tmp_path, header=header)
    (lists / "classes.txt").write_text("shooting_goal_(soccer)\narchery\n")
    names = kinetics.classes("kinetics400", tmp_path)
    assert names == ["shooting goal (soccer)", "archery"]
    table = kinetics.splits(tmp_path, names=names, edition="kinetics400")["train"]
    assert table["label"].tolist() == [1, 0]
    assert table.attrs["note"].startswith("2 of 2 videos") and "1 of 3 rows" in table.attrs["classes"]


def test_something(tmp_path):
    (lay_something(tmp_path) / "classes.txt").write_text(f"{DOWN}\nPushing [something] from left to right\n")
    names = twentybn.classes(twentybn.V1, tmp_path)
    tables = twentybn.splits(twentybn.V1, tmp_path, names=names)
    assert tables["train"].to_dict("list") == {"video": ["1", "3"], "label": [0, 1]}
    assert exchanged(names) == ((), [RIGHT])  # so that flips are off: the mirror image has no class


def test_without_a_list_nothing_is_left_out_or_said(tmp_path):
    lay_ucf101(tmp_path)
    assert ucf101.splits(tmp_path, names=ucf101.classes(tmp_path))["train"].attrs["classes"] == ""
    assert hmdb51.classes() == class_names("hmdb51")
    assert kinetics.classes("kinetics600", tmp_path / "absent") == class_names("kinetics600")


def test_all_classes_in_another_order_are_said(tmp_path):
    (lay_ucf101(tmp_path) / "classes.txt").write_text("PushUps\nBiking\nArchery\n")
    table = ucf101.splits(tmp_path, names=ucf101.classes(tmp_path))["train"]
    assert table["label"].tolist() == [2, 1, 1, 0]
    assert table.attrs["classes"] == "all 3 classes, in the order of the list of classes"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("golf\n\nbrush_hare\nwaves\n", r"txt:3: 'brush_hare' is none of .*; did you mean 'brush_hair'.*:4: 'waves'"),
        ("golf\nGolf\n", r"classes\.txt:2: the class 'golf' is named twice"),
        ("golf\nwave\ngolf\n", r"'golf' is there 2 times"),
        ("1 golf\n2 wave\n", r"lines are numbered"),
        ("\n", r"names no class"),
    ],
)  # fmt: skip
def test_faulty_names_are_told_with_the_nearest(tmp_path, text, told):
    (tmp_path / "classes.txt").write_text(text)
    with pytest.raises(UserError, match=told):
        chosen_classes(class_names("hmdb51"), None, [tmp_path])


def test_a_list_that_is_named_must_be_there(tmp_path):
    with pytest.raises(UserError, match=r"annotation file .*absent\.txt is missing"):
        hmdb51.classes(tmp_path, class_list=tmp_path / "absent.txt")


def test_pairs_of_the_official_lists_are_found_by_name_with_none_alone():
    for version in ("something_v1", "something_v2"):
        pairs, alone = exchanged(class_names(version))
        assert len(pairs) == 3 and alone == []  # "pulling it right out" is no side


@pytest.mark.parametrize("name", ["hmdb", "kinetics400", "kinetics600", "kinetics700", "something_v1", "something_v2"])
def test_every_shipped_config_of_an_official_dataset_follows_the_list(tmp_path, name):
    official = list(load_layer(DATASET, name).classes())
    (tmp_path / "mine.txt").write_text(f"{official[7]}\n{official[3].upper()}\n")
    mine = load_layer(DATASET, name, [f"class_list={tmp_path / 'mine.txt'}"])
    assert list(mine.classes()) == [official[7], official[3]]
