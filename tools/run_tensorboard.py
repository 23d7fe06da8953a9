#!/usr/bin/env python3
"""TensorBoard over runs, by readable names: `tools/run_tensorboard.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.tensorboard import main

if __name__ == "__main__":
    run(main)
