#!/usr/bin/env python3
"""Evaluate: `tools/run_eval.py -D motion -M i3d_tiny -E quickstart -l best -m multicrop`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.evaluate import main

if __name__ == "__main__":
    run(main)
