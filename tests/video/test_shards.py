"""Writing shards: whole or not at all, a killed run goes on, only what has changed is written anew."""

import os
import sqlite3
from pathlib import Path

import numpy as np
import painting
import pytest

from pyvideoai.commands import check_videos
from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.errors import UserError
from pyvideoai.features.keys import file_facts
from pyvideoai.files import files_below
from pyvideoai.tarred.index import Tarred
from pyvideoai.tarred.rows import INDEX
from pyvideoai.tarred.shard import shard_name
from pyvideoai.video import VideoError, open_video
from pyvideoai.video.layouts import memo
from pyvideoai.video.preparing import shards
from pyvideoai.video.readers import pyav


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "videos/up").mkdir(parents=True)
    painting.write_painted(tmp_path / "videos/up/0.avi", 20, codec="mpeg4", bframes=2)
    for number in range(1, 6):
        painting.write_painted(tmp_path / f"videos/up/{number}.mp4", 20, first=100 * number, options={"crf": "0"})
    return tmp_path / "videos"


def to_shards(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch | None = None, size: int = 60_000) -> int:
    with pytest.MonkeyPatch.context() as patch:
        write = shards.write_shards
        patch.setattr(prepare_command, "write_shards", lambda sources, out, _, **how: write(sources, out, size, **how))
        return prepare_command.main([str(folder), "--out", str(out), "--shards"])


@pytest.mark.parametrize("reader", ["auto", "decord", "torchcodec"])
def test_every_reader_gives_the_same_frames_from_a_shard(folder, tmp_path, reader):
    if reader != "auto":
        pytest.importorskip(reader)
    assert to_shards(folder, tmp_path / "out") == 0
    for name in files_below(folder):
        with open_video(folder / name, reader) as file, open_video(tmp_path / "out" / name, reader) as in_shard:
            assert (in_shard.num_frames, in_shard.fps) == (file.num_frames, file.fps)
            assert np.array_equal(in_shard.frames([17, 3, 11]), file.frames([17, 3, 11]))
        assert file_facts(tmp_path / "out" / name) == file_facts(folder / name)  # what keys of features are made of


def test_frames_are_read_out_of_the_shard_without_a_demuxer_where_a_file_could_be(folder, tmp_path):
    to_shards(folder, tmp_path / "out")
    with open_video(tmp_path / "out/up/3.mp4") as video:
        assert isinstance(video, pyav.PyAVVideo) and video.layout.stored is not None
        assert [painting.read_number(frame) for frame in video.frames([19, 0])] == [319, 300]
        assert [painting.read_number(frame) for _, frame in video.stream([2, 5])] == [302, 305]


def test_a_killed_run_goes_on_behind_its_last_whole_shard(folder, tmp_path, monkeypatch):
    out, replaced = tmp_path / "out", []

    def killed(path: Path):
        replaced.append(path)
        if len(replaced) == 3:
            raise KeyboardInterrupt
        return REPLACING(path)

    REPLACING = shards.replacing
    monkeypatch.setattr(shards, "replacing", killed)
    with pytest.raises(KeyboardInterrupt):
        to_shards(folder, out)
    monkeypatch.undo()
    (out / "shard-000050.tar").write_bytes(b"renamed, but not entered")
    with pytest.raises(UserError, match=r"its shards are unfinished; .* goes on"):
        files_below(out)
    with pytest.raises(UserError, match="its shards are unfinished"):
        open_video(out / "up/1.mp4")
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("shard-00000[01].tar")}
    assert len(before) == 2
    assert to_shards(folder, out) == 0
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    assert list(files_below(out)) == list(files_below(folder))
    assert not list(out.glob(".*.tmp")) and not (out / "shard-000050.tar").exists()
    with open_video(out / "up/5.mp4") as video:
        assert painting.read_number(video.frames([7])[0]) == 507


