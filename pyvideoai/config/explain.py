"""Explain an exception of a config's own code in one line, with the nearest name if a name was wrong."""

import inspect
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from pyvideoai.config.errors import meant
from pyvideoai.errors import UserError, hint

KEYWORD = re.compile(r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'")
IMPORTED = re.compile(r"cannot import name '(\w+)'")


def explained(error: Exception, namespace: Mapping[str, Any]) -> str:
    """Return in one line what went wrong; `namespace` holds the classes and functions that the config calls."""
    text = " ".join(str(error).split())
    # Value classes raise ValueError with a sentence for people; other types need their name to be understood.
    if isinstance(error, UserError | ValueError) and text:
        return text
    message = _wrong_call(text, namespace) or (isinstance(error, ImportError) and _wrong_import(error, text))
    return message or f"{type(error).__name__}: {text}"


def wrong_keyword(function: str, given: str, allowed: Iterable[str]) -> str:
    """Return the message for an argument that a function or class does not have."""
    return f"{function} takes no {given!r}; {hint(given, allowed)}"


def wrong_import(module: str, name: str) -> str:
    """Return the message for a name that a loaded module does not have."""
    question = meant(name, [each for each in dir(sys.modules[module]) if not each.startswith("_")])
    return f"{module} has no {name!r}{question and f'; {question}'}"


def _wrong_call(text: str, namespace: Mapping[str, Any]) -> str | None:
    match = KEYWORD.search(text)
    if match is None or not callable(namespace.get(match[1])):
        return None
    try:
        return wrong_keyword(match[1], match[2], inspect.signature(namespace[match[1]]).parameters)
    # Some classes written in C don't tell their parameters.
    except ValueError:
        return None


def _wrong_import(error: ImportError, text: str) -> str | None:
    match = IMPORTED.search(text)
    if match is None or error.name not in sys.modules:
        return None
    return wrong_import(error.name, match[1])
