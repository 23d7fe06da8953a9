"""Report a mistake in a config as one line that begins with its place: file and line, or the --set option."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyvideoai.errors import UserError, nearest


class ConfigError(UserError):
    """A config or an override says something that the contract does not allow."""


@dataclass(frozen=True)
class Place:
    """Name where something was written: a file (as messages call it) and a line, or `--set ...` without a line."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


def meant(name: str, allowed: Iterable[str]) -> str:
    """Return the question that ends a message, `did you mean 'this' or 'that'?`; "" if no name is near."""
    near = nearest(name, allowed)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else ""
