"""Keep two processes out of one version of a run: a lock that ends with its process, however that ends.

The lock is a POSIX record lock on `<version>/.lock`. Child processes don't inherit it (`flock` would let a worker that
outlives its parent keep it), and Linux sends it to the server on NFS. The file stays; it says who holds the lock.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from pyvideoai.errors import UserError

NAME = ".lock"
HELD = (errno.EACCES, errno.EAGAIN)  # POSIX leaves it to the system which of them means "somebody else has it"
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)  # what file systems without locks answer


class Lock:
    """Hold a version's folder for this process, from `take` to `release`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: TextIO | None = None

    def take(self, say: Callable[[str], None] = lambda line: None) -> None:
        """Take the lock. Raises UserError that names the process which has it.

        say: gets a line where the file system knows no locks; the run then goes on without one.
        """
        # a+ makes the file if it is missing and, unlike w, doesn't empty it before the lock is held.
        file = (self.folder / NAME).open("a+", encoding="utf-8")
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            told = _holder(file)
            file.close()
            if error.errno in HELD:
                raise UserError(f"{self.folder} is being trained by {told}; wait for it, or stop it") from None
            if error.errno not in NO_LOCKS:
                raise
            say(f"WARNING: {self.folder} can't be locked ({error.strerror}): start no second process in it")
            return
        _write_holder(file)
        self._file = file

    def release(self) -> None:
        """Give the lock back; do nothing if it isn't held."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
        self._file = None


def holder(folder: Path) -> str | None:
    """Return who holds a version's folder, in words; None for nobody. Nothing is written.

    Where the file system knows no locks, and a run has left its name, that run counts as going on.
    """
    try:
        # Not for the process that holds the lock: when it closes any handle of the file, POSIX drops its locks.
        file = (folder / NAME).open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        try:
            # Shared, which a file that is open for reading may ask for: it is refused only while a run has the lock.
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (*HELD, *NO_LOCKS):
                raise
            return _holder(file) if error.errno in HELD or file.read(1) else None
    return None


def _write_holder(file: TextIO) -> None:
    file.truncate(0)
    known = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
    file.write(json.dumps(known) + "\n")
    file.flush()


def _holder(file: TextIO) -> str:
    """Return who has the lock, in words; a holder that has only just begun has written nothing yet."""
    try:
        file.seek(0)
        known = json.loads(file.read(1000))
        return f"process {known['pid']} on {known['host']} since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
