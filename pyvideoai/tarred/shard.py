"""A shard: a plain tar, and the files in it, which are read where they lie."""

import io
import os
import re
import stat
from pathlib import Path
from typing import NamedTuple
from weakref import finalize

from pyvideoai.errors import UserError
from pyvideoai.tarred.rows import INDEX, Entry

SHARD = re.compile(r"shard-[0-9]{6,9}\.tar")
BLOCK = 512  # bytes, of which a tar is made


def shard_name(number: int) -> str:
    """Return the name of a shard's file."""
    return f"shard-{number:06d}.tar"


class Status(NamedTuple):
    """Hold what `os.stat` says of a file: its size in bytes, and when it was changed."""

    st_size: int
    st_mtime_ns: int


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
            raise UserError(not_whole(path, status.st_size, length))

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


def fault(shard: Shard, entry: Entry) -> str:
    """Return why a row can't be true of its shard; "" if it can."""
    end, size = entry.offset + entry.length, os.fstat(shard.file).st_size
    if entry.offset < BLOCK or entry.length < 0 or entry.offset % BLOCK or end > size:
        return f"bytes {entry.offset} to {end} can't be a file in {shard.path.name}, which has {size} bytes"
    header = shard.read(entry.offset - BLOCK, BLOCK)
    if header[257:262] != b"ustar" or header[156:157] not in (b"0", b"\0") or _size_in(header) != entry.length:
        return f"{shard.path.name} has no file of {entry.length} bytes at {entry.offset}"
    return ""


def not_whole(path: Path, found: int, length: int) -> str:
    return f"{path} has {found} bytes where {INDEX} says {length}: it was cut off or changed; make the shards anew"


def _size_in(header: bytes) -> int:
    """Return the size that a tar's header tells in octal digits; -1 if it tells none."""
    try:
        return int(header[124:136].rstrip(b"\0 "), 8)
    except ValueError:
        return -1
