#!/usr/bin/env python3
"""Compare runs: `tools/compare.py FOLDER FOLDER`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.compare import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
