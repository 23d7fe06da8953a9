#!/usr/bin/env python3
"""Try heads on kept features: `tools/run_probe.py -D ... -M ... -E probe_segments`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.probe import main

if __name__ == "__main__":
    run(main)
