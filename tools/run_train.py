#!/usr/bin/env python3
"""Train: `tools/run_train.py -D motion -M i3d_tiny -E quickstart`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.train import main

if __name__ == "__main__":
    run(main)
