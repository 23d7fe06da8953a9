"""Read a tarred folder: its files lie in plain tar shards, at places that an index names, and are read from there.

`tools/prepare_videos.py --shards` writes one: `shard-000000.tar`, ..., and `shards.sqlite`, which says for each path
where its content begins in which shard. A path below such a folder is opened, listed and asked for its size as if the
file itself was there. Folders below it are real and empty.

An index or a tar may come from somebody else: a row counts only if its checksum is right, if it lies within a shard
beside the index, and if the tar's own header there is that of a plain file of the same size.
"""

import hashlib
import io
import os
import re
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from weakref import finalize

from pyvideoai.errors import UserError, printable
from pyvideoai.program import typed

INDEX = "shards.sqlite"
UNFINISHED = ".shards.unfinished.sqlite"  # the index while shards are written
SHARD = re.compile(r"shard-[0-9]{6,9}\.tar")
FORMAT = 1
BLOCK = 512  # bytes, of which a tar is made
_FILES = "path, shard, offset, length, mtime_ns, content, device, inode, seal"
TABLES = (
    "CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, shard INTEGER, offset INTEGER, length INTEGER, "
    "mtime_ns INTEGER, content TEXT, device INTEGER, inode INTEGER, seal BLOB) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS shards (number INTEGER PRIMARY KEY, length INTEGER)",
    f"PRAGMA user_version = {FORMAT}",
)
_BROKEN = (sqlite3.Error, ValueError, TypeError, LookupError, OverflowError)  # what a damaged index raises


class Status(NamedTuple):
    """Hold what `os.stat` says of a file: its size in bytes, and when it was changed."""

    st_size: int
    st_mtime_ns: int


class Entry(NamedTuple):
    """Hold a row of the index. path: from the tarred folder. offset, length: of the content, in bytes of the shard.

    mtime_ns, device, inode: of the original. content: blake2b of the content, 16 bytes in hexadecimal.
    """

    path: str
    shard: int
    offset: int
    length: int
    mtime_ns: int
    content: str
    device: int
    inode: int

    def row(self) -> tuple[object, ...]:
        """Return the row as the index keeps it, with its checksum."""
        cells = (os.fsencode(self.path), *self[1:])
        return (*cells, _seal(cells))


def shard_name(number: int) -> str:
    """Return the name of a shard's file."""
    return f"shard-{number:06d}.tar"


def is_inside(name: str) -> bool:
    """Return whether a path leads from a folder to something below it: not absolute, and without `..`."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and path.as_posix() == name


class Shard:
    """Keep one tar open for reading; it is closed when nobody holds it any more. Raises UserError if it isn't whole."""

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        try:
            self.file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise UserError(f"{path} is missing, which {INDEX} beside it names") from None
        except OSError as error:
            if path.is_symlink():
                raise UserError(f"{path} is a link; a shard must be a file beside {INDEX}") from None
            raise error
        self._close = finalize(self, os.close, self.file)
        status = os.fstat(self.file)
        if not stat.S_ISREG(status.st_mode) or status.st_size != length:
            raise UserError(_not_whole(path, status.st_size, length))

    def read(self, offset: int, length: int) -> bytes:
        """Return these bytes; fewer if the file ends."""
        return os.pread(self.file, length, offset)


class TarredFile:
    """Name a file in a shard; `offset` is where its content begins there."""

    def __init__(self, shard: Shard, entry: Entry) -> None:
        self.shard, self.entry, self.offset = shard, entry, entry.offset

    @property
    def status(self) -> Status:
        return Status(self.entry.length, self.entry.mtime_ns)

    def open(self, name: str) -> "TarredContent":
        """Return the content as a file that is open for reading."""
        return TarredContent(self, name)


class TarredContent(io.RawIOBase):
    """Read a file's content in its shard. name: what libav goes by, besides the content."""

    SIZE_ONLY = 0x10000  # libav's AVSEEK_SIZE

    def __init__(self, file: TarredFile, name: str) -> None:
        self.file, self.name, self.length, self.at = file, name, file.entry.length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: "memoryview") -> int:
        wanted = memoryview(buffer)
        wanted = wanted[: max(min(len(wanted), self.length - self.at), 0)]
        count = os.preadv(self.file.shard.file, [wanted], self.file.offset + self.at) if len(wanted) else 0
        self.at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == self.SIZE_ONLY:
            return self.length
        self.at = max({os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.length}[whence] + offset, 0)
        return self.at


