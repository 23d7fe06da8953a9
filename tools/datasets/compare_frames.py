#!/usr/bin/env python3
"""Count frame folders against videos: `tools/datasets/compare_frames.py FRAMES VIDEOS`; `--help` tells all."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.compare_frames import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
