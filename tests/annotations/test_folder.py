import os
import unicodedata
from pathlib import Path

import pytest

from pyvideoai.annotations import folder
from pyvideoai.errors import UserError

TWO = ("a/1.mp4", "b/2.mp4")
NFC, NFD = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))


def make(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def both(*splits: str, names: tuple[str, ...] = ("fight", "no_fight")) -> list[str]:
    return [f"{split}/{name}/{number}.mp4" for split in splits for name in names for number in range(2)]


def note(root: Path, split: str = "train") -> str:
    return folder.splits(root)[split].attrs.get("note", "")


def test_classes_are_sub_folders_and_files_are_sorted(tmp_path):
    root = make(tmp_path, "no/b.MP4", "no/a.avi", "fight/person 1/c.webm", "no/notes.txt", "no/.d.mp4", ".x/e.mp4")
    make(root, "lists/train.csv")
    assert folder.classes(root) == ["fight", "no"]
    tables = folder.splits(root)
    assert list(tables) == ["train"]
    assert tables["train"]["video"].tolist() == ["fight/person 1/c.webm", "no/a.avi", "no/b.MP4"]
    assert tables["train"]["label"].tolist() == [0, 1, 1]
    assert list(tables["train"].columns) == ["video", "label"]


def test_split_folders_are_taken_as_they_are(tmp_path):
    root = make(tmp_path, "train/a/1.mp4", "train/b/2.mp4", "test/b/3.mp4")
    tables = folder.splits(root)
    assert {part: table["video"].tolist() for part, table in tables.items()} == {
        "train": ["train/a/1.mp4", "train/b/2.mp4"],
        "test": ["test/b/3.mp4"],
    }
    assert tables["test"]["label"].tolist() == [1]


@pytest.mark.parametrize(
    ("folders", "meant"),
    [
        (("Train", "Test"), ["train", "test"]),
        (("training", "validation"), ["train", "val"]),
        (("TRAIN", "Valid", "Testing"), ["train", "val", "test"]),
        (("train_set", "dev", "Test Data"), ["train", "val", "test"]),
        (("Trainset", "eval"), ["train", "val"]),
    ],
)
def test_split_folders_have_other_usual_names(tmp_path, folders, meant):
    root = make(tmp_path, *both(*folders))
    tables = folder.splits(root)
    assert folder.classes(root) == ["fight", "no_fight"]
    assert {split: table["video"][0] for split, table in tables.items()} == {
        split: f"{name}/fight/0.mp4" for split, name in zip(meant, folders, strict=True)
    }


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            both("fold1", "fold2"),
            "fold1, fold2 hold the same sub-folders fight, no_fight with videos; rename them train,",
        ),
        (both("A", "B", "C", "D"), r"A, B, C and 1 more hold the same sub-folders fight, no_fight"),
        ([*both("one", "two", names=("x", "y", "z")), "two/w/1.mp4"], r"one, two hold the same sub-folders x, y, z"),
        (
            [*both("Train", "Test"), "Train/1.mp4"],
            "Test, Train hold the same sub-folders fight, no_fight",
        ),
        (both("test", "val"), r"has the split folders test, val and none for training: call one train"),
        (both("train", "val", "dev"), r"has two folders for val: dev and val; rename one"),
        (both("train", "fold2"), r"has split folders \(train\), but also videos in fold2"),
        ([*both("train"), "test/1.mp4"], r"/test has videos outside of class folders, beside the split train: "),
        ([*both("train"), "1.mp4"], r"has split folders \(train\), but also videos in the folder itself"),
    ],
)
def test_folders_that_may_be_splits_are_refused_with_a_way_out(tmp_path, files, message):
    root = make(tmp_path, *files)
    with pytest.raises(UserError, match=message) as raised:
        folder.classes(root)
    assert "--set dataset.layout=classes" in str(raised.value) and "\n" not in str(raised.value)
    tops = sorted({name.split("/")[0] for name in files if "/" in name})
    if len(tops) > 1:
        assert folder.classes(root, "classes") == tops


@pytest.mark.parametrize(
    "files",
    [
        ["train/1.mp4", "bus/2.mp4"],
        ["run/clips/1.mp4", "jump/clips/2.mp4"],
        ["run/anna/1.mp4", "run/bob/1.mp4", "jump/bob/1.mp4", "jump/carl/1.mp4", "jump/dora/1.mp4"],
        ["test/anna/1.mp4", "odi/anna/1.mp4", "odi/carl/1.mp4"],
    ],
)
def test_classes_may_have_sub_folders_and_any_name(tmp_path, files):
    assert folder.classes(make(tmp_path, *files)) == sorted({name.split("/")[0] for name in files})


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], r"two or more classes; it is empty"),
        (["1.mp4", "2.mp4"], r"two or more classes; found 2 videos outside of class folders \(1\.mp4, 2\.mp4\)"),
        (["a/1.mp4", "b/readme.txt"], r"two or more classes; found a/ \(1 video\); b/ \(1 \.txt\)"),
        (["train/a/1.mp4", "test/a/1.mp4"], r"two or more classes"),
        (["clips/a/1.mp4", "clips/b/1.mp4"], r"found clips/ \(2 videos\); did you mean --set dataset\.root=.*/clips\?"),
        (["train/a/1.mp4", "test/b/1.mp4"], r"train has no videos of b, of which .* has in another split"),
        ([*both("train", names=("Run", "b")), "test/run/1.mp4"], r"no videos of run, .*'Run' and 'run'"),
    ],
)
def test_what_is_no_dataset_is_described(tmp_path, files, message):
    with pytest.raises(UserError, match=message) as raised:
        folder.splits(make(tmp_path, *files))
    assert "\n" not in str(raised.value)


