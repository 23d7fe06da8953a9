#!/usr/bin/env python3
"""Write the features of videos: `tools/run_feature_extract.py -D ... -M ... -E probe --out ...`; `--help` tells all."""

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)

from pyvideoai.commands.ending import run
from pyvideoai.commands.extract_features import main

if __name__ == "__main__":
    run(main)
