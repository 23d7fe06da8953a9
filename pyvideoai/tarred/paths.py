"""Paths below a tarred folder: opened, listed and asked for their size as if the files themselves were there."""

import io
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from pyvideoai.errors import UserError
from pyvideoai.program import typed
from pyvideoai.tarred.index import Tarred
from pyvideoai.tarred.rows import INDEX, UNFINISHED
from pyvideoai.tarred.shard import Status, TarredFile


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
