"""How a mistake in a config is told: one line that begins with the file and line, or with the --set, it was made in."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyvideoai.errors import UserError, nearest


class ConfigError(UserError):
    """A config or an override says something that the contract does not allow."""


@dataclass(frozen=True)
class Place:
    """Where something was written: a file as the user knows it and a line, or `--set ...` without one."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


def meant(name: str, allowed: Iterable[str]) -> str:
    """The question that ends a message, `did you mean 'this' or 'that'?`; empty when nothing is near."""
    near = nearest(name, allowed)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else ""
