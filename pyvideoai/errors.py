"""Errors that the user can mend: one clear line, no traceback, exit code 2."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something that was given is wrong; the message says what, where, and what is allowed."""


def nearest(name: str, allowed: Iterable[str], count: int = 3) -> list[str]:
    """The names in `allowed` that `name` may be a misspelling of, best first."""
    by_lower = {each.lower(): each for each in allowed}
    return [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.6)]


def hint(name: str, allowed: Iterable[str]) -> str:
    """The end of an error line: the near names, or all that are allowed when none is near."""
    allowed = list(allowed)
    near = nearest(name, allowed)
    if near:
        return f"did you mean {' or '.join(repr(each) for each in near)}?"
    return f"allowed: {', '.join(sorted(allowed))}" if allowed else "none is allowed here"
