#!/usr/bin/env python3
"""Predict: `tools/run_predict.py data/experiments/motion/i3d_tiny/quickstart clip.mp4`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.predict import main

if __name__ == "__main__":
    run(main)
