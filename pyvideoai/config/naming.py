"""The name of a run's sub-folder: its overrides in one canonical spelling."""

import ast
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LONGEST = 80
DIGEST_LENGTH = 12


def folder_name(values: Iterable[tuple[str, Any]]) -> str:
    """`learning_rate=0.0003,split=2` for (name, canonical value) pairs, in the order of the names.

    Equal values give equal names, different ones different names: past 80 characters a hash stands for the rest.
    """
    text = ",".join(sorted(f"{name}={spelling(value)}" for name, value in values))
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
    return f"{text[: LONGEST - DIGEST_LENGTH - 1]}~{digest}"


def spelling(value: Any) -> str:
    """One value, in characters that every file system takes; text that reads like another value is quoted."""
    if isinstance(value, tuple):
        return f"({','.join(map(spelling, value))})"
    if isinstance(value, str):
        return _escaped(repr(value) if _is_literal(value) else value)
    return _escaped(str(value) if isinstance(value, Path) else repr(value))


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _escaped(text: str) -> str:
    """Percent escapes, as in a URL, for all but letters, digits and `._+-`."""
    return re.sub(r"[^A-Za-z0-9._+-]", lambda match: "".join(f"%{byte:02x}" for byte in match[0].encode()), text)
