"""Keep secrets of the environment, such as WANDB_API_KEY, out of what is written: logs, snapshots, records of runs.

A setting holds `$WANDB_API_KEY` wherever it is kept or shown, and the key itself only while a run uses it.
"""

import os
import re
from collections.abc import Iterator

SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_ID)?$", re.IGNORECASE)  # ends of names
SHORTEST = 8  # characters; a shorter value, such as "1", occurs in many texts that have nothing to do with it


def redacted(text: str) -> str:
    """Return a text in which the value of each secret of the environment is replaced by its name: $WANDB_API_KEY."""
    for name, value in _secrets():
        text = text.replace(value, f"${name}")
    return text


def restored(text: str) -> str:
    """Return a text in which $WANDB_API_KEY, and every other secret of this environment, is its value again."""
    for name, value in _secrets() if "$" in text else ():
        text = text.replace(f"${name}", value)
    return text


def _secrets() -> Iterator[tuple[str, str]]:
    """Yield name and value of each secret; long names first, since $API_KEY_ID begins like $API_KEY."""
    for name in sorted(os.environ, key=len, reverse=True):
        if SECRET.search(name) and len(os.environ[name]) >= SHORTEST:
            yield name, os.environ[name]
