"""Errors that the user can correct: one clear line, no traceback, exit code 2."""

import difflib
import os
import sys
import traceback
import unicodedata
from collections.abc import Iterable

_DEBUG = "PYVIDEOAI_DEBUG"  # in the environment, so that worker processes know it however they were started
_CONTROLS = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode's categories
_SHOWN = {"\n", "\u200c", "\u200d"}  # line ends of our own, and the joiners that scripts and emoji need


class UserError(Exception):
    """Something that the user gave is wrong; the message says what, where, and what is allowed."""


def printable(text: str) -> str:
    r"""Return the text with control characters escaped (`\x1b`), which a terminal would obey; line ends stay."""
    if text.isprintable():  # nearly every text, and a hundred times as fast
        return text
    return "".join(
        each if each in _SHOWN or unicodedata.category(each) not in _CONTROLS else _escape(each) for each in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: "1 video", "1,200 videos", "2 classes"."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def show_tracebacks() -> None:
    """Let `explain` print tracebacks from now on, in this process and in those that it starts."""
    os.environ[_DEBUG] = "1"


def explain(error: BaseException) -> None:
    """After `show_tracebacks`, print the error's traceback and those of all errors that led to it; otherwise
    do nothing.
    """
    if os.environ.get(_DEBUG) != "1":
        return
    cause: BaseException | None = error
    while cause is not None:
        cause.__suppress_context__ = False  # `raise ... from None` hides the cause from users, not from this
        cause = cause.__cause__ or cause.__context__
    print("".join(traceback.format_exception(error)), file=sys.stderr)


def nearest(name: str, allowed: Iterable[str], count: int = 3) -> list[str]:
    """Return the names in `allowed` that `name` may be a misspelling of, the best first."""
    by_lower = {each.lower(): each for each in allowed}
    return [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.6)]


def hint(name: str, allowed: Iterable[str]) -> str:
    """Return the end of an error line: the nearest names, or all that are allowed if none is near."""
    allowed = list(allowed)
    near = nearest(name, allowed)
    if near:
        return f"did you mean {' or '.join(repr(each) for each in near)}?"
    return f"allowed: {', '.join(sorted(allowed))}" if allowed else "none is allowed here"
