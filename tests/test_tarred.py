"""Tarred folders: any path below one is read where its content lies, and what somebody else's index says is checked."""

import os
import shutil
import sqlite3
import subprocess
import tarfile
from pathlib import Path

import pytest

from pyvideoai import tarred
from pyvideoai.annotations.presence import are_there, video_files
from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.errors import UserError
from pyvideoai.files import files_below
from pyvideoai.tarred.index import Tarred
from pyvideoai.tarred.rows import INDEX, Entry

NAMES = (
    "a/1.mp4",
    "a/with blank, 'quotes' and = signs.mp4",
    "b/跳躍/ǘ.mp4",
    f"{'/'.join(letter * 90 for letter in 'xyz')}/{'long' * 40}.mp4",
    f"c/{'n' * 240}.mp4",
)


@pytest.fixture
def original(tmp_path):
    for number, name in enumerate(NAMES):
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * (400_000 + number))
    (tmp_path / "videos/train.csv").write_text("video,label\n")
    (tmp_path / "videos/linked.mp4").symlink_to("a/1.mp4")
    return tmp_path / "videos"


@pytest.fixture
def folder(original):
    out = original.parent / "out"
    assert write(original, out) == 0
    return out


def write(original, out, *options):
    return prepare_command.main([str(original), "--out", str(out), "--shards", "--shard_mb", "1", *options])


def test_every_name_is_listed_and_read_as_if_the_file_was_there(original, folder):
    assert len(list(folder.glob("shard-*.tar"))) == 3
    expected = files_below(original)
    del expected["train.csv"]
    assert files_below(folder) == expected  # the same paths, in the same order, the same two of one file
    assert video_files(folder) == video_files(original)
    assert list(are_there(folder, [*NAMES, "a/2.mp4", "no/1.mp4"])) == [True] * len(NAMES) + [False, False]
    assert (folder / "train.csv").exists() and not any(path.suffix == ".mp4" for path in folder.rglob("*"))
    for name in NAMES:
        assert tarred.status_of(folder / name)[:2] == (
            (status := (original / name).stat()).st_size,
            status.st_mtime_ns,
        )
        with tarred.open_file(folder / name) as file:
            assert file.read() == (original / name).read_bytes()
            assert (file.seek(-3, 2), len(file.read(9)), file.read(1)) == (status.st_size - 3, 3, b"")
    assert tarred.find(folder / "a/2.mp4") is None and not tarred.is_there(folder / "a/2.mp4")


def test_tar_gives_the_files_back(original, folder, tmp_path):
    (tmp_path / "back").mkdir()
    for shard in sorted(folder.glob("*.tar")):
        subprocess.run(["tar", "-xf", shard, "-C", tmp_path / "back"], check=True)
    for name in NAMES:
        assert (tmp_path / "back" / name).read_bytes() == (original / name).read_bytes()


def test_one_file_stays_open_for_each_shard(folder):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    held = [tarred.find(folder / name) for name in NAMES for _ in range(5)]
    assert len({each.shard.file for each in held}) == 3
    assert len(os.listdir("/proc/self/fd")) <= before + 4  # noqa: PTH208 (the shards and the index)


def rewritten(folder: Path, name: str, **cells: object) -> None:
    """Put another row in the index, with a checksum that is right."""
    entry = Tarred(folder).entry(name)
    row = entry._replace(**cells).row()
    with sqlite3.connect(folder / INDEX) as index:
        index.execute("DELETE FROM files WHERE path = ?", (os.fsencode(name),))
        index.execute(f"INSERT INTO files VALUES ({', '.join('?' * 9)})", row)
    tarred.forget()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"offset": 2**40}, "can't be a file in shard-000000.tar"),
        ({"offset": -512}, "can't be a file in"),
        ({"offset": 0}, "can't be a file in"),
        ({"offset": 513}, "can't be a file in"),
        ({"length": 2**40}, "can't be a file in"),
        ({"length": 7}, "has no file of 7 bytes at"),
        ({"offset": 2048}, "has no file of 400000 bytes at 2048"),
        ({"shard": 77}, "names a shard 77"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(folder, cells, told):
    rewritten(folder, NAMES[0], **cells)
    with pytest.raises(UserError, match=told) as error:
        tarred.open_file(folder / NAMES[0])
    assert str(folder / INDEX) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside.mp4", "a/../../b.mp4", "./a.mp4", ""])
def test_a_path_that_leads_elsewhere_is_refused(folder, name):
    rewritten(folder, NAMES[0], path=name)
    with pytest.raises(UserError, match=r"shards\.sqlite is damaged .*is not a path below its folder"):
        files_below(folder)


def test_a_link_in_a_tar_is_refused(folder):
    """A hard or symbolic link has no content of its own: what its row would show are others' bytes."""
    path = folder / "shard-000000.tar"
    content = bytearray(path.read_bytes())
    offset = Tarred(folder).entry(NAMES[0]).offset
    content[offset - 512 + 156] = ord(tarfile.SYMTYPE)
    path.write_bytes(content)
    with pytest.raises(UserError, match="has no file of 400000 bytes"):
        tarred.find(folder / NAMES[0])


def test_a_shard_that_is_a_link_is_refused(folder, tmp_path):
    (folder / "shard-000000.tar").rename(tmp_path / "else.tar")
    (folder / "shard-000000.tar").symlink_to(tmp_path / "else.tar")
    with pytest.raises(UserError, match=r"shard-000000\.tar is a link"):
        tarred.find(folder / NAMES[0])


def test_a_shard_that_was_cut_off_or_is_gone_is_named(folder):
    path = folder / "shard-000000.tar"
    os.truncate(path, 1000)
    for look in (files_below, lambda folder: tarred.find(folder / NAMES[0])):
        with pytest.raises(UserError, match=r"shard-000000\.tar has 1000 bytes where shards\.sqlite says"):
            look(folder)
    path.unlink()
    for look in (files_below, lambda folder: tarred.find(folder / NAMES[0])):
        with pytest.raises(UserError, match=r"shard-000000\.tar is missing"):
            look(folder)


@pytest.mark.parametrize("how", ["text", "empty", "cut", "bits", "view", "version"])
def test_a_damaged_index_is_one_line(folder, how):
    path = folder / INDEX
    if how in ("view", "version"):
        with sqlite3.connect(path) as index:
            index.executescript(
                "PRAGMA user_version = 99"
                if how == "version"
                else "ALTER TABLE files RENAME TO others; CREATE VIEW files AS SELECT * FROM others"
            )
    else:
        content = path.read_bytes()
        at = content.index(b"a/1.mp4") + 30
        other = {"text": b"no index", "empty": b"", "cut": content[: len(content) // 2]}
        path.write_bytes(other.get(how, content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]))
    tarred.forget()
    with pytest.raises(UserError, match=r"shards\.sqlite is damaged \(.*\); delete it, and .*makes it anew"):
        files_below(folder)
        tarred.find(folder / NAMES[0])


def test_a_row_says_what_the_index_keeps():
    entry = Entry("a/\udcff.mp4", 0, 512, 1, 2, "00", 3, 4)
    assert entry.row()[0] == b"a/\xff.mp4"


def test_nearer_folders_count_and_others_are_read_as_ever(folder, tmp_path):
    shutil.copytree(folder, folder / "within")
    tarred.forget()
    assert tarred.find(folder / "within" / NAMES[0]).shard.path.parent == folder / "within"
    assert tarred.find(tmp_path / "videos" / NAMES[0]) is None
