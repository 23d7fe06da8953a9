"""Which networks of the zoo come from a package that may be absent, and which take long."""

import re
from pathlib import Path

import pytest

# Their hundreds of layers take a second each to build and count; test_zoo_networks.py has the same code in small, and
# test_encoders.py that of encoders.
LONG = ("c2d_", "csn_", "r2plus1d_resnet50", "slow_", "slowfast_", "timesformer_", "videomae_", "videoprism_",
        "vjepa2_", "x3d_")  # fmt: skip
MODEL_CONFIGS = Path(__file__).parents[2] / "model_configs"


def needs_package(config: str) -> None:
    """Skip the test if the config's network comes from timm or transformers and that is missing."""
    text = (MODEL_CONFIGS / f"{config}.py").read_text()
    if inherited := re.search(r'inherit\("(\w+)"', text):
        needs_package(inherited[1])
    for sign, package in {"timm_backbone": "timm", "import encoder\n": "transformers"}.items():
        if sign in text:
            pytest.importorskip(package)
