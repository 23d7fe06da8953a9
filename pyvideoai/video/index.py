"""The frame index: the layouts of a folder's videos in one file, so that opening a video needs no look at its packets.

It lies in the folder (`.frame_index.sqlite`), or, where that can't be written, in the user's cache. Readers find it by
going up from a video; without it everything works, only slower. An entry counts as long as the video is the same file,
told by size and time of change, or else by its content. Several processes may build and read it at once.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path

from av import library_versions

from pyvideoai.video.layout import Layout
from pyvideoai.video.packing import pack, unpack

NAME = ".frame_index.sqlite"
HIGHEST = 6  # folders above a video's own that are searched
FORMAT = f"3 libavcodec {library_versions['libavcodec'][0]}"  # another libavcodec may decode differently
TABLE = "CREATE TABLE IF NOT EXISTS videos (path TEXT PRIMARY KEY, size, mtime_ns, content, format, layout)"
LONGEST_WAIT_S = 60  # for another process that writes
SHORTEST_WAIT_S = 0.2  # for a reader, who can do without


def content_hash(path: Path) -> str:
    """A hash of the whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def look_up(path: Path) -> Layout | None:
    """What an index knows of the video; None where there is none, or the video has changed since."""
    folder = path.absolute().parent
    for index in _indices_above(folder, os.getpid()):
        with suppress(sqlite3.Error, ValueError, KeyError, OSError):
            found = index.layout(path)
            if found is not None:
                return found
    return None


class FrameIndex:
    """The index of `folder`, open for reading; its videos are named relative to the folder."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder = folder
        uri = f"{file.absolute().as_uri()}?mode=ro"
        self.connection = sqlite3.connect(uri, uri=True, timeout=SHORTEST_WAIT_S, check_same_thread=False)

    def layout(self, path: Path) -> Layout | None:
        """The layout of a video that hasn't changed since; None where there is none."""
        query = "SELECT size, mtime_ns, content, layout FROM videos WHERE path = ? AND format = ?"
        row = self.connection.execute(query, (_name(self.folder, path), FORMAT)).fetchone()
        status = path.stat()
        if row is None or row[0] != status.st_size:
            return None
        same = row[1] == status.st_mtime_ns or row[2] == content_hash(path)
        return unpack(row[3]) if same and row[3] is not None else None


class IndexWriter:
    """Adds entries to the index of `folder`. Several may be at it at once, in this process and others."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder.absolute(), place(folder)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection, connection:
            connection.execute(TABLE)

    def add(self, entries: Iterable[tuple[Path, os.stat_result, str, Layout]]) -> None:
        """(video, its status from before it was looked at, hash of its content, layout); replaces what is there."""
        rows = [
            (_name(self.folder, path), status.st_size, status.st_mtime_ns, content, FORMAT, pack(layout))
            for path, status, content, layout in entries
        ]
        with closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO videos VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=LONGEST_WAIT_S)


def place(folder: Path) -> Path:
    """Where the index of a folder is or would be: in it, or in the user's cache if it can't be written."""
    inside = folder / NAME
    writable = os.access(folder, os.W_OK) and folder.stat().st_mode & 0o222  # root may write anywhere, and shouldn't
    return inside if inside.exists() or writable else _in_cache(folder)


def _in_cache(folder: Path) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 (never raises)
    name = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:24]
    return cache / "pyvideoai" / "frame_index" / f"{name}.sqlite"


@lru_cache(maxsize=4096)
def _indices_above(folder: Path, process: int) -> tuple[FrameIndex, ...]:
    """The indices for videos of a folder, the nearest first. Per process: a connection doesn't survive a fork."""
    return tuple(_existing([folder, *folder.parents][: HIGHEST + 1], process))


def _existing(folders: list[Path], process: int) -> Iterator[FrameIndex]:
    for folder in folders:
        index = _open(folder, process)
        if index is not None:
            yield index


@lru_cache(maxsize=4096)
def _open(folder: Path, process: int) -> FrameIndex | None:
    for file in (folder / NAME, _in_cache(folder)):
        with suppress(sqlite3.Error, OSError):
            if file.is_file():
                return FrameIndex(folder, file)
    return None


def _name(folder: Path, path: Path) -> str:
    return path.absolute().relative_to(folder.absolute()).as_posix()


def forget() -> None:
    """Look for indices anew: one may have been built since."""
    _indices_above.cache_clear()
    _open.cache_clear()
