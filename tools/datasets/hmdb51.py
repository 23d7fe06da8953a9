#!/usr/bin/env python3
"""Unpack HMDB-51: `tools/datasets/hmdb51.py hmdb51_org.rar test_train_splits.rar`; `--help` tells all."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.unpack_hmdb51 import main

if __name__ == "__main__":
    run(main)
