#!/usr/bin/env python3
"""Make copies of videos that load fast: `tools/prepare_videos.py FOLDER --out COPIES`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.prepare_videos import main

if __name__ == "__main__":
    run(main)
