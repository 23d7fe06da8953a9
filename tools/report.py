#!/usr/bin/env python3
"""Write a report of runs: `tools/report.py FOLDER`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.report import main

if __name__ == "__main__":
    run(main)
