#!/usr/bin/env python3
"""How fast a training step is, beside a plain loop and other packages: `tools/benchmark_step.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from benchmark.step.command import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
