"""The frame index: the layouts of a folder's videos in one file, so that opening a video needn't look at its packets.

It lies in the folder (`.frame_index.sqlite`) or, if that can't be written, in the user's cache. Readers search for it
from a video's folder upwards; without it everything works, only slower. An entry is used if the video is still the same
file (by size and time of change, or else by its content), if its checksum is right, and if it can be true of the file.
Any other file of that name is ignored. Several processes may build and read it at once.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path

from av import library_versions

from pyvideoai import tarred
from pyvideoai.errors import UserError
from pyvideoai.files import user_cache
from pyvideoai.program import typed
from pyvideoai.video.layouts.layout import Layout
from pyvideoai.video.layouts.packing import pack, unpack
from pyvideoai.video.layouts.plausible import refuse_implausible

NAME = ".frame_index.sqlite"
HIGHEST = 6  # folders above a video's own that are searched
FORMAT = f"4 libavcodec {library_versions['libavcodec'][0]}"  # another libavcodec may decode differently
TABLE = "CREATE TABLE IF NOT EXISTS videos (path TEXT PRIMARY KEY, size, mtime_ns, content, format, layout)"
SEAL = 16  # bytes of checksum before each layout
UNUSABLE = (sqlite3.Error, ValueError, TypeError, LookupError, OverflowError, OSError)  # what broken entries raise
LONGEST_WAIT_S = 60  # for another process that writes
SHORTEST_WAIT_S = 0.2  # for a reader, who can do without


def content_hash(path: Path) -> str:
    """Return a hash of the whole file."""
    with tarred.open_file(path) as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def look_up(path: Path) -> Layout | None:
    """Return what an index knows of the video; None if nothing, or if the video has changed since."""
    folder = path.absolute().parent
    for index in _indices_above(folder, os.getpid()):
        with suppress(*UNUSABLE):
            found = index.layout(path)
            if found is not None:
                return found
    return None


class FrameIndex:
    """Read the index of `folder`; its videos are named relative to the folder."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder, self.file = folder, file
        uri = f"{file.absolute().as_uri()}?mode=ro"
        self.connection = sqlite3.connect(uri, uri=True, timeout=SHORTEST_WAIT_S, check_same_thread=False)
        self.connection.execute("PRAGMA trusted_schema = OFF")

    def layout(self, path: Path) -> Layout | None:
        """Return the kept layout of a video; None if the video is unknown or has changed since."""
        if not self._has_table():
            return None
        query = "SELECT path, size, mtime_ns, content, format, layout FROM videos WHERE path = ? AND format = ?"
        row = self.connection.execute(query, (_name(self.folder, path), FORMAT)).fetchone()
        status = tarred.status_of(path)
        if row is None or row[1] != status.st_size or _sealed(*row[:-1], row[-1][SEAL:]) != row[-1]:
            return None
        if row[2] != status.st_mtime_ns and row[3] != content_hash(path):
            return None
        layout = unpack(row[-1][SEAL:])
        refuse_implausible(layout, status.st_size)
        return layout

    def fault(self) -> str:
        """Return why nothing can be looked up in the index; "" if it can, or if another process is writing it."""
        try:
            if not self._has_table():
                return "it has no table of videos"
            known = self.connection.execute("SELECT 1 FROM videos WHERE format = ? LIMIT 1", (FORMAT,)).fetchone()
            some = known or self.connection.execute("SELECT 1 FROM videos LIMIT 1").fetchone()
        except sqlite3.Error as error:
            return "" if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY else str(error)
        return "another version of PyVideoAI or libav wrote it" if some and not known else ""

    def _has_table(self) -> bool:
        """Return whether there is a table `videos`, and not a view: a foreign view may take any time to read."""
        return self.connection.execute("SELECT type FROM sqlite_master WHERE name = 'videos'").fetchone() == ("table",)


class IndexWriter:
    """Add entries to the index of `folder`. Several writers may work at once, in this process and others.

    Raises UserError if the file there is not an index.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder.absolute(), place(folder)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(self._connect()) as connection, connection:
                connection.execute(TABLE)
                connection.execute("SELECT path, size, mtime_ns, content, format, layout FROM videos LIMIT 1")
        except sqlite3.Error as error:
            raise UserError(f"{self.file} is not a frame index ({error}); delete it to make one") from None

    def add(self, entries: Iterable[tuple[Path, tarred.Status | os.stat_result, str, Layout]]) -> None:
        """Add entries, replacing earlier ones: (video, its status from before it was read, content hash, layout)."""
        keys = [
            (_name(self.folder, path), status.st_size, status.st_mtime_ns, content, FORMAT, layout)
            for path, status, content, layout in entries
        ]
        rows = [(*key, _sealed(*key, pack(layout))) for *key, layout in keys]
        with closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO videos VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=LONGEST_WAIT_S)


def _sealed(path: str | bytes, size: int, mtime_ns: int, content: str, version: str, packed: bytes) -> bytes:
    """Return a packed layout behind a checksum of the whole entry."""
    entry = repr((path, size, mtime_ns, content, version)).encode() + packed
    return hashlib.blake2b(entry, digest_size=SEAL).digest() + packed


def remarks(folder: Path) -> list[str]:
    """Return a line for each index that can't be used although videos under `folder` would be looked up in it."""
    return [
        f"{index.file} is passed over as a frame index ({fault}): opening a video takes longer; "
        f"delete it, and {typed('check-videos')} {index.folder} --index {index.folder} makes it anew"
        for index in _existing([folder.absolute(), *folder.absolute().parents][: HIGHEST + 1], os.getpid())
        if (fault := index.fault())
    ]


def place(folder: Path) -> Path:
    """Return where the index of a folder is or would be: in it, or in the user's cache if it can't be written."""
    inside = folder / NAME
    writable = os.access(folder, os.W_OK) and folder.stat().st_mode & 0o222  # root may write anywhere, and shouldn't
    return inside if inside.exists() or writable else _in_cache(folder)


def _in_cache(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:24]
    return user_cache() / "frame_index" / f"{name}.sqlite"


@lru_cache(maxsize=4096)
def _indices_above(folder: Path, process: int) -> tuple[FrameIndex, ...]:
    """Return the indices for videos of a folder, the nearest first. process: a connection doesn't survive a fork."""
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


def _name(folder: Path, path: Path) -> str | bytes:
    """Return a video's name in the index; bytes if it isn't UTF-8, which SQLite's text must be."""
    name = path.absolute().relative_to(folder.absolute()).as_posix()
    return name if name.isascii() or not any("\ud800" <= each <= "\udfff" for each in name) else os.fsencode(name)


def forget() -> None:
    """Look for indices again: one may have been built since."""
    _indices_above.cache_clear()
    _open.cache_clear()
