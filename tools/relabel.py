#!/usr/bin/env python3
"""Apply a filled-in table of likely wrong labels: `tools/relabel.py FOLDER`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.relabel import main

if __name__ == "__main__":
    run(main)
