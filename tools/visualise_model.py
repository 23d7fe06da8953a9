#!/usr/bin/env python3
"""See what a network decides by: `tools/visualise_model.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.visualise_model import main

if __name__ == "__main__":
    run(main)
