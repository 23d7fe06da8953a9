"""What every reader raises for a file that it can't decode."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyvideoai.errors import UserError, printable


class VideoError(UserError):
    """A video can't be decoded. One line: `path: reason`. Survives pickling, so that workers can hand it on."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(str(path), printable(" ".join(reason.split())))

    @property
    def path(self) -> str:
        return self.args[0]

    @property
    def reason(self) -> str:
        return self.args[1]

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn whatever a reader trips over into a VideoError: one strange file among thousands must not end the work.

    The error that it is raised from is ours to mend; `--debug` shows it.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        text = f"unexpected {type(error).__name__}: {error} (--debug shows where)"
        raise VideoError(path, text) from error
