from pathlib import Path

import pytest

from pyvideoai.annotations import kinetics as reader
from pyvideoai.annotations.names import letters_of
from pyvideoai.annotations.official import class_names
from pyvideoai.errors import UserError

NAMES = ["abseiling", "shooting goal (soccer)"]
HEADER = "label,youtube_id,time_start,time_end,split\n"
TRAIN = """abseiling,aaaaaaaaaaa,1,11,train
abseiling,-_aaaaaaaaa,20,30,train
shooting goal (soccer),bbbbbbbbbbb,0,10,train
"""
VAL = "shooting goal (soccer),ccccccccccc,100,110,val\n"


def touch(root: Path, *videos: str) -> None:
    for video in videos:
        (root / video).parent.mkdir(parents=True, exist_ok=True)
        (root / video).touch()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Kinetics of two classes and its official lists; no videos yet."""
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/train.csv").write_text(HEADER + TRAIN)
    (tmp_path / "annotations/validate.csv").write_text(HEADER + VAL)
    return tmp_path


WHOLE = {
    "classes with spaces": [
        "train/abseiling/aaaaaaaaaaa_000001_000011.mp4",
        "train/abseiling/-_aaaaaaaaa_000020_000030.mp4",
        "train/shooting goal (soccer)/bbbbbbbbbbb_000000_000010.mp4",
        "val/shooting goal (soccer)/ccccccccccc_000100_000110.mp4",
    ],
    "underscores, other containers, other folders": [
        "train_256/abseiling/aaaaaaaaaaa_000001_000011.mkv",
        "train_256/abseiling/-_aaaaaaaaa_000020_000030.mp4.webm",
        "train_256/shooting_goal_(soccer)/bbbbbbbbbbb_0_10.MP4",
        "videos_val/shooting_goal_(soccer)/ccccccccccc_100_110.avi",
    ],
    "one folder for a split": [
        "train/aaaaaaaaaaa_000001_000011.mp4",
        "train/-_aaaaaaaaa_000020_000030.mp4",
        "train/bbbbbbbbbbb_000000_000010.mp4",
        "validate/ccccccccccc_000100_000110.mp4",
    ],
    "no split folders": [
        "abseiling/aaaaaaaaaaa_000001_000011.mp4",
        "abseiling/-_aaaaaaaaa_000020_000030.mp4",
        "shooting goal (soccer)/bbbbbbbbbbb_000000_000010.mp4",
        "shooting goal (soccer)/ccccccccccc_000100_000110.mp4",
    ],
}


@pytest.mark.parametrize("videos", WHOLE.values(), ids=WHOLE)
def test_every_usual_layout_is_found_whole(root, videos):
    touch(root, *videos)
    tables = reader.splits(root, None, NAMES)
    assert [video for table in tables.values() for video in table["video"]] == videos
    assert tables["train"]["label"].tolist() == [0, 0, 1] and tables["val"]["label"].tolist() == [1]
    assert tables["train"]["group"].tolist() == ["aaaaaaaaaaa", "-_aaaaaaaaa", "bbbbbbbbbbb"]
    assert tables["train"].attrs["note"] == "3 of 3 videos of train.csv found"


def test_missing_videos_are_left_out_and_counted(root):
    touch(root, WHOLE["classes with spaces"][1], WHOLE["classes with spaces"][3])
    touch(root, "train/abseiling/aaaaaaaaaaa_000001_000011.mp4.part", "train/abseiling/.aaaaaaaaaaa_000001_000011.mp4")
    tables = reader.splits(root, None, NAMES)
    assert tables["train"]["video"].tolist() == [WHOLE["classes with spaces"][1]]
    note = "1 of 3 videos of train.csv found; 2 missing and left out, such as train/abseiling/"
    assert tables["train"].attrs["note"] == note + "aaaaaaaaaaa_000001_000011.mp4"
    assert tables["val"].attrs["note"] == "1 of 1 videos of validate.csv found"


def test_another_part_of_the_same_video_is_not_the_clip(root):
    touch(root, "train/abseiling/aaaaaaaaaaa_000002_000012.mp4", WHOLE["classes with spaces"][3])
    assert reader.splits(root, None, NAMES)["train"].attrs["found"] == 0


def test_names_without_times_are_said(root):
    touch(root, "train/abseiling/aaaaaaaaaaa.mp4", "train/abseiling/-_aaaaaaaaa.webm", "val/ccccccccccc.mp4")
    tables = reader.splits(root, None, NAMES)
    assert tables["train"]["video"].tolist() == ["train/abseiling/aaaaaaaaaaa.mp4", "train/abseiling/-_aaaaaaaaa.webm"]
    assert tables["train"].attrs["note"].endswith("; 2 have no times in their names and are taken as they are")


def test_a_file_with_times_goes_before_one_without(root):
    touch(root, "train/aaaaaaaaaaa.mp4", "train/aaaaaaaaaaa_1_11.mp4", "train/.hidden/-_aaaaaaaaa_20_30.mp4")
    assert reader.splits(root, None, NAMES)["train"]["video"].tolist() == ["train/aaaaaaaaaaa_1_11.mp4"]


def test_of_several_lists_the_first_place_and_the_official_one(root):
    for name in ("train.txt", "kinetics_400_train.csv", "kinetics400_train_list_videos.txt"):
        (root / "annotations" / name).touch()
    assert reader.lists(root)["train"] == root / "annotations/train.csv"
    (root / "kinetics400_train_list_videos.txt").touch()
    assert reader.lists(root)["train"] == root / "kinetics400_train_list_videos.txt"
    (root / "kinetics400_train.csv").touch()
    assert reader.lists(root)["train"] == root / "kinetics400_train.csv"


def test_of_two_files_of_a_clip_the_one_in_its_class(root):
    touch(
        root,
        "train/a/bbbbbbbbbbb_0_10.mp4",
        "train/shooting_goal_(soccer)/bbbbbbbbbbb_0_10.mp4",
        "train/z/bbbbbbbbbbb_0_10.mp4",
    )
    video = reader.splits(root, None, NAMES)["train"]["video"].item()
    assert video == "train/shooting_goal_(soccer)/bbbbbbbbbbb_0_10.mp4"


def test_replacements_of_damaged_files_are_taken(root):
    touch(root, *WHOLE["one folder for a split"][1:], "replacement/replacement_for_corrupted_k400/bbbbbbbbbbb.mp4")
    touch(root, "replacement/replacement_for_corrupted_k400/aaaaaaaaaaa_000001_000011.mp4")
    table = reader.splits(root, None, NAMES)["train"]
    folder = "replacement/replacement_for_corrupted_k400"
    assert table["video"].tolist() == [
        f"{folder}/aaaaaaaaaaa_000001_000011.mp4", WHOLE["one folder for a split"][1], f"{folder}/bbbbbbbbbbb.mp4"
    ]  # fmt: skip
    assert table.attrs["note"] == "3 of 3 videos of train.csv found; 2 from replacement/"


def test_only_val_is_there(root):
    touch(root, WHOLE["classes with spaces"][3])
    tables = reader.splits(root, None, NAMES)
    assert len(tables["train"]) == 3 and tables["train"].attrs["note"].startswith("0 of 3 videos")


def test_no_video_at_all_tells_the_layout(root):
    touch(root, "train/abseiling/other.mp4")
    with pytest.raises(UserError) as raised:
        reader.splits(root, None, NAMES)
    told = str(raised.value)
    assert told.startswith(
        "none of the 4 videos of Kinetics, such as train/abseiling/aaaaaaaaaaa_000001_000011.mp4, is in"
    )
    assert "where 1 others are" in told and "<dataset.root>/train/<class>/<youtube_id>_<start>_<end>.mp4" in told
    assert "\n" not in told


def test_no_folder_and_no_list_tell_the_layout(tmp_path):
    with pytest.raises(UserError, match=r"no folder .*/none with the videos of Kinetics; lists and videos: https://"):
        reader.splits(tmp_path / "none")
    with pytest.raises(
        UserError, match=r"no list train\.csv of Kinetics in .*annotations or .*expected are <dataset\.root>"
    ):
        reader.splits(tmp_path)


def test_the_lists_of_a_given_folder_and_the_ending_is_cc(root, tmp_path):
    (tmp_path / "mine").mkdir()
    content = '\ufefflabel,youtube_id,time_start,time_end,split,is_cc\r\n"abseiling",aaaaaaaaaaa,1.0,11.0,train,0\r\n'
    (tmp_path / "mine/kinetics_400_train.csv").write_text(content)
    touch(root, WHOLE["classes with spaces"][0])
    tables = reader.splits(root, tmp_path / "mine", NAMES)
    assert list(tables) == ["train"] and tables["train"]["video"].tolist() == WHOLE["classes with spaces"][:1]


def test_faulty_rows_are_listed_with_their_lines(root):
    rows = "abseilling,aaaaaaaaaaa,1,11,train\nabseiling,aaaaaaaaaaa,x,11,train\nabseiling\n"
    (root / "annotations/train.csv").write_text(HEADER + TRAIN + rows)
    with pytest.raises(UserError) as raised:
        reader.splits(root, None, NAMES)
    told = str(raised.value)
    assert "train.csv:5: 'abseilling' is none of the 2 classes; did you mean 'abseiling'?" in told
    assert "train.csv:6: 'x' to '11': no times in seconds" in told and "train.csv:7: no youtube_id, time_start" in told


def test_a_list_of_other_classes_is_told_by_its_first_few(root, monkeypatch):
    looked_up = []
    monkeypatch.setattr("pyvideoai.annotations.official.hint", lambda name, names: looked_up.append(name) or "?")
    rows = "".join(f"of another edition {row},{row:011d},0,10,train\n" for row in range(50))
    (root / "annotations/train.csv").write_text(HEADER + rows)
    with pytest.raises(UserError, match=r"csv:6: 'of another edition 4' is none of the 2 classes; \?; and 45 more"):
        reader.splits(root, None, NAMES)
    assert len(looked_up) == 5


def test_a_list_of_another_format(root):
    (root / "annotations/train.csv").write_text("label,youtube_id,start\n")
    with pytest.raises(
        UserError, match=r"train\.csv has no column time_start, time_end; it has label, youtube_id, start"
    ):
        reader.splits(root, None, NAMES)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Label,YouTube_ID,time_start,time_end", "no column label, youtube_id; it has Label, YouTube_ID, time_start"),
        ("label,youtube_id,start,end", "no column time_start, time_end; it has label, youtube_id, start, end; did you"),
        ("label;youtube_id;time_start;time_end", "semicolons are between its columns; save it with commas"),
        ("label\tyoutube_id\ttime_start\ttime_end", "tabs are between its columns"),
        ("video,label", "no column youtube_id, time_start, time_end; it has video, label"),
    ],
)
def test_a_header_that_is_nearly_the_official_one(header, message, root):
    (root / "annotations/train.csv").write_text(f"{header}\n{header}\n")
    with pytest.raises(UserError) as raised:
        reader.splits(root, None, NAMES)
    assert f"annotations/train.csv: {message}" in str(raised.value).replace(" has no", ": no")


def test_blanks_around_the_cells_of_an_official_list(root):
    text = (
        'label , youtube_id, time_start,time_end \n abseiling , aaaaaaaaaaa, 1 ,11\n"abseiling", "-_aaaaaaaaa",20,30\n'
    )
    (root / "annotations/train.csv").write_text(text)
    touch(root, *WHOLE["classes with spaces"])
    assert reader.splits(root, None, NAMES)["train"]["video"].tolist() == WHOLE["classes with spaces"][:2]


def test_a_list_of_paths_whose_labels_start_at_1_or_with_a_number_of_frames(root):
    (root / "annotations/train.csv").write_text("a.mp4 1\nb.mp4 2\n")
    with pytest.raises(UserError, match=r"train\.csv: labels start at 1; they must start at 0, and end at 1"):
        reader.splits(root, None, NAMES)
    (root / "annotations/train.csv").write_text("a 300 0\nb 250 1\n")
    with pytest.raises(UserError, match=r"train\.csv:1: three columns, as lists of frames have them"):
        reader.splits(root, None, NAMES)


def test_lists_of_paths_and_labels(root):
    """As PySlowFast (blank or comma, relative to the root) and MMAction2 (relative to the split's folder) have them."""
    videos = WHOLE["classes with spaces"]
    touch(root, *videos[1:3], videos[3].replace("val/", "videos_val/"))
    (root / "annotations/train.csv").write_text(f"{videos[0]} 0\n{root / videos[1]},0\n{videos[2]} 1\n")
    (root / "annotations/validate.csv").unlink()
    (root / "kinetics400_val_list_videos.txt").write_text("shooting goal (soccer)/ccccccccccc_000100_000110.mp4 1\n")
    tables = reader.splits(root, None, NAMES)
    assert tables["train"]["video"].tolist() == [str(root / videos[1]), videos[2]]
    assert tables["train"].attrs["note"].startswith("2 of 3 videos of train.csv found; 1 missing")
    assert tables["val"]["video"].tolist() == [f"videos_{videos[3]}"] and tables["val"]["group"].tolist() == [
        "ccccccccccc"
    ]


def test_faulty_lines_of_a_path_list(root):
    (root / "annotations/train.csv").write_text("a.mp4 0\nb.mp4 2\nc.mp4\n")
    with pytest.raises(
        UserError, match=r"train\.csv:2: 'b\.mp4 2'; expected '<path> <label from 0 to 1>'; .*csv:3: 'c\.mp4'"
    ):
        reader.splits(root, None, NAMES)


@pytest.mark.parametrize(("dataset", "count"), [("kinetics400", 400), ("kinetics600", 600), ("kinetics700", 700)])
def test_classes_in_official_order(dataset, count, shared):
    official = (shared / f"annotations/label_maps/kinetics__label_map_k{count}.txt").read_text().splitlines()
    assert class_names(dataset) == official and len(set(official)) == count
    assert len({letters_of(name) for name in official}) == count  # so that underscores can't mix two up
