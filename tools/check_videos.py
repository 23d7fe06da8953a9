#!/usr/bin/env python3
"""Check videos before training: `tools/check_videos.py [--exact] FOLDER | SPLIT.csv ...`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.check_videos import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
