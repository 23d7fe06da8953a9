"""One process in a version at a time; a lock ends with its process, however that ends."""

import errno
import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pyvideoai.errors import UserError
from pyvideoai.lock import Lock, holder


def child(work: Callable[[], object]) -> int:
    """Fork a process that does `work`, says so, and waits to be killed. Return its number once it has done it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os.write(writer, b"x")
            signal.pause()
        finally:
            os._exit(1)
    os.close(writer)
    assert os.read(reader, 1) == b"x"
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_second_process_is_told_who_has_the_folder_and_a_kill_frees_it(tmp_path):
    holder = child(Lock(tmp_path).take)
    try:
        with pytest.raises(
            UserError, match=rf"{tmp_path} is being trained by process {holder} on \S+ since 20\d\d-"
        ) as error:
            Lock(tmp_path).take()
        assert "\n" not in str(error.value)
    finally:
        kill(holder)
    Lock(tmp_path).take()


def test_a_worker_that_outlives_its_parent_keeps_nothing(tmp_path):
    workers = tmp_path / "worker"

    def hold_and_fork() -> None:
        lock = Lock(tmp_path)  # alive as long as its process
        lock.take()
        workers.write_text(str(child(lambda: None)))

    holder = child(hold_and_fork)
    kill(holder)
    lock = Lock(tmp_path)
    try:
        lock.take()
    finally:
        os.kill(int(workers.read_text()), signal.SIGKILL)


def test_a_lock_that_was_given_back_says_nothing_of_anybody(tmp_path):
    lock = Lock(tmp_path)
    lock.take()
    lock.release()
    lock.release()
    assert (tmp_path / ".lock").read_text() == ""
    kill(child(Lock(tmp_path).take))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 3}', "x" * 2000])
def test_a_holder_that_cannot_be_read_is_another_process(tmp_path, content):
    holder = child(Lock(tmp_path).take)
    try:
        Path(tmp_path, ".lock").write_text(content)
        with pytest.raises(UserError, match="is being trained by another process"):
            Lock(tmp_path).take()
    finally:
        kill(holder)


def test_a_disk_without_locks_is_said_and_goes_on(tmp_path, monkeypatch):
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    said: list[str] = []
    Lock(tmp_path).take(said.append)
    assert said == [f"WARNING: {tmp_path} can't be locked (No locks available): start no second process in it"]


def test_who_has_a_folder_is_told_where_nothing_may_be_written(tmp_path, monkeypatch):
    usual = Path.open

    def read_only(path: Path, mode: str = "r", **others: object):
        if set(mode) & set("wa+x"):
            raise OSError(errno.EROFS, "Read-only file system")
        return usual(path, mode, **others)

    training = child(Lock(tmp_path).take)
    monkeypatch.setattr(Path, "open", read_only)
    try:
        assert holder(tmp_path).startswith(f"process {training} on ")
    finally:
        kill(training)
    assert holder(tmp_path) is None
