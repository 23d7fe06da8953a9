"""Keep secrets of the environment, such as WANDB_API_KEY, out of what is written: logs, snapshots, records of runs."""

import os
import re

SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_ID)?$", re.IGNORECASE)  # ends of names
SHORTEST = 8  # characters; a shorter value, such as "1", occurs in many texts that have nothing to do with it


def redacted(text: str) -> str:
    """Return a text in which the value of each secret of the environment is replaced by its name: $WANDB_API_KEY."""
    for name, value in os.environ.items():
        if len(value) >= SHORTEST and value in text and SECRET.search(name):
            text = text.replace(value, f"${name}")
    return text
