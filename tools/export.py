#!/usr/bin/env python3
"""Export a trained network for other programs: `tools/export.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.export import main

if __name__ == "__main__":
    run(main)