class Tarred:
    """Look up the files of a tarred folder. Raises UserError if its index can't be used."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.index, self._are_whole = folder, folder / INDEX, False
        # Nobody changes an index in place, so no lock is needed, which some shares don't have.
        uri = f"{self.index.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            self.connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self.connection.execute("PRAGMA trusted_schema = OFF")
            kinds = dict(self.connection.execute("SELECT name, type FROM sqlite_master"))
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            # A view may take any time to read.
            if (kinds.get("files"), kinds.get("shards"), version) != ("table", "table", FORMAT):
                raise ValueError("it isn't an index of shards, or one of another version of PyVideoAI")
            self._shard = lru_cache(maxsize=128)(self._opened)
        except _BROKEN as error:
            raise self._damaged(error) from None

    def find(self, name: str) -> TarredFile | None:
        """Return the file of a path from this folder; None if the index doesn't name it. Raises UserError."""
        entry = self.entry(name)
        if entry is None:
            return None
        shard = self._shard(entry.shard)
        if fault := _fault(shard, entry):
            raise UserError(f"{self.index}: {printable(name)}: {fault}")
        return TarredFile(shard, entry)

    def entry(self, name: str) -> Entry | None:
        """Return the row of a path. Raises UserError."""
        try:
            row = self.connection.execute(f"SELECT {_FILES} FROM files WHERE path = ?", (os.fsencode(name),)).fetchone()
            return None if row is None else _checked(row)
        except _BROKEN as error:
            raise self._damaged(error) from None

    def entries(self, below: str = "") -> Iterator[Entry]:
        """Yield all rows whose path begins with `below`, in the order of their bytes.

        Raises UserError, also for a path that leads elsewhere.
        """
        first = os.fsencode(below)
        # The first path after those that begin with it; an empty one has none.
        last = first[:-1] + bytes([first[-1] + 1]) if first else None
        where = "path >= ? AND path < ?" if last else "path >= ?"
        try:
            for row in self.connection.execute(
                f"SELECT {_FILES} FROM files WHERE {where} ORDER BY path", (first, last) if last else (first,)
            ):
                entry = _checked(row)
                if not is_inside(entry.path):
                    raise ValueError(f"{printable(entry.path)!r} is not a path below its folder")
                yield entry
        except _BROKEN as error:
            raise self._damaged(error) from None

    def check_shards(self) -> None:
        """Raise UserError unless every shard is there and has its length; they are looked at once."""
        if self._are_whole:
            return
        try:
            shards = self.connection.execute("SELECT number, length FROM shards").fetchall()
        except _BROKEN as error:
            raise self._damaged(error) from None
        for number, length in shards:
            path = self.folder / shard_name(number)
            if not path.is_file():
                raise UserError(f"{path} is missing, which {INDEX} beside it names")
            if path.stat().st_size != length:
                raise UserError(_not_whole(path, path.stat().st_size, length))
        self._are_whole = True

    def _opened(self, number: int) -> Shard:
        row = self.connection.execute("SELECT length FROM shards WHERE number = ?", (number,)).fetchone()
        if row is None or not SHARD.fullmatch(shard_name(number)):
            raise UserError(f"{self.index} names a shard {number}, which it doesn't describe")
        return Shard(self.folder / shard_name(number), row[0])

    def _damaged(self, error: Exception) -> UserError:
        return UserError(
            f"{self.index} is damaged ({error}); delete it, and {typed('prepare-videos')} ... --out {self.folder} "
            "--shards makes it anew"
        )


def find(path: Path) -> TarredFile | None:
    """Return where a path's content lies if it is in a tarred folder, else None. Raises UserError."""
    absolute = path.absolute()
    tarred = _tarred_above(absolute.parent, os.getpid())
    return None if tarred is None else tarred.find(absolute.relative_to(tarred.folder).as_posix())


