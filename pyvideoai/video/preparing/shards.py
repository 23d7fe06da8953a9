"""Write a tarred folder (see `pyvideoai.tarred`): the files of a folder, as they are, in tar shards with an index.

A shard is written to a temporary name, flushed and renamed, and then its rows are added to the unfinished index, which
becomes the index when all is written. A killed run therefore goes on behind its last whole shard, and nobody reads an
unfinished folder.
"""

import hashlib
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from pyvideoai import tarred
from pyvideoai.errors import UserError, counted, printable
from pyvideoai.files import replacing
from pyvideoai.tarred.rows import INDEX, TABLES, UNFINISHED, Entry, is_inside
from pyvideoai.tarred.shard import BLOCK, SHARD, shard_name
from pyvideoai.video.preparing.sources import Source

LISTS = (".csv", ".txt", ".json")  # of the folder itself: split tables, class names, the manifest of prepared copies
CHUNK = 2**20
LARGEST = 8 * 2**30  # bytes of a file, exclusive: what the size in a tar's header can tell
END = bytes(2 * BLOCK)  # of a tar


def write_shards(
    sources: Sequence[Source], out: Path, shard_bytes: int, *, lists: Path | None, each: Callable[[int], object]
) -> tuple[int, int]:
    """Write the sources to shards in `out`; return how many files were written now, and how many shards there are.

    shard_bytes: a shard is closed when it has as many. lists: a folder whose own tables and lists are copied beside the
    shards. each: called with a number of files that are done. Raises UserError: a folder of images, a file that can't
    be read, that is 8 GiB or larger, or that lies outside of its dataset's root.
    """
    _refuse(sources)
    with _unfinished(out) as index:
        open_ = _still_open(index, out, sources)
        each(len(sources) - len(open_))
        for part in _parts(open_, shard_bytes):
            number = _next(index)
            entries, length = _write_shard(part, out / shard_name(number), number)
            with index:
                index.execute("INSERT INTO shards VALUES (?, ?)", (number, length))
                index.executemany(f"INSERT INTO files VALUES ({', '.join('?' * 9)})", (one.row() for one in entries))
            each(len(part))
        _make_folders(out, sources)
        if lists is not None:
            _copy_lists(lists, out)
        shards = index.execute("SELECT count(*) FROM shards").fetchone()[0]
    _flushed_rename(out / UNFINISHED, out / INDEX)
    tarred.forget()
    return len(open_), shards


def refuse_others_files(out: Path) -> None:
    """Raise UserError unless the folder is empty or has shards of ours: elsewhere nothing may be overwritten."""
    if (out / INDEX).exists() or (out / UNFINISHED).exists():
        return
    found = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    if found:
        raise UserError(f"--out {out}: it has {found[0]} in it, but no {INDEX}; give the shards a folder of their own")


def _refuse(sources: Sequence[Source]) -> None:
    for source in sources:
        if not is_inside(source.name):
            raise UserError(f"--shards: {printable(source.name)} lies outside of the root that videos are named from")
        if source.path.is_dir():
            raise UserError(f"--shards takes files; {source.path} is a folder of frames, which stay as they are")


@contextmanager
def _unfinished(out: Path) -> Iterator[sqlite3.Connection]:
    """Yield the unfinished index, which begins with what the finished one has; from then on there is only this one."""
    unfinished, index = out / UNFINISHED, out / INDEX
    if index.exists():
        # A copy: who reads the old index now goes on with it.
        with replacing(unfinished) as temporary:
            shutil.copyfile(index, temporary)
        index.unlink()
    tarred.forget()
    try:
        with closing(sqlite3.connect(unfinished)) as connection:
            for statement in TABLES:
                connection.execute(statement)
            yield connection
    except sqlite3.Error as error:
        raise UserError(f"{unfinished} is damaged ({error}); delete {out} to begin anew") from None


