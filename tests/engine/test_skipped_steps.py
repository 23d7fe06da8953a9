"""Steps that fp16's scaler skips: the schedule goes on, a resume has the scale, and fused steps do the same."""

import warnings
from pathlib import Path

import pytest
import torch
from endurance.made import assert_same
from tiny_runs import at, build, interrupted, outcome, straight

from pyvideoai.experiment import new_version
from pyvideoai.optim import fused

SCALE = 2.0**22
CASE = '''"""A step of a schedule each step, in fp16."""

import torch

from pyvideoai.config import inherit
from pyvideoai.optim import EachStep

inherit("brief", amp="fp16", learning_rate=0.1)


def scheduler(optimiser):
    return EachStep(torch.optim.lr_scheduler.LinearLR(optimiser, 0.1, 1.0, total_iters=9))
'''


@pytest.fixture
def overflowing(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scale at which the first steps overflow."""
    Path("exp_configs/case.py").write_text(CASE)
    make = torch.amp.GradScaler
    monkeypatch.setattr(torch.amp, "GradScaler", lambda device, enabled: make(device, SCALE, enabled=enabled))
    return tiny


def test_the_schedule_counts_them(overflowing: Path):
    training = build(new_version(overflowing / "runs"), "case")
    steps = list[int]()
    training.optimiser.register_step_post_hook(lambda *given: steps.append(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training.fit()
    assert 0 < len(steps) < 9 and training.scaler.get_scale() < SCALE
    assert training.learning_rate == pytest.approx(0.1)


@pytest.mark.parametrize("devices", [(), ("cpu",)], ids=["plain", "fused"])
def test_a_resume_has_the_scale(overflowing: Path, monkeypatch: pytest.MonkeyPatch, devices: tuple):
    monkeypatch.setattr(fused, "DEVICES", devices)
    whole = straight(overflowing / "whole", "case")
    assert whole["scaler"]["scale"] < SCALE
    assert_same(interrupted(overflowing / "stopped", [at(1, 1), at(2, 2)], "case"), whole)


def test_weights_and_statistics_stay_in_float32(overflowing: Path):
    training = build(new_version(overflowing / "runs"), "case", "amp=bf16", "num_epochs=1")
    seen = list[torch.dtype]()
    training.network[0].register_forward_hook(lambda layer, inputs, output: seen.append(output.dtype))
    loss = training.loss
    training.loss = lambda logits, targets: seen.append(logits.dtype) or loss(logits, targets)
    training.train_epoch(1)
    assert set(seen) == {torch.bfloat16, torch.float32} and seen[1] == torch.float32
    state = outcome(training)
    moments = [each["momentum_buffer"] for each in state["optimiser"]["state"].values()]
    assert {each.dtype for each in [*state["model"].values(), *moments]} == {torch.float32, torch.int64}
