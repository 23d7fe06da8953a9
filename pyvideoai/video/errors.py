"""The error that every reader raises for a file that it can't decode."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyvideoai.errors import UserError, printable


class VideoError(UserError):
    """A video can't be decoded. One line: `path: reason`. It survives pickling, so that workers can pass it on."""

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


class PromiseBrokenError(VideoError):
    """Decoding gives other frames than a file's packets promise. By now its layout is known: open it once more."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn any exception of a reader into a VideoError: one strange file among thousands must not end the work.

    An unexpected one is our bug; `--debug` shows its traceback.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        text = f"unexpected {type(error).__name__}: {error} (--debug shows where)"
        raise VideoError(path, text) from error
