#!/usr/bin/env python3
"""See what experiments take, and remove what nobody needs: `tools/clean.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.clean import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
