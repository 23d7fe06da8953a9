#!/usr/bin/env python3
"""What a large dataset, an evaluation, 1,000 epochs and a start take: `tools/benchmark_scale.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from benchmark.scale.command import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
