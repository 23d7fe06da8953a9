"""Fixtures of the model tests."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

MODEL_CONFIGS = Path(__file__).parents[2] / "model_configs"


@pytest.fixture(scope="session")
def model_config() -> Callable[..., dict]:
    """The names of a shipped model config, by its name."""
    return lambda name: runpy.run_path(str(MODEL_CONFIGS / f"{name}.py"))


@pytest.fixture
def two_threads():
    """The peers' numbers were computed with several threads, and one thread sums batch norm in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(2, before))
    yield
    torch.set_num_threads(before)