def test_a_missing_folder_says_how_to_give_one(tmp_path):
    with pytest.raises(UserError, match=r"no folder .*my_videos; .*--set dataset\.root=my_videos"):
        folder.classes(tmp_path / "my_videos")


def test_what_is_passed_over_is_said(tmp_path):
    root = make(tmp_path, *TWO, "wave/1.gif", "wave/2.GIF", "a/x.txt", "a/y.txt", "b/deep/z.jpg", "3.mp4", "list.csv")
    (root / "empty").mkdir()
    (root / "b" / "gone.mp4").symlink_to("nowhere")
    assert note(root) == (
        "passed over: empty/ (empty), wave/ (2 .gif); 2 .txt, 1 .jpg in class folders; "
        "1 video outside of class folders (3.mp4); 1 broken link (b/gone.mp4)"
    )
    assert folder.classes(root) == ["a", "b"]


def test_what_is_passed_over_is_said_for_each_split(tmp_path):
    root = make(tmp_path, *both("train", "test"), "test/fight/x.txt", "train/wave/1.gif", "notes/readme.txt")
    assert (
        note(root) == "passed over: train/wave/ (1 .gif)"
        and note(root, "test") == "passed over: 1 .txt in class folders"
    )


def test_linked_folders_inside_a_class_are_followed(tmp_path):
    root = make(tmp_path / "my_videos", *TWO)
    make(tmp_path, "store/1.mp4", "store/2.mp4")
    (root / "a" / "person1").symlink_to("../../store")
    assert folder.splits(root)["train"]["video"].tolist() == [
        "a/1.mp4",
        "a/person1/1.mp4",
        "a/person1/2.mp4",
        "b/2.mp4",
    ]
    assert note(root) == ""


@pytest.mark.parametrize("target", [".", "..", "/", "loop"])
def test_links_that_lead_round_in_circles_end(tmp_path, target):
    root = make(tmp_path, *TWO)
    (root / "a" / "loop").symlink_to(target)
    assert folder.splits(root)["train"]["video"].tolist() == ["a/1.mp4", "b/2.mp4"]


def test_two_folders_that_link_to_each_other_end(tmp_path):
    root = make(tmp_path / "my_videos", *TWO)
    make(tmp_path, "x/1.mp4", "y/2.mp4")
    (tmp_path / "x" / "y").symlink_to(tmp_path / "y")
    (tmp_path / "y" / "x").symlink_to(tmp_path / "x")
    (root / "a" / "x").symlink_to(tmp_path / "x")
    assert folder.splits(root)["train"]["video"].tolist() == ["a/1.mp4", "a/x/1.mp4", "a/x/y/2.mp4", "b/2.mp4"]


def test_one_file_in_two_classes_is_refused(tmp_path):
    root = make(tmp_path, *TWO)
    (root / "b" / "again.mp4").symlink_to("../a/1.mp4")
    with pytest.raises(UserError, match=r"a/1\.mp4, b/again\.mp4 are links to one file"):
        folder.splits(root)


def test_one_file_twice_in_a_class_is_one_group(tmp_path):
    root = make(tmp_path, *TWO, "a/3.mp4")
    os.link(root / "a" / "1.mp4", root / "a" / "copy.mp4")
    table = folder.splits(root)["train"]
    assert dict(zip(table["video"], table["group"], strict=True)) == {
        "a/1.mp4": "a/1.mp4", "a/3.mp4": "a/3.mp4", "a/copy.mp4": "a/1.mp4", "b/2.mp4": "b/2.mp4",
    }  # fmt: skip


def test_a_class_in_both_unicode_forms_is_one_class(tmp_path):
    root = make(tmp_path, *both("train", names=(NFC, "run")), *both("test", names=(NFD, "run")))
    tables = folder.splits(root)
    assert folder.classes(root) == [NFC, "run"]
    assert tables["test"]["label"].tolist() == [0, 0, 1, 1] and (root / tables["test"]["video"][0]).is_file()


def test_class_names_that_look_like_missing_values_are_text(tmp_path):
    names = ["None", "nan", '"quoted"', "1", "NA", "null"]
    root = make(tmp_path, *both("train", names=tuple(names)))
    assert folder.classes(root) == sorted(names) and not folder.splits(root)["train"].isna().any(axis=None)


def test_odd_file_names_are_taken_as_they_are(tmp_path):
    odd = [" lead.mp4", "50%.mp4", "a\nb.mp4", "c#1.mp4", "{x}.mp4", "'\".mp4", "x" * 251 + ".mp4", "走る.mp4"]
    root = make(tmp_path, *(f"a/{name}" for name in odd), "b/1.mp4")
    assert folder.splits(root)["train"]["video"].tolist()[:-1] == [f"a/{name}" for name in sorted(odd)]


@pytest.mark.parametrize("name", [b"caf\xe9/1.mp4", b"a/caf\xe9.mp4", b"a/caf\xe9.txt"])
def test_a_name_that_is_not_utf8_is_refused_in_a_line(tmp_path, name):
    root = make(tmp_path, *TWO, os.fsdecode(name))
    with pytest.raises(UserError, match=r"1 file whose path isn't UTF-8, such as .*caf\\udce9") as raised:
        folder.classes(root)
    str(raised.value).encode()


def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    root, scandir = make(tmp_path, *TWO, "b/closed/1.mp4"), os.scandir

    def scan(path):
        if Path(path).name == "closed":  # the tests' user may be root, who may read everything
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    with pytest.raises(UserError, match=r"b/closed can't be read: Permission denied"):
        folder.classes(root)


def test_real_folder(shared):
    tables = folder.splits(shared / "videos" / "surveillance")
    assert folder.classes(shared / "videos" / "surveillance") == ["fight", "noFight"]
    assert tables["train"]["label"].value_counts().tolist() == [38, 38]
