"""Two processes accept what one accepts."""

from pathlib import Path

import pytest
import torch
from tiny_runs import in_two_processes, straight

MODEL = '''"""A network with a parameter that nothing uses."""

import torch
from torch import nn

from pyvideoai.models.normalise import Normalise

clip = (2, 1)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


class WithUnused(nn.Sequential):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.unused = nn.Parameter(torch.ones(3))


def load_model(num_classes):
    return WithUnused(nn.Flatten(), nn.Linear(3 * 2 * 8 * 8, num_classes))
'''
EXPERIMENT = '''"""Weight decay, which an unused parameter doesn't get either."""

import torch

from pyvideoai.config import inherit

inherit("brief", num_epochs=1)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9, weight_decay=0.1)
'''


def test_a_parameter_that_nothing_uses(tiny: Path):
    Path("model_configs/linear.py").write_text(MODEL)
    Path("exp_configs/decaying.py").write_text(EXPERIMENT)
    one, two = straight(tiny / "one", "decaying"), in_two_processes(tiny / "two", [], "decaying")
    for outcome in (one, two):
        assert outcome["model"]["unused"].equal(torch.ones(3))
    torch.testing.assert_close(two["model"], one["model"], rtol=1e-4, atol=1e-5)
    assert two["history"][0]["train/loss"] == pytest.approx(one["history"][0]["train/loss"], rel=1e-4)
