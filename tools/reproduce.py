#!/usr/bin/env python3
"""Score published weights by their sources' protocols: `tools/reproduce.py --dry-run`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.reproduce import main

if __name__ == "__main__":
    run(main)
