"""The index of a tarred folder: which file lies where in which shard."""

import os
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pyvideoai.errors import UserError, printable
from pyvideoai.program import typed
from pyvideoai.tarred.rows import COLUMNS, FORMAT, INDEX, Entry, entry_of, is_inside
from pyvideoai.tarred.shard import SHARD, Shard, TarredFile, fault, not_whole, shard_name

_BROKEN = (sqlite3.Error, ValueError, TypeError, LookupError, OverflowError)  # what a damaged index raises


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
        if wrong := fault(shard, entry):
            raise UserError(f"{self.index}: {printable(name)}: {wrong}")
        return TarredFile(shard, entry)

    def entry(self, name: str) -> Entry | None:
        """Return the row of a path. Raises UserError."""
        try:
            row = self.connection.execute(
                f"SELECT {COLUMNS} FROM files WHERE path = ?", (os.fsencode(name),)
            ).fetchone()
            return None if row is None else entry_of(row)
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
                f"SELECT {COLUMNS} FROM files WHERE {where} ORDER BY path", (first, last) if last else (first,)
            ):
                entry = entry_of(row)
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
                raise UserError(not_whole(path, path.stat().st_size, length))
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
