"""Try again when the disk or share that a video lies on doesn't answer, a few times and not for ever."""

import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pyvideoai import tarred
from pyvideoai.faults import ABSENT_SHARE
from pyvideoai.video.errors import VideoError
from pyvideoai.video.pulse import beat

T = TypeVar("T")
PAUSES_S = (1, 4, 15)
PASSING = ABSENT_SHARE | {errno.EIO}
_out_of_reach: list[Path] = []  # the last video that all tries failed for, until another one can be opened


def reaching(path: Path, open_it: Callable[[], T]) -> T:
    """Return `open_it()`; try again if it fails while the file itself can't be read. Raises VideoError.

    Once all tries have failed for one video, the next ones are tried once only: a share that is gone for good must not
    cost 20 s for each of its videos.
    """
    for pause_s in () if _out_of_reach else PAUSES_S:
        try:
            return _noted(open_it())
        except VideoError as error:
            fault = unreadable(path, error)
            if fault is None:
                raise
            print(f"{path}: {fault}; trying again in {pause_s} s", file=sys.stderr, flush=True)
            beat()
            time.sleep(pause_s)
    try:
        return _noted(open_it())
    except VideoError as error:
        fault = unreadable(path, error)
        if fault is None:
            raise
        _out_of_reach[:] = [path]
        raise VideoError(path, f"its disk or share doesn't answer: {fault}") from None


def _noted(opened: T) -> T:
    _out_of_reach.clear()
    return opened


def unreadable(path: Path, error: BaseException | None) -> str | None:
    """Return the system's words if a file or folder can't be read just now, but perhaps a little later; else None.

    error: what opening it raised. libav's input/output errors don't count, which it also has for damaged files.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in ABSENT_SHARE:
            return error.strerror
        error = error.__cause__ or error.__context__
    try:
        if path.is_dir():
            os.scandir(path).close()
        elif tarred.is_file(path):
            with tarred.open_file(path) as file:
                file.read(1)
    except OSError as found:
        return found.strerror if found.errno in PASSING else None
    return None
