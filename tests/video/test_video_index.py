"""The frame index: what it keeps, when it counts no longer, who may build it at once."""

import dataclasses
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import painting
import pytest

from pyvideoai.video import index, memo, open_video
from pyvideoai.video.find_layout import find_layout
from pyvideoai.video.layout import Layout
from pyvideoai.video.packing import pack, unpack


@pytest.fixture(autouse=True)
def afresh(monkeypatch, tmp_path):
    """No index and no layout is remembered from other tests, and the user's own cache is left alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    index.forget()
    memo.forget()
    yield
    index.forget()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two videos, in its index."""
    folder = tmp_path / "videos"
    (folder / "walk").mkdir(parents=True)
    for name, frames in (("a.mp4", 20), ("walk/b.avi", 30)):
        codec = "mpeg4" if name.endswith("avi") else "libx264"
        painting.write_painted(folder / name, frames, codec=codec, bframes=2)
    build(folder)
    return folder


def build(folder: Path) -> None:
    paths = [path for path in folder.rglob("*.*") if path.suffix in (".mp4", ".avi")]
    entries = [(path, path.stat(), index.content_hash(path), find_layout(path)) for path in paths]
    index.IndexWriter(folder).add(entries)


def same(one: Layout, other: Layout) -> bool:
    return all(
        same(getattr(one, field.name), getattr(other, field.name))
        if dataclasses.is_dataclass(getattr(one, field.name))
        else np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in dataclasses.fields(one)
    )


def test_a_layout_survives_packing(kind):
    layout = find_layout(kind)
    assert same(unpack(pack(layout)), layout)
    assert len(pack(layout)) < 3000


@pytest.mark.parametrize("packed", [b"", b"x", b"\x78\x9c"])
def test_other_bytes_are_refused(packed):
    with pytest.raises(ValueError, match="no packed layout"):
        unpack(packed)


def test_it_is_used(folder, monkeypatch):
    monkeypatch.setattr("pyvideoai.video.pyav_reader.find_layout", lambda path: pytest.fail("looked at the packets"))
    for name, count in (("a.mp4", 20), ("walk/b.avi", 30)):
        with open_video(folder / name) as video:
            assert video.num_frames == count
            assert painting.read_number(video.frames([count - 2])[0]) == count - 2


def test_a_changed_file_is_looked_at_anew(folder):
    time.sleep(0.02)
    painting.write_painted(folder / "a.mp4", 25, bframes=2)
    with open_video(folder / "a.mp4") as video:
        assert video.num_frames == 25


def test_a_file_changed_in_place_is_looked_at_anew(folder):
    path = folder / "a.mp4"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    assert index.look_up(path) is None


def test_a_copied_dataset_keeps_its_index(folder, tmp_path):
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied, copy_function=shutil.copyfile)
    assert (copied / "a.mp4").stat().st_mtime_ns != (folder / "a.mp4").stat().st_mtime_ns
    assert index.look_up(copied / "walk/b.avi").num_frames == 30


def test_another_libavcodec_makes_its_own(folder, monkeypatch):
    monkeypatch.setattr(index, "FORMAT", "1 libavcodec 1")
    assert index.look_up(folder / "a.mp4") is None


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_broken_index_does_no_harm(folder, content):
    (folder / index.NAME).write_bytes(content)
    index.forget()
    with open_video(folder / "a.mp4") as video:
        assert video.num_frames == 20


def test_a_broken_entry_does_no_harm(folder):
    with sqlite3.connect(folder / index.NAME) as connection:
        connection.execute("UPDATE videos SET layout = ?", (b"broken",))
    with open_video(folder / "a.mp4") as video:
        assert video.num_frames == 20


def test_a_folder_that_cant_be_written_has_its_index_in_the_cache(tmp_path):
    folder = tmp_path / "read_only"
    folder.mkdir()
    painting.write_painted(folder / "a.mp4", 12)
    folder.chmod(0o555)
    try:
        build(folder)
        assert sorted(path.name for path in folder.iterdir()) == ["a.mp4"]
        assert index.look_up(folder / "a.mp4").num_frames == 12
    finally:
        folder.chmod(0o755)


def test_the_nearest_index_with_the_video_counts(folder):
    build(folder / "walk")
    index.forget()
    assert index.look_up(folder / "walk/b.avi").num_frames == 30
    assert index.look_up(folder / "a.mp4").num_frames == 20


BUILDER = """
import sys
from pathlib import Path
from pyvideoai.video import index
from pyvideoai.video.find_layout import find_layout
folder = Path(sys.argv[1])
layout = find_layout(folder / "a.mp4")
status, content = (folder / "a.mp4").stat(), index.content_hash(folder / "a.mp4")
for number in range(40):
    index.IndexWriter(folder).add([(folder / f"{sys.argv[2]}_{number}.mp4", status, content, layout)])
"""


def test_several_processes_build_it_at_once(folder):
    command = [sys.executable, "-c", BUILDER, str(folder)]
    builders = [subprocess.Popen([*command, name]) for name in "xyz"]
    while any(builder.poll() is None for builder in builders):
        found = index.look_up(folder / "walk/b.avi")
        assert found is None or found.num_frames == 30
    assert [builder.wait() for builder in builders] == [0, 0, 0]
    with sqlite3.connect(folder / index.NAME) as connection:
        assert connection.execute("SELECT count(*) FROM videos").fetchone() == (2 + 3 * 40,)


def test_a_forked_process_opens_its_own(folder):
    assert index.look_up(folder / "a.mp4") is not None
    child = os.fork()
    if not child:
        os._exit(0 if index.look_up(folder / "a.mp4") is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