def is_file(path: Path) -> bool:
    """Return whether there is a file, by itself or in a shard."""
    return find(path) is not None or path.is_file()


def is_there(path: Path) -> bool:
    """Return whether there is a file, by itself or in a shard, or a folder."""
    return find(path) is not None or path.exists()


def status_of(path: Path) -> Status | os.stat_result:
    """Return size and time of change of a file, by itself or in a shard. Raises OSError."""
    found = find(path)
    return path.stat() if found is None else found.status


def open_file(path: Path) -> io.RawIOBase:
    """Open a file, by itself or in a shard, for reading. Raises OSError."""
    found = find(path)
    return path.open("rb", buffering=0) if found is None else found.open(str(path))


def entries_below(folder: Path) -> dict[str, tuple[int, int]] | None:
    """Return the files below a folder that lie in shards: their paths from it and the (device, inode) of the originals.

    None if the folder isn't tarred, nor below a tarred one. All shards are looked for. Raises UserError.
    """
    place = _place(folder)
    if place is None:
        return None
    tarred, below = place
    tarred.check_shards()
    return {entry.path[len(below) :]: (entry.device, entry.inode) for entry in tarred.entries(below)}


def names_in(folder: Path) -> set[str]:
    """Return the names of the files directly in a folder that lie in shards."""
    return {name for name in entries_below(folder) or () if "/" not in name}


def _place(folder: Path) -> tuple[Tarred, str] | None:
    """Return the tarred folder above (or at) a folder, and what all paths below the folder begin with there."""
    absolute = folder.absolute()
    tarred = _tarred_above(absolute, os.getpid())
    if tarred is None:
        return None
    return tarred, "" if absolute == tarred.folder else f"{absolute.relative_to(tarred.folder).as_posix()}/"


@lru_cache(maxsize=4096)
def _tarred_above(folder: Path, process: int) -> Tarred | None:
    """Return the nearest tarred folder at or above a folder. process: a connection doesn't survive a fork."""
    with suppress(OSError):
        if (folder / INDEX).is_file():
            return Tarred(folder)
        if (folder / UNFINISHED).is_file():
            raise UserError(
                f"{folder}: its shards are unfinished; {typed('prepare-videos')} ... --out {folder} --shards, called "
                "again, goes on"
            )
    return None if folder.parent == folder else _tarred_above(folder.parent, process)


def forget() -> None:
    """Look for indices again: one may have been written since."""
    _tarred_above.cache_clear()


def _checked(row: tuple) -> Entry:
    """Return a row of the index. Raises ValueError if it isn't what was written."""
    *cells, seal = row
    if seal != _seal(tuple(cells)):
        raise ValueError(f"the checksum of its row of {printable(os.fsdecode(cells[0]))} is wrong")
    return Entry(os.fsdecode(cells[0]), *cells[1:])


def _seal(cells: Iterable[object]) -> bytes:
    return hashlib.blake2b(repr(tuple(cells)).encode(), digest_size=16).digest()


def _fault(shard: Shard, entry: Entry) -> str:
    """Return why a row can't be true of its shard; "" if it can."""
    end, size = entry.offset + entry.length, os.fstat(shard.file).st_size
    if entry.offset < BLOCK or entry.length < 0 or entry.offset % BLOCK or end > size:
        return f"bytes {entry.offset} to {end} are none of a file in {shard.path.name}, which has {size}"
    header = shard.read(entry.offset - BLOCK, BLOCK)
    if header[257:262] != b"ustar" or header[156:157] not in (b"0", b"\0") or _size_in(header) != entry.length:
        return f"{shard.path.name} has no file of {entry.length} bytes at {entry.offset}"
    return ""


def _size_in(header: bytes) -> int:
    """Return the size that a tar's header tells in octal digits; -1 if it tells none."""
    try:
        return int(header[124:136].rstrip(b"\0 "), 8)
    except ValueError:
        return -1


def _not_whole(path: Path, found: int, length: int) -> str:
    return f"{path} has {found} bytes where {INDEX} says {length}: it was cut off or changed; make the shards anew"
