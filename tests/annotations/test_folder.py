from pathlib import Path

import pytest

from pyvideoai.annotations import folder
from pyvideoai.errors import UserError


def make(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_classes_are_sub_folders_and_files_are_sorted(tmp_path):
    root = make(tmp_path, "no/b.MP4", "no/a.avi", "fight/person 1/c.webm", "no/notes.txt", "no/.d.mp4", ".x/e.mp4")
    make(root, "lists/train.csv")
    assert folder.classes(root) == ["fight", "no"]
    tables = folder.splits(root)
    assert list(tables) == ["train"]
    assert tables["train"]["video"].tolist() == ["fight/person 1/c.webm", "no/a.avi", "no/b.MP4"]
    assert tables["train"]["label"].tolist() == [0, 1, 1]


def test_split_folders_are_taken_as_they_are(tmp_path):
    root = make(tmp_path, "train/a/1.mp4", "train/b/2.mp4", "test/b/3.mp4")
    tables = folder.splits(root)
    assert {part: table["video"].tolist() for part, table in tables.items()} == {
        "train": ["train/a/1.mp4", "train/b/2.mp4"],
        "test": ["test/b/3.mp4"],
    }
    assert tables["test"]["label"].tolist() == [1]


def test_a_class_may_be_called_train(tmp_path):
    assert folder.classes(make(tmp_path, "train/1.mp4", "bus/2.mp4")) == ["bus", "train"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], r"two or more classes; it is empty"),
        (["1.mp4", "2.mp4"], r"two or more classes; found 1\.mp4, 2\.mp4"),
        (["a/1.mp4", "b/readme.txt"], r"two or more classes; found a/ \(1 videos\)"),
        (["train/a/1.mp4", "test/a/1.mp4"], r"two or more classes"),
        (["train/a/1.mp4", "train/b/1.mp4", "extra/c.mp4"], r"split folders, but also videos in extra; allowed"),
        (["train/a/1.mp4", "test/b/1.mp4"], r"train has no videos of b, of which there are in another split"),
    ],
)
def test_what_is_no_dataset_is_described(tmp_path, files, message):
    with pytest.raises(UserError, match=message) as raised:
        folder.splits(make(tmp_path, *files))
    assert "\n" not in str(raised.value)


def test_a_missing_folder_says_how_to_give_one(tmp_path):
    with pytest.raises(UserError, match=r"no folder .*my_videos; .*--set dataset\.root=my_videos"):
        folder.classes(tmp_path / "my_videos")


def test_real_folder(shared):
    tables = folder.splits(shared / "videos" / "surveillance")
    assert folder.classes(shared / "videos" / "surveillance") == ["fight", "noFight"]
    assert tables["train"]["label"].value_counts().tolist() == [38, 38]
