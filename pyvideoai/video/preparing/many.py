"""Copy many videos in several processes; keep what an earlier run has finished."""

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from pyvideoai.errors import UserError, counted
from pyvideoai.program import typed
from pyvideoai.tarred.rows import INDEX, UNFINISHED
from pyvideoai.video.pool import run_all
from pyvideoai.video.preparing import manifest
from pyvideoai.video.preparing.manifest import Row
from pyvideoai.video.preparing.one import prepare, remove
from pyvideoai.video.preparing.settings import Settings
from pyvideoai.video.preparing.shards import refuse_others_files
from pyvideoai.video.preparing.sources import Source, copy_names, is_unchanged, refuse_inside

SAVE_PERIOD_S = 20.0
LOCK = ".prepare.lock"


class Preparation:
    """Make the copies of these videos in `out`. Raises UserError if `out` holds copies with other settings."""

    def __init__(self, sources: Sequence[Source], out: Path, settings: Settings) -> None:
        self.sources, self.out, self.settings = {each.name: each for each in sources}, out, settings
        refuse_inside(sources, out)
        self.rows = manifest.read(out)
        names = copy_names(sorted({*self.rows, *self.sources}), jpeg=settings.jpeg is not None)
        self.names = {name: names[name] for name in self.sources}
        self._refuse_mixed()
        self.open = [each for each in self.sources.values() if not self._is_done(each)]

    def run(self, processes: int, *, each: Callable[[Row], None]) -> list[Row]:
        """Make the copies that are missing; return the rows of all requested videos. each: called with every new row.

        The manifest is written every few seconds and at the end, also after an error or an interrupt.
        """
        tasks = [(source, self.names[source.name]) for source in self.open]
        work, saved = partial(prepare, out=self.out, settings=self.settings), time.monotonic()
        try:
            crashed = partial(_crashed, settings=self.settings)
            with closing(run_all(tasks, work, processes, crashed=crashed)) as made:
                for row in made:
                    self.rows[row.video] = row
                    each(row)
                    if time.monotonic() - saved > SAVE_PERIOD_S:
                        manifest.write(self.out, self.rows.values())
                        saved = time.monotonic()
        finally:
            manifest.write(self.out, self.rows.values())
        return [self.rows[name] for name in self.sources]

    def _is_done(self, source: Source) -> bool:
        """Return whether there is a whole copy of this very file, made with these settings."""
        row, path = self.rows.get(source.name), self.out / self.names[source.name]
        if row is None or row.reason or (row.copy, row.settings) != (self.names[source.name], self.settings.text):
            return False
        is_whole = path.is_dir() or (path.is_file() and path.stat().st_size == row.bytes)
        return is_whole and is_unchanged(source.path, (row.source_bytes, row.source_mtime_ns, row.source_hash))

    def _refuse_mixed(self) -> None:
        others = [row.settings for row in self.rows.values() if row.settings != self.settings.text]
        if others:
            raise UserError(
                f"--out {self.out} holds {counted(len(others), 'video')} prepared with {others[0]}: "
                "give these options, or another --out"
            )


@contextmanager
def alone_in(out: Path, *, shards: bool = False) -> Iterator[None]:
    """Make the folder, keep other processes out of it, and remove what a killed run has left half-written.

    shards: whether it is for shards, and not for copies.
    Raises UserError, and changes nothing, if something else lies in it or another process works there.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (refuse_others_files if shards else _refuse_others_files)(out)
        file = (out / LOCK).open("w")
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"--out {out}: another {typed('prepare-videos')} is at work in this folder") from None
        if not shards and not (out / manifest.NAME).exists():
            manifest.write(out, [])  # from the start, for it tells a folder of copies from others
        _clear(out)
        try:
            yield
        finally:
            _clear(out)


def _clear(out: Path) -> None:
    for left in out.rglob(".*.tmp"):
        remove(left)


def _refuse_others_files(out: Path) -> None:
    """Raise UserError unless the folder is empty or has a manifest of ours: elsewhere nothing may be overwritten."""
    if (out / INDEX).exists() or (out / UNFINISHED).exists():
        raise UserError(f"--out {out} holds shards; give the copies a folder of their own")
    if (out / manifest.NAME).exists():
        manifest.read(out)
        return
    found = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    if found:
        raise UserError(
            f"--out {out}: it has {found[0]} in it, but no {manifest.NAME}; give the copies a folder of their own"
        )


def _crashed(source: Source, copy: str, settings: Settings) -> Row:
    return Row(source.name, copy, settings.text, reason="decoding it crashes libav")
