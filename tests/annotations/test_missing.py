from pathlib import Path

import pytest

from pyvideoai.annotations.missing import likely_cause, missing_videos, note_on_missing


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """my_videos/ with four videos, one of them with a blank and an accent in its name; work/ is the current folder."""
    for video in ("run/0.mp4", "run/1.mp4", "jump/0.avi", "jump/caf\u00e9 2.mp4"):
        path = tmp_path / "my_videos" / video
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "work/other").mkdir(parents=True)
    (tmp_path / "work/other/9.mp4").touch()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "my_videos"


@pytest.mark.parametrize(
    ("video", "cause"),
    [
        ("run/0.avi", " (there is run/0.mp4)"),
        ("run/0", " (there is run/0.mp4)"),
        ("Run/0.MP4", " (there is run/0.mp4)"),
        ("jump/Cafe\u0301_2.mp4", " (there is jump/caf\u00e9 2.mp4)"),
        ("run\\1.mp4", " (there is run/1.mp4)"),
        ("my_videos/run/1.mp4", " (there is run/1.mp4)"),
        ("/data/theirs/run/1.mp4", " (there is run/1.mp4)"),
        ("1.mp4", " (there is run/1.mp4)"),
        ("other/9.mp4", " (it is in {work}: --set dataset.root={work})"),
        ("run/7.mp4", ""),
        ("swim/0.mp4", ""),
        ("swim/" + "0" * 300 + ".mp4", ""),
        ("0" * 300 + "/[!].mp4", ""),
    ],
)
def test_the_nearest_cause_of_a_missing_video(video, cause, root):
    assert missing_videos(root, [video, "run/0.mp4"]) == [video]
    assert likely_cause(root, video) == cause.format(work=root.parent / "work")


def test_missing_videos_are_counted_with_one_for_example(root):
    assert note_on_missing(root, ["run/0.mp4"]) is None
    assert note_on_missing(root, ["run/0.mp4", "run/7.mp4", "jump/0.mp4"]) == (
        "2 of 3 videos are not there, such as run/7.mp4"
    )


def test_a_path_may_be_spelt_in_other_ways(root):
    there = ["run//0.mp4", "./run/0.mp4", "run/../run/0.mp4", "run/", "run/.", "jump", str(root / "run/0.mp4")]
    assert missing_videos(root, [*there, "run/0.mp4/", "/run/0.mp4", "run/0.mp4x"]) == ["/run/0.mp4", "run/0.mp4x"]


def test_a_file_of_the_root_folder_is_not_sought_in_the_dataset_s(tmp_path):
    (tmp_path / "here.mp4").touch()
    top = next(path for path in sorted(Path("/").iterdir()) if not path.name.startswith("."))
    assert missing_videos(tmp_path, ["here.mp4", str(top), "/here.mp4"]) == ["/here.mp4"]
