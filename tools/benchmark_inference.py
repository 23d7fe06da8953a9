#!/usr/bin/env python3
"""How many test videos a second each network of the zoo scores: `tools/benchmark_inference.py --help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from benchmark.inference.command import main
from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
