#!/usr/bin/env python3
"""How fast videos are loaded, beside the peers and the limit: `tools/benchmark_loader.py --help` tells all."""

import functools

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from benchmark.loader.command import main
from pyvideoai.commands.ending import run
from pyvideoai.engine.settings import CONTRACTS

if __name__ == "__main__":
    run(functools.partial(main, CONTRACTS))
