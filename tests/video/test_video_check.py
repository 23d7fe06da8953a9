"""tools/check_videos.py: what it finds, and its exit code."""

import csv
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import painting
import pytest
from PIL import Image

from pyvideoai.commands import check_videos as command
from pyvideoai.errors import UserError
from pyvideoai.video import VideoError, open_video
from pyvideoai.video.checking import many
from pyvideoai.video.checking.one import Checked, check
from pyvideoai.video.checking.proof import prove, with_keyframes
from pyvideoai.video.layouts import index
from pyvideoai.video.layouts.find import by_decoding, find_layout
from pyvideoai.video.readers.pyav import PyAVVideo

TOOL = Path(__file__).parents[2] / "tools/check_videos.py"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder of three sound videos."""
    folder = tmp_path / "good"
    folder.mkdir()
    for number in range(3):
        painting.write_painted(folder / f"{number}.mp4", 20, first=100 * number, bframes=2)
    return folder


def run(capsys, *arguments) -> tuple[int, str]:
    """(exit code, output) of the command, in this process."""
    code = command.main([*map(str, arguments), "--processes", "1"])
    return code, capsys.readouterr().out


def kinds(path: Path, **how) -> set[str]:
    return {kind for kind, _ in check(path, **how).notes}


def test_sound_videos_pass(good, capsys):
    for arguments in ([], ["--exact"]):
        assert run(capsys, good, *arguments) == (0, "3 of 3 videos can be read, 60 frames\n")


def test_what_cannot_be_read_is_a_fault(good, capsys):
    (good / "empty.mp4").touch()
    (good / "text.avi").write_text("no video")
    (good / "notes.txt").write_text("not looked at")
    code, output = run(capsys, good)
    assert code == 1 and "3 of 5 videos can be read" in output
    assert f"{good}/empty.mp4: the file is empty (0 bytes)" in output


def test_what_ends_early_is_truncated(tmp_path):
    path = painting.write_painted(tmp_path / "a.mp4", 60, codec="mjpeg", container_options={"movflags": "faststart"})
    assert kinds(path) == set()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "truncated" in kinds(path)


def test_a_wrong_count_is_a_remark(tmp_path):
    path = painting.write_packed_avi(tmp_path / "a.avi", 31)
    checked = check(path, exact=True)
    assert checked.notes == [("wrong_count", "the container declares 32 frames, the file has 31")]
    assert not checked.faults and checked.layout.proven


def test_short_and_odd_are_remarks(tmp_path):
    assert "short" in kinds(painting.write_painted(tmp_path / "a.mp4", 5), short_frames=8)
    slow = painting.write_painted(tmp_path / "b.mp4", 10, fps=2)
    assert ("odd", "2 fps") in check(slow).notes
    varying = painting.write_painted(tmp_path / "c.mp4", 4, times=[0, 1, 2, 30])
    assert ("odd", "variable frame rate") in check(varying).notes


def test_the_same_content_in_two_splits_is_a_leak(good, tmp_path, capsys):
    shutil.copy(good / "0.mp4", good / "copy.mp4")
    assert run(capsys, good)[0] == 0
    for split, names in (("train", ["0.mp4", "1.mp4"]), ("test", ["copy.mp4", "2.mp4"])):
        table = "\n".join(["video,label", *(f"{name},1" for name in names)])
        (tmp_path / f"{split}.csv").write_text(table + "\n")
    code, output = run(capsys, tmp_path / "train.csv", tmp_path / "test.csv", "--root", good)
    assert code == 1
    assert f"{good}/0.mp4: the same content as {good}/copy.mp4 of split test" in output
    assert f"{good}/copy.mp4: the same content as {good}/0.mp4 of split train" in output


def test_a_table_may_name_the_splits_itself(good, capsys):
    (good / "all.csv").write_text("video,label,split\n0.mp4,0,train\n0.mp4,0,val\n1.mp4,1,train\nnone.mp4,1,val\n")
    code, output = run(capsys, good / "all.csv")
    assert code == 1 and "3 of 4 videos" in output
    assert "of split val" in output and "none.mp4: no such file" in output


def test_a_row_for_each_video_is_written(good, tmp_path, capsys):
    (good / "empty.mp4").touch()
    run(capsys, good, "--out", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "unreadable"]
    assert rows[0]["num_frames"] == "20" and rows[0]["codec"] == "h264" and rows[0]["seconds"] == "0.8"


def test_the_index_is_written_and_read(good, capsys):
    assert run(capsys, good, "--index", good, "--exact")[0] == 0
    index.forget()
    assert index.look_up(good / "1.mp4").proven


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none", None, "no such folder, video or split table"),
        ("b.csv", "\x00\x01PK", "it isn't text, as a table is"),
        ("c.csv", "video\n" + "x" * 200_000 + "\n", r"c\.csv:2: field larger than field limit"),
        ("d.csv", "video,label\na.mp4,1\n,2\n", r"d\.csv:3: no video"),
        ("e.csv", "label\n1\n".replace("label", "label" * 999), r"it has \[...\]$"),
        ("a.csv", "path,label\n", "no column video; it has path, label"),
        ("folder/a.txt", "", "no video in this folder"),
    ],
)
def test_wrong_sources_are_named(tmp_path, name, content, says):
    path = tmp_path / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    with pytest.raises(UserError, match=says):
        command.main([str(path.parent if "folder" in name else path)])


@pytest.mark.parametrize(
    "name", ["a.mp4", "a.MKV", "a.webm", "a.avi", "a.gif", "a.mjpeg", "no_ending", "a.bin", "1.png"]
)
def test_one_video_is_checked(good, tmp_path, capsys, name):
    if name == "1.png":
        Image.fromarray(painting.paint(0)).save(tmp_path / name)
    else:
        shutil.copy(good / "0.mp4", tmp_path / name)
    frames = "1 frame" if name == "1.png" else "20 frames"
    assert run(capsys, tmp_path / name, "--exact") == (0, f"1 of 1 videos can be read, {frames}\n")


@pytest.mark.parametrize(
    "content", [b"\x1b[31m\x07\x00", b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 9, b"plain"]
)
def test_one_damaged_video_is_named_without_its_bytes(tmp_path, capsys, content):
    (tmp_path / "a.mp4").write_bytes(content)
    code, output = run(capsys, tmp_path / "a.mp4")
    assert code == 1 and f"{tmp_path}/a.mp4: can't be opened as a video: " in output
    assert not [each for each in output if each != "\n" and not each.isprintable()]


def crash_at_one(path: Path, split: str, **how) -> Checked:
    """As `check`, in a process that libav crashes at a certain video."""
    return os._exit(11) if path.name == "1.mp4" else check(path, split, **how)


def test_a_video_at_which_libav_crashes_is_named_and_stops_no_other(good, monkeypatch, capsys):
    monkeypatch.setattr(many, "check", crash_at_one)
    assert command.main([str(good), "--processes", "2"]) == 1
    output = capsys.readouterr().out
    assert "2 of 3 videos can be read, 40 frames" in output
    assert output.count("1.mp4: decoding it crashes libav") == 1


def test_names_with_control_characters_are_escaped(tmp_path, capsys):
    (tmp_path / "a\x1b[31m.mp4").touch()
    code, output = run(capsys, tmp_path)
    assert code == 1 and "a\\x1b[31m.mp4: the file is empty" in output


def test_wrong_frames_are_found(tmp_path):
    path = painting.write_painted(tmp_path / "a.mp4", 40, bframes=2)
    layout = find_layout(path)
    assert prove(path, layout).wrong == []
    shifted = replace(layout, order=np.roll(layout.order, 1))
    assert len(prove(path, shifted).wrong) == 40
    assert prove(path, replace(layout, num_frames=39, order=layout.order[:39])).wrong == [39]


def test_a_start_that_is_no_keyframe_is_made_up_for_but_never_proven(tmp_path):
    path = painting.write_painted(tmp_path / "a.mp4", 40, gop=40, options={"x264-params": "scenecut=0"})
    layout = find_layout(path)
    lying = replace(layout, stored=replace(layout.stored, is_key=np.arange(40) % 7 == 0))
    starts = with_keyframes(lying)
    assert starts.entries.tolist() == [0, 7, 14, 21, 28, 35]
    assert prove(path, starts).wrong == []
    assert prove(path, lying).layout.entries.tolist() == [0]


def test_proof_gives_more_packets_to_start_from(tmp_path):
    path = painting.write_painted(tmp_path / "a.avi", 60, bframes=2, gop=10)
    layout = by_decoding(path)
    assert layout.entries.tolist() == [0] and with_keyframes(layout) is not None
    proven = prove(path, layout).layout
    assert len(proven.entries) > 4
    with PyAVVideo(path, layout=proven) as video:
        assert [painting.read_number(frame) for frame in video.frames([57, 3])] == [57, 3]


def test_damage_is_a_fault_when_decoded(tmp_path):
    pictures = np.random.default_rng(0).integers(256, size=(40, 64, 64, 3)).astype(np.uint8)
    path = painting.write_video(tmp_path / "a.mp4", list(pictures), bframes=2)
    content = bytearray(path.read_bytes())
    for part in range(1, 9):
        middle = len(content) * part // 10
        content[middle : middle + 40] = bytes(255 - byte for byte in content[middle : middle + 40])
    path.write_bytes(content)
    assert "damaged" in kinds(path, exact=True)


def test_the_tool_ends_with_its_exit_code(good):
    def code(*arguments: object) -> int:
        command = [sys.executable, str(TOOL), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert code(good) == 0
    (good / "empty.mp4").touch()
    assert code(good) == 1
    assert code(good / "none") == 2


def test_an_unreadable_video_is_no_crash_in_another_process(good):
    (good / "empty.mp4").touch()
    with pytest.raises(VideoError):
        open_video(good / "empty.mp4")
    assert command.main([str(good), "--processes", "2"]) == 1


def test_folders_of_frames_are_checked_too(tmp_path, capsys):
    from PIL import Image

    for video, numbers in (("walk/a", [0, 1, 2, 3]), ("walk/b", [9, 9, 10, 11])):
        (tmp_path / video).mkdir(parents=True)
        for place, number in enumerate(numbers):
            Image.fromarray(painting.paint(number)).save(tmp_path / video / f"{place + 1:05d}.jpg")
    code, output = run(capsys, tmp_path, "--exact")
    assert code == 0 and "2 of 2 videos can be read, 8 frames" in output
    assert "walk/b: the first frame is there twice" in output and "walk/a" not in output
    (tmp_path / "walk/a/00003.jpg").write_bytes(b"no image")
    assert run(capsys, tmp_path, "--exact")[0] == 1
