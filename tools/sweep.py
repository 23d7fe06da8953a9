#!/usr/bin/env python3
"""Train several runs of one file: `tools/sweep.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.sweep import main

if __name__ == "__main__":
    run(main)