def test_only_a_shard_with_a_changed_file_is_written_anew(folder, tmp_path, capsys):
    out = tmp_path / "out"
    to_shards(folder, out)
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.tar")}
    assert to_shards(folder, out) == 0 and "(0 written now)" in capsys.readouterr().out
    painting.write_painted(folder / "up/5.mp4", 9, first=900)
    painting.write_painted(folder / "up/6.mp4", 9, first=600)
    assert to_shards(folder, out) == 0
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("*.tar")}
    assert len(before) > 2 and sum(after.get(name) == time for name, time in before.items()) == len(before) - 1
    for number in (5, 6):
        with open_video(out / f"up/{number}.mp4") as video:
            assert painting.read_number(video.frames([0])[0]) == {5: 900, 6: 600}[number]


def test_a_file_that_would_be_lost_is_named(folder, tmp_path):
    out = tmp_path / "out"
    to_shards(folder, out, size=10**9)
    painting.write_painted(folder / "up/5.mp4", 9, first=900)
    (folder / "up/1.mp4").unlink()
    with pytest.raises(UserError, match=r"1 file would be lost .* such as up/1\.mp4"):
        to_shards(folder, out)


def test_what_is_no_file_of_the_folder_is_refused(folder, tmp_path):
    (folder / "frames").mkdir()
    (folder / "frames/1.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="is a folder of frames, which stay as they are"):
        to_shards(folder, tmp_path / "out")
    (tmp_path / "table.csv").write_text("video\nvideos/up/0.avi\n../elsewhere.avi\n")
    painting.write_painted(tmp_path.parent / "elsewhere.avi", 5)
    with pytest.raises(UserError, match=r"\.\./elsewhere\.avi lies outside of the root"):
        to_shards(tmp_path / "table.csv", tmp_path / "out")


def test_options_that_do_not_fit_and_folders_of_others_are_refused(folder, tmp_path):
    for more, told in ((["--crf", "3"], "--crf can't"), (["--shard_mb", "0"], "--shard_mb 0: it must be 1 or more")):
        with pytest.raises(UserError, match=told):
            prepare_command.main([str(folder), "--out", str(tmp_path / "out"), "--shards", *more])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/thesis.txt").write_text("mine")
    with pytest.raises(
        UserError, match=r"has thesis\.txt in it, but no shards\.sqlite; give the shards a folder of their own"
    ):
        to_shards(folder, tmp_path / "elsewhere")
    to_shards(folder, tmp_path / "out")
    with pytest.raises(UserError, match="holds shards; give the copies a folder of their own"):
        prepare_command.main([str(folder), "--out", str(tmp_path / "out")])


def test_a_missing_video_is_counted_and_left_out(folder, tmp_path, capsys):
    (tmp_path / "table.csv").write_text("video\nup/0.avi\nup/gone.avi\n")
    out = tmp_path / "out"
    assert (
        prepare_command.main([str(tmp_path / "table.csv"), "--root", str(folder), "--out", str(out), "--shards"]) == 1
    )
    assert "1 video missing and left out, such as" in capsys.readouterr().out
    with pytest.raises(VideoError, match=r"up/gone\.avi: no such file"):
        open_video(out / "up/gone.avi")


def test_check_videos_looks_into_shards_finds_damage_and_writes_their_index(folder, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    to_shards(folder, out)
    check = [str(out), "--processes", "1", "--index", str(out)]
    assert check_videos.main(check) == 0
    assert "6 of 6 videos can be read, 120 frames" in capsys.readouterr().out
    memo.forget()
    monkeypatch.setattr(pyav, "find_layout", lambda path: pytest.fail("the frame index was passed over"))
    with open_video(out / "up/3.mp4") as video:
        assert painting.read_number(video.frames([19])[0]) == 319
    entry = Tarred(out).entry("up/3.mp4")
    with (out / shard_name(entry.shard)).open("r+b") as shard:
        shard.seek(entry.offset + entry.length // 2)
        shard.write(b"damage")
    assert check_videos.main(check[:3]) == 1
    told = capsys.readouterr().out
    assert "3.mp4: its bytes in shard-" in told and "are others than were written there" in told


def test_the_index_keeps_the_order_of_names_and_no_absolute_path(folder, tmp_path):
    to_shards(folder, tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / INDEX) as index:
        paths = [os.fsdecode(path) for (path,) in index.execute("SELECT path FROM files ORDER BY path")]
    assert paths == list(files_below(folder))
