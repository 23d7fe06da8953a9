"""Name a run's sub-folder after its overrides, in one canonical spelling."""

import ast
import hashlib
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyvideoai.redacted import redacted

LONGEST = 80
DIGEST_LENGTH, PATH_DIGEST_LENGTH = 12, 6


def folder_name(values: Iterable[tuple[str, str]]) -> str:
    """Return `learning_rate=0.0003,split=2` for pairs of name and spelled value, sorted by name.

    Equal values give equal names, different ones different names. In a name of more than 80 characters a hash replaces
    the end.
    """
    text = ",".join(sorted(f"{name}={spelled}" for name, spelled in values))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - DIGEST_LENGTH - 1]}~{_digest(text, DIGEST_LENGTH)}"


def spelling(value: Any) -> str:
    """Spell one value in characters that every file system takes; text that reads like another value is quoted."""
    if isinstance(value, tuple):
        return f"({','.join(map(spelling, value))})"
    if isinstance(value, str):
        return _escaped(repr(value) if _is_literal(value) else value)
    return _escaped(str(value) if isinstance(value, Path) else repr(value))


def path_spelling(value: Any) -> str:
    """Spell a value that may be a path: `/a/b.pth` becomes `b~a88571`, in which the hash stands for the whole path.

    A bare name stays as it is. Only the path as it was typed counts, not the file: the same command then finds its run
    again after a project has moved, or when the file is gone.
    """
    value = str(value) if isinstance(value, Path) else value
    if not isinstance(value, str) or "/" not in value:
        return spelling(value)
    path = posixpath.normpath(redacted(value))
    stem = re.sub(r"\.[A-Za-z]\w*$", "", posixpath.basename(path))  # of a folder `lr=0.01` nothing is cut off
    return f"{_escaped(stem)}~{_digest(path, PATH_DIGEST_LENGTH)}"


def _digest(text: str, length: int) -> str:
    # surrogateescape: names of files that are not UTF-8 have such characters in Python.
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:length]


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _escaped(text: str) -> str:
    """Escape all but letters, digits and `._+-` with percent signs, as in a URL; a secret stays out of it."""
    return re.sub(r"[^A-Za-z0-9._+-]", _percent, redacted(text))


def _percent(match: re.Match) -> str:
    return "".join(f"%{byte:02x}" for byte in match[0].encode(errors="surrogateescape"))
