"""Fixtures of the model tests."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

MODEL_CONFIGS = Path(__file__).parents[2] / "model_configs"


@pytest.fixture(scope="session")
def model_config() -> Callable[..., dict]:
    """The names of a shipped model config, by its name."""
    return lambda name: runpy.run_path(str(MODEL_CONFIGS / f"{name}.py"))