def _still_open(index: sqlite3.Connection, out: Path, sources: Sequence[Source]) -> list[Source]:
    """Return the sources that aren't written, or have changed since; drop the shards that hold the latter."""
    written = {os.fsdecode(row[0]): row[1:] for row in index.execute("SELECT path, shard, length, mtime_ns FROM files")}
    lengths = dict(index.execute("SELECT number, length FROM shards"))
    stale = {number for number, length in lengths.items() if not _has(out / shard_name(number), length)}
    for source in sources:
        if (row := written.get(source.name)) and row[1:] != _size_and_time(source):
            stale.add(row[0])
    lost = {name for name, row in written.items() if row[0] in stale} - {source.name for source in sources}
    if lost:
        raise UserError(
            f"{out}: {counted(len(lost), 'file')} would be lost with a shard that is to be written anew, such as "
            f"{min(lost)}; name all videos, or delete the folder"
        )
    with index:
        for number in stale:
            index.execute("DELETE FROM files WHERE shard = ?", (number,))
            index.execute("DELETE FROM shards WHERE number = ?", (number,))
    kept = {shard_name(number) for number in set(lengths) - stale}
    for path in out.iterdir():
        # Also a shard that a killed run had renamed, but not yet entered.
        if SHARD.fullmatch(path.name) and path.name not in kept:
            path.unlink()
    return [each for each in sources if each.name not in written or written[each.name][0] in stale]


def _has(path: Path, length: int) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == length


def _size_and_time(source: Source) -> tuple[int, int]:
    try:
        status = source.path.stat()
    except OSError as error:
        raise UserError(f"{source.path} can't be read: {error.strerror}") from None
    if status.st_size >= LARGEST:
        raise UserError(f"{source.path} has 8 GiB or more, too much for a shard")
    return status.st_size, status.st_mtime_ns


def _next(index: sqlite3.Connection) -> int:
    taken = {number for (number,) in index.execute("SELECT number FROM shards")}
    return next(number for number in range(len(taken) + 1) if number not in taken)


def _parts(sources: Sequence[Source], shard_bytes: int) -> Iterator[list[Source]]:
    """Yield the sources of a shard each, in their order; a file that is larger than a shard has one for itself."""
    part, total = [], 0
    for source in sources:
        size = _size_and_time(source)[0]
        if part and total + size > shard_bytes:
            yield part
            part, total = [], 0
        part.append(source)
        total += size
    if part:
        yield part


def _write_shard(sources: Sequence[Source], path: Path, number: int) -> tuple[list[Entry], int]:
    """Write one shard; return its rows, and its length in bytes."""
    with replacing(path) as temporary:
        try:
            with temporary.open("wb") as out:
                entries = [_write_file(source, out, number) for source in sources]
                out.write(END)
                length = out.tell()
        except OSError as error:
            raise UserError(f"{error.filename or path}: {error.strerror}") from None
    return entries, length


def _write_file(source: Source, out: IO[bytes], number: int) -> Entry:
    with source.path.open("rb") as file:
        status = os.fstat(file.fileno())
        info = tarfile.TarInfo(source.name)
        info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), 0o644
        # PAX: names of any length and script.
        out.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        offset, content = out.tell(), hashlib.blake2b(digest_size=16)
        while chunk := file.read(CHUNK):
            content.update(chunk)
            out.write(chunk)
    if out.tell() != offset + status.st_size:
        raise UserError(f"{source.path} was changed while it was read")
    out.write(bytes(-status.st_size % BLOCK))
    return Entry(
        source.name,
        number,
        offset,
        status.st_size,
        status.st_mtime_ns,
        content.hexdigest(),
        status.st_dev,
        status.st_ino,
    )


def _make_folders(out: Path, sources: Sequence[Source]) -> None:
    """Make the folders of the files, which stay empty: whoever asks whether there is such a folder finds it."""
    for folder in {Path(source.name).parent for source in sources}:
        (out / folder).mkdir(parents=True, exist_ok=True)


def _copy_lists(folder: Path, out: Path) -> None:
    """Copy tables and lists; those there may be links, and their content is copied."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in LISTS and path.is_file():
            with replacing(out / path.name) as temporary:
                shutil.copyfile(path, temporary)


def _flushed_rename(path: Path, to: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    path.replace(to)
