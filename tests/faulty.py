"""Let the n-th call that changes the disk fail, or kill the process in it: writes (half done), flushes, renames, links.

`torch.save` writes files in C++; here it is given a file of Python's, so that its writes are seen too.
"""

import builtins
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

KILLED = 137
CALLS = ("fsync", "replace", "rename", "symlink", "unlink", "chmod")


class Faulty:
    """Count the calls that change the disk below `folder`; at the n-th one, call `fail`."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, n: int, fail: Callable[[], None]) -> None:
        self.folder, self.n, self.fail, self.calls = str(folder), n, fail, 0
        for name in CALLS:
            patch.setattr(os, name, self._counted(getattr(os, name)))
        patch.setattr(tempfile, "mkstemp", self._counted(tempfile.mkstemp, always=True))
        opened, saved = io.open, torch.save
        patch.setattr(io, "open", self._opened(opened))
        patch.setattr(builtins, "open", self._opened(opened))

        def save(content: Any, path: Any, **options: Any) -> None:
            if not isinstance(path, str | Path):
                return saved(content, path, **options)
            with io.open(path, "wb") as file:  # noqa: UP020  (the one that is counted)
                return saved(content, file, **options)

        patch.setattr(torch, "save", save)

    def count(self) -> bool:
        """Return whether the call that comes now is the n-th."""
        self.calls += 1
        return self.calls == self.n

    def _counted(self, call: Callable[..., Any], *, always: bool = False) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if (always or isinstance(arguments[0], int) or self.folder in str(arguments)) and self.count():
                self.fail()
            return call(*arguments, **options)

        return counted

    def _opened(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            file = call(path, mode, *arguments, **options)
            return HalfWritten(file, self) if self.folder in str(path) and set(mode) & set("wax") else file

        return opened


class HalfWritten:
    """A file of which the write that fails is half done."""

    def __init__(self, file: Any, faulty: Faulty) -> None:
        self.file, self.faulty = file, faulty

    def write(self, content: Any) -> int:
        if self.faulty.count():
            self.file.write(content[: len(content) // 2])
            self.file.flush()
            self.faulty.fail()
        return self.file.write(content)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __enter__(self) -> "HalfWritten":
        return self

    def __exit__(self, *exception: object) -> None:
        self.file.close()

    def __iter__(self) -> Any:
        return iter(self.file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def in_a_child(work: Callable[[], None]) -> int:
    """Do `work` in a forked process; return its exit code, minus a signal's number."""
    if (pid := os.fork()) == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
