"""The frame index: what it keeps, when it counts no longer, who may build it at once."""

import dataclasses
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import painting
import pytest

from pyvideoai.commands import check_videos as command
from pyvideoai.errors import UserError
from pyvideoai.video import open_video
from pyvideoai.video.layouts import index, memo
from pyvideoai.video.layouts.find import find_layout
from pyvideoai.video.layouts.layout import Layout
from pyvideoai.video.layouts.packing import pack, unpack


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
    monkeypatch.setattr("pyvideoai.video.readers.pyav.find_layout", lambda path: pytest.fail("looked at the packets"))
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


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the index as somebody with a database editor could."""
    with closing(sqlite3.connect(folder / index.NAME)) as connection, connection:
        connection.execute(statement, values)
    index.forget()
    memo.forget()


FOREIGN = {
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_bytes(b"no database"),
    "header only": lambda file: file.write_bytes(b"SQLite format 3\x00" + bytes(200)),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:5000]),
    "zeros inside": lambda file: file.write_bytes(file.read_bytes()[:4096] + bytes(file.stat().st_size - 4096)),
    "another table": lambda file: change(file.parent, "ALTER TABLE videos RENAME TO photos"),
    "other columns": lambda file: change(file.parent, "ALTER TABLE videos RENAME COLUMN layout TO picture"),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
    "a dangling link": lambda file: (file.unlink(), file.symlink_to("nowhere")),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_broken_or_foreign_index_does_no_harm(folder, kind):
    FOREIGN[kind](folder / index.NAME)
    index.forget()
    for name, count in (("a.mp4", 20), ("walk/b.avi", 30)):
        with open_video(folder / name) as video:
            assert (video.num_frames, video.fps, painting.read_number(video.frames([7])[0])) == (count, 25, 7)


def test_a_view_that_never_ends_is_not_asked(folder):
    change(folder, "DROP TABLE videos")
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS path, i AS size FROM n"
    change(folder, f"CREATE VIEW videos AS {endless}")
    assert index.look_up(folder / "a.mp4") is None


@pytest.mark.parametrize("value", [None, 7, "text", 2.5, b"", b"broken", bytes(40)])
@pytest.mark.parametrize("column", ["size", "mtime_ns", "content", "format", "layout"])
def test_a_broken_entry_does_no_harm(folder, column, value):
    change(folder, f"UPDATE videos SET {column} = ?", value)
    with open_video(folder / "a.mp4") as video:
        assert (video.num_frames, video.fps) == (20, 25)


def claim(folder: Path, *, sealed: bool, **claims: object) -> None:
    """Let the entry of a.mp4 say something else."""
    path = folder / "a.mp4"
    layout = dataclasses.replace(find_layout(path), **claims)
    if sealed:
        index.IndexWriter(folder).add([(path, path.stat(), index.content_hash(path), layout)])
    else:
        with closing(sqlite3.connect(folder / index.NAME)) as connection:
            (known,) = connection.execute("SELECT layout FROM videos WHERE path = 'a.mp4'").fetchone()
        change(folder, "UPDATE videos SET layout = ? WHERE path = 'a.mp4'", known[: index.SEAL] + pack(layout))
    index.forget()
    memo.forget()


def test_an_entry_that_says_something_else_is_not_believed(folder):
    for claims in ({"fps": 7.0}, {"num_frames": 19, "order": np.arange(19)}, {"coded_height": 32}):
        claim(folder, sealed=False, **claims)
        with open_video(folder / "a.mp4") as video:
            assert (video.num_frames, video.fps, video.height) == (20, 25, 64)


def test_an_entry_of_another_video_is_not_believed(folder):
    other = "(SELECT layout FROM videos WHERE path = 'walk/b.avi')"
    change(folder, f"UPDATE videos SET layout = {other} WHERE path = 'a.mp4'")
    assert index.look_up(folder / "a.mp4") is None and index.look_up(folder / "walk/b.avi") is not None


IMPLAUSIBLE = [
    {"num_frames": 0, "order": None},
    {"num_frames": 21},
    {"num_frames": 20.0},
    {"num_frames": True},
    {"fps": 0.0},
    {"fps": float("nan")},
    {"fps": float("inf")},
    {"fps": "25"},
    {"coded_width": 0},
    {"coded_width": 2**40},
    {"skippable": 1},
    {"order": np.arange(20) * 2},
    {"order": np.zeros(20, int)},
    {"order": np.arange(20) - 1},
    {"chained": np.zeros(3, bool)},
    {"entries": np.array([1]), "entry_frames": np.array([0])},
    {"entries": np.array([0, 5, 4]), "entry_frames": np.array([0, 5, 6])},
    {"entries": np.array([0, 5]), "entry_frames": np.array([0])},
    {"entries": np.array([0, 400]), "entry_frames": np.array([0, 5])},
    {"times": np.arange(20) * 1_000_000},
    {"times": np.arange(20)[::-1] * 40_000},
    {"times": np.arange(19) * 40_000},
]


@pytest.mark.parametrize("claims", IMPLAUSIBLE, ids=str)
def test_a_checksum_does_not_make_the_impossible_true(folder, claims):
    claim(folder, sealed=True, **claims)
    assert index.look_up(folder / "a.mp4") is None
    with open_video(folder / "a.mp4") as video:
        assert (video.num_frames, video.fps) == (20, 25)


@pytest.mark.parametrize(
    "stored",
    [
        {"codec": "no such codec"},
        {"setup": {"extradata": [1]}},
        {"offsets": np.arange(20) * 10**9},
        {"offsets": np.arange(20) - 5},
        {"sizes": np.zeros(20, int)},
        {"is_key": np.ones(3, bool)},
    ],
    ids=str,
)
def test_packets_lie_within_their_file(folder, stored):
    claim(folder, sealed=True, stored=dataclasses.replace(find_layout(folder / "a.mp4").stored, **stored))
    assert index.look_up(folder / "a.mp4") is None


def test_what_is_passed_over_is_remarked_upon_once(folder, monkeypatch):
    assert index.remarks(folder) == index.remarks(folder / "walk") == []
    monkeypatch.setattr(index, "FORMAT", "1 libavcodec 1")
    (remark,) = index.remarks(folder / "walk")
    assert remark.startswith(f"{folder / index.NAME} is passed over as a frame index (another version")
    (folder / index.NAME).write_bytes(b"no database")
    index.forget()
    assert "(file is not a database)" in index.remarks(folder)[0] and "--index" in index.remarks(folder)[0]


def test_an_index_is_not_made_over_what_is_none(folder, capsys):
    (folder / index.NAME).write_bytes(b"somebody's notes, and long enough to be looked at" * 99)
    with pytest.raises(UserError, match=r"is not a frame index .*; delete it to make one"):
        command.main([str(folder), "--index", str(folder), "--processes", "1"])
    assert capsys.readouterr().out == ""  # told before all the work


def test_names_that_are_not_utf8_are_kept(folder):
    path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mp4"))
    shutil.copy(folder / "a.mp4", path)
    build(folder)
    index.forget()
    assert index.look_up(path).num_frames == 20


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
from pyvideoai.video.layouts import index
from pyvideoai.video.layouts.find import find_layout
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
