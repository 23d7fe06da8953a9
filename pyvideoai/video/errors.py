"""What every reader raises for a file that it can't decode."""

from pathlib import Path

from pyvideoai.errors import UserError


class VideoError(UserError):
    """A video can't be decoded. One line: `path: reason`. Survives pickling, so that workers can hand it on."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(str(path), " ".join(reason.split()))

    @property
    def path(self) -> str:
        return self.args[0]

    @property
    def reason(self) -> str:
        return self.args[1]

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"
