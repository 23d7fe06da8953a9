#!/usr/bin/env python3
"""Fuse saved predictions: `tools/fuse_predictions.py rgb/test.npz flow/test.npz`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.fuse import main

if __name__ == "__main__":
    run(main)
