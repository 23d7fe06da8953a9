#!/usr/bin/env python3
"""What networks cost: `tools/model_table.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.model_table import main

if __name__ == "__main__":
    run(main)
