#!/usr/bin/env python3
"""The average of a run's checkpoints: `tools/average_weights.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.average_weights import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
