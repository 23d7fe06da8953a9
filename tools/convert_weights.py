#!/usr/bin/env python3
"""Weights of another framework, written as ours: `tools/convert_weights.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.convert_weights import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
