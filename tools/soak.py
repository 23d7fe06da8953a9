#!/usr/bin/env python3
"""Disturb runs until they end, and compare them with undisturbed ones: `tools/soak.py --help` tells all."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a process whose torch has threads can't be forked

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)
from endurance.command import main

from pyvideoai.commands.ending import run

if __name__ == "__main__":
    run(main)
