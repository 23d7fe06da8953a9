"""Networks that come from a package that may be absent."""

import re
from pathlib import Path

import pytest

MODEL_CONFIGS = Path(__file__).parents[2] / "model_configs"


def needs_package(config: str) -> None:
    """Skip the test if the config's network comes from timm or transformers and that is missing."""
    text = (MODEL_CONFIGS / f"{config}.py").read_text()
    if inherited := re.search(r'inherit\("(\w+)"', text):
        needs_package(inherited[1])
    for sign, package in {"timm_backbone": "timm", "import encoder\n": "transformers"}.items():
        if sign in text:
            pytest.importorskip(package)
