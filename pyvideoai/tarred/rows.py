"""What the index says of each file: one row, with a checksum of its own."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from pyvideoai.errors import printable

INDEX = "shards.sqlite"
UNFINISHED = ".shards.unfinished.sqlite"  # the index while shards are written
FORMAT = 1
COLUMNS = "path, shard, offset, length, mtime_ns, content, device, inode, seal"
TABLES = (
    "CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, shard INTEGER, offset INTEGER, length INTEGER, "
    "mtime_ns INTEGER, content TEXT, device INTEGER, inode INTEGER, seal BLOB) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS shards (number INTEGER PRIMARY KEY, length INTEGER)",
    f"PRAGMA user_version = {FORMAT}",
)


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


def entry_of(row: tuple) -> Entry:
    """Return a row of the index. Raises ValueError if it isn't what was written."""
    *cells, seal = row
    if seal != _seal(tuple(cells)):
        raise ValueError(f"the checksum of its row of {printable(os.fsdecode(cells[0]))} is wrong")
    return Entry(os.fsdecode(cells[0]), *cells[1:])


def is_inside(name: str) -> bool:
    """Return whether a path leads from a folder to something below it: not absolute, and without `..`."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and path.as_posix() == name


def _seal(cells: Iterable[object]) -> bytes:
    return hashlib.blake2b(repr(tuple(cells)).encode(), digest_size=16).digest()
